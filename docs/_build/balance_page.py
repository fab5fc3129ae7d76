"""Write docs/loudness-balance.md: levels of sources in a mix, estimated by separation.

python docs/_build/balance_page.py FOLDER [NAME=DATA …]    measures composed songs and further data sets

NAME is the heading of a data set of the recipe `loudness_balance` in the folder DATA. Data sets and
answers that are in FOLDER already are used again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from markdown_tables import table_head, table_row
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.compare import improvement
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.charts.number_text import interval
from automix_bench.making.make import make
from automix_bench.models.balance_constant import BalanceConstant
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.task_parts.four_stems import FOUR_STEMS

PAGE = Path(__file__).parent.parent / "loudness-balance.md"
SONGS = ("count=40", "first=300", "song_seconds=16", "seconds=6", "per_song=1")
BY_SEPARATION, LEARNED = "balance_by_separation", "learned/loudness_balance_net"
MODELS = (BY_SEPARATION, LEARNED)
HINDSIGHT = "best constant in hindsight"

INTRODUCTION = """# Loudness balance

Written by `python docs/_build/balance_page.py FOLDER "NAME=DATA" …`. The task `loudness_balance`: from a mix alone, how loud each source is in it, in LU relative to the mix.
Data: the recipe `loudness_balance`, which brings every stem to a loudness drawn evenly from 24 LU. Means over songs with 95 % intervals; the gain over `balance_constant` is paired by song.

| model | what it knows |
| --- | --- |
| `balance_constant` | one level for each source, the median of other composed songs |
| best constant in hindsight | the same, but the median of these very mixes: no constant is better. It is not a model, but a bound |
| `balance_by_separation` | Spleeter takes out the voice, median filtering the drums, a low pass the bass; then BS.1770 (Ward et al., WIMP 2017); seven tenths of that and three of the usual level, at least −24 LU |
| `learned/loudness_balance_net` | a network that was trained on 390 composed songs of numbers 20000 to 20499 hears the mel spectrum of the mix ([Learned models](learned.md)) |

What it cannot do: sources leak into each other, so a quiet source reads too loud. Levels of `other` hold everything that is neither voice nor drums nor bass.
The network knows the composer's instruments; how much of it holds for other music is what the tables of real songs say.
"""


def main(folder: Path, further: Mapping[str, Path]) -> None:
    """Make what is missing in the folder, measure, and write the page."""
    made = make(recipe_from("recipes/loudness_balance.py", SONGS), folder / "data")
    sets = {"40 composed songs that no setting was chosen on": made.folder, **further}
    blocks = [INTRODUCTION]
    for title, data in sets.items():
        blocks += [f"## {title}\n", *_tables(Dataset(data), folder / "runs")]
        print(title, file=sys.stderr, flush=True)
    PAGE.write_text("\n".join(blocks), encoding="utf-8")


def _tables(data: Dataset, runs: Path) -> Iterator[str]:
    task = task_named("loudness_balance")
    hindsight = Entry(HINDSIGHT, BalanceConstant(_medians(data)))
    evaluated = evaluate(task, data, [hindsight, *MODELS], runs)
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    floor = cards[task.floor]
    yield from table_head("model", *(f"{m.name}{m.after_number}" for m in task.metrics), "gain LU")
    for name in (task.floor, HINDSIGHT, *MODELS):
        means = [interval(cards[name].estimate(metric)) for metric in task.metrics]
        gain = improvement(cards[name], floor, task.metrics[0])
        title = name if name == HINDSIGHT else f"`{name}`"
        yield table_row(title, *means, "–" if name == task.floor else interval(gain))
    yield ""
    yield from table_head("values/level_error LU, by source", "mixes", *(f"`{n}`" for n in (task.floor, *MODELS)), HINDSIGHT)
    for source in FOUR_STEMS:
        errors = [_errors(cards[name], source) for name in (task.floor, *MODELS, HINDSIGHT)]
        if errors[0]:
            yield table_row(source, str(len(errors[0])), *(f"{np.mean(each):.2f}" for each in errors))
    yield ""


def _medians(data: Dataset) -> dict[str, float]:
    """The constant of the least mean absolute error on the data itself, by source."""
    task = task_named("loudness_balance")
    levels: dict[str, list[float]] = {}
    for example in data:
        for name, level in task.wanted(example).values.items():
            levels.setdefault(name, []).append(level)
    return {name: float(np.median(of_name)) for name, of_name in levels.items()}


def _errors(card: Scorecard, source: str) -> list[float]:
    return [s.value for s in card.scores if s.metric == "values/level_error" and s.stem == source]




if __name__ == "__main__":
    if len(sys.argv) < 2 or any("=" not in word for word in sys.argv[2:]):
        sys.exit('usage: python docs/_build/balance_page.py FOLDER ["NAME=DATA" …]')
    pairs = (word.partition("=") for word in sys.argv[2:])
    main(Path(sys.argv[1]), {name: Path(data) for name, _, data in pairs})

"""Write docs/text-manipulation.md: the model that follows instructions, measured on composed songs.

python docs/_build/text_manipulation_page.py FOLDER    makes the data in FOLDER, runs the model there (minutes)

A data set and answers that are in FOLDER already are used again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from markdown_tables import table_head, table_row
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.compare import compare
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.charts.number_text import interval
from automix_bench.evaluation.strata import strata, stratum_of
from automix_bench.making.make import make
from automix_bench.metric import Ranged
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.task_parts.instructions import FORBIDDEN, NOTHING, WORDINGS

PAGE = Path(__file__).parent.parent / "text-manipulation.md"
SONGS = ("count=24", "first=200", "song_seconds=16", "seconds=6", "per_song=1")
TASK, FLOOR, MODEL = "text_manipulation", "do_nothing", "text_by_separation"
METRICS = ("audible_distance", "loudness_error", "sdr")
PARTS = {
    "mix": "the whole answer",
    "touched": "the wanted mix with the error that the touched sources explain",
    "untouched": "the wanted mix with the error that the other sources explain",
}

INTRODUCTION = """# Instructions in words

Written by `python docs/_build/text_manipulation_page.py FOLDER`. The task `text_manipulation` shows a mixture and an instruction, such as *pan the bass and the drums to the left*; wanted is the
mixture with the instruction carried out, and nothing else changed.

```sh
automix-bench make text_manipulation my_songs --set count=24
automix-bench evaluate text_manipulation my_songs text_by_separation
automix-bench strata CARD.json my_songs --by operation
automix-bench strata CARD.json my_songs --by stem     # mix, touched, untouched
```

## The scores

Every metric is measured on three sounds, and its mean over them ranks the board:

| sound | |
| --- | --- |
"""

SPLIT = """
The error of an answer is taken apart by least squares in bands and stretches of time, on the sources that the instruction touches (as they were before and after) and on the others. Noise that no
source explains is in `mix` alone. The perfect answer is perfect in all three. Doing nothing is bad in `touched` and perfect in `untouched`; to mute another source is bad in `untouched` alone.
An example without `touched` asks for nothing; one without `untouched` names all that plays. `audible_distance` compares at one level: where everything becomes louder, `loudness_error` and
`sdr` tell.

## The grammar

The recipe writes the instructions and the model reads them by the same table (`automix_bench/task_parts/instructions.py`). `{}` stands for `drums`, `bass`, `vocals` or `other instruments`, or
two or three of them: `drums, the bass and the vocals`.

| operation | wordings |
| --- | --- |
"""

MODEL_TEXT = """
## The model `text_by_separation`

It reads the instruction by the grammar, takes the mix apart by Spleeter and median filtering (as the model `separate` does), changes what is named by the effect that the operation stands for, and
puts it back in place of what it took out. Measured on 24 composed songs that nothing was chosen on (`first=200`), 6 s of each. Means over songs with 95 % intervals. Composed songs have no
voice.
"""


def main(folder: Path) -> None:
    """Make what is missing in the folder, measure, and write the page."""
    data = Dataset(make(recipe_from(TASK, SONGS), folder / TASK).folder)
    evaluated = evaluate(TASK, data, [MODEL], folder / "runs")
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    PAGE.write_text(text(cards[FLOOR], cards[MODEL], data), encoding="utf-8")


def introduction() -> str:
    """What the page says before the measurements."""
    parts = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in PARTS.items())
    wordings = "".join(
        f"| `{operation}` | {', '.join(f'`{one}`' for one in each)} |\n"
        for operation, each in {**WORDINGS, "nothing": (*NOTHING, *FORBIDDEN)}.items()
    )
    return INTRODUCTION + parts + SPLIT + wordings + MODEL_TEXT


def text(floor: Scorecard, model: Scorecard, data: Dataset) -> str:
    """The page."""
    return "\n".join([introduction(), *_by_part(floor, model), *_by_operation(floor, model, data)])


def _by_part(floor: Scorecard, model: Scorecard) -> Iterator[str]:
    metrics = {metric.name: metric for metric in task_named(TASK).metrics}
    chosen = [metrics[name] for name in METRICS]
    yield from table_head("sound", "model", *(f"{m.name}{m.after_number}" for m in chosen))
    for part in PARTS:
        for card in (floor, model):
            cells = (interval(_of_part(card, part).estimate(metric)) for metric in chosen)
            yield table_row(f"`{part}`", f"`{card.model}`", *cells)
    yield ""
    yield f"By how much `{MODEL}` is better than `{FLOOR}` in `{METRICS[0]}`, paired by song (negative: worse):\n"
    yield from table_head("sound", "difference, dB", "songs", "p")
    for part in PARTS:
        yield table_row(f"`{part}`", *_difference(_of_part(floor, part), _of_part(model, part), chosen[0]))
    yield table_row("all three", *_difference(floor, model, chosen[0]))
    yield ""


def _difference(floor: Scorecard, model: Scorecard, metric: Ranged) -> tuple[str, str, str]:
    """The paired difference, positive where the model is better; the songs; and p."""
    (one,) = compare([model, floor], [metric]).differences
    mean, sign = one.paired.difference, 1.0 if one.one == model.model else -1.0
    ends = sorted((sign * mean.low, sign * mean.high))
    shown = f"{sign * mean.value:+.2f} [{ends[0]:+.2f}, {ends[1]:+.2f}]"
    return shown, str(mean.songs), f"{one.p:.4f}"


def _by_operation(floor: Scorecard, model: Scorecard, data: Dataset) -> Iterator[str]:
    first = task_named(TASK).metrics[0]
    by_model = []
    for card in (floor, model):
        by = stratum_of("operation", card, data)
        rows = strata(_of_part(card, "mix"), [first], by)
        by_model.append({row.stratum: row for row in rows})
    yield f"By operation, `{first.name}` of `mix`; an operation in which the model is not better than doing nothing is in *italics*:\n"
    yield from table_head("operation", "examples", f"`{FLOOR}`", f"`{MODEL}`")
    for operation, least in by_model[0].items():
        own = by_model[1][operation]
        cell = interval(own.estimate)
        better = own.estimate.value < least.estimate.value
        shown = cell if better else f"*{cell}*"
        yield table_row(operation, str(least.cells), interval(least.estimate), shown)
    yield ""


def _of_part(card: Scorecard, part: str) -> Scorecard:
    return replace(card, scores=tuple(score for score in card.scores if score.stem == part))




if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/_build/text_manipulation_page.py FOLDER")
    main(Path(sys.argv[1]))

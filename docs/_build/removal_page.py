"""Write docs/removal.md: the classical models that remove effects, measured on composed songs.

python docs/_build/removal_page.py FOLDER    makes the data in FOLDER, runs the models there (minutes)

Data sets and answers that are in FOLDER already are used again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_tables import table_head, table_row
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.charts.number_text import interval
from automix_bench.evaluation.strata import StratumScore, strata, stratum_of
from automix_bench.making.make import make
from automix_bench.metric import Ranged
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import Scorecard, read_scorecard

PAGE = Path(__file__).parent.parent / "removal.md"
SONGS = ("count=16", "first=100", "song_seconds=16", "seconds=6", "per_song=1")
MADE: dict[str, tuple[str, ...]] = {"dereverberation": (*SONGS, "stems=2")}
MODELS = {
    "drc_inversion": ("drc_profiles", ("drc_inverse",)),
    "drc_inversion_blind": ("drc_profiles", ("drc_inverse_blind",)),
    "declipping": ("declipping", ("declip",)),
    "delimiting": ("delimiting", ("delimit",)),
    "dereverberation": ("dereverberation", ("dereverb", "spectral_dereverb")),
    "separation": ("remix", ("separate",)),
    "source_restoration": ("source_restoration", ("separate",)),
}
"""By task: its recipe, and the models beside floor and ceiling."""
OF_MIXES = ("separation", "source_restoration")
"""Tasks whose targets are not the stems that effects moved, so that their severity tells nothing."""
FURTHER = ("si_sdr", "mrstft", "loudness_error")

INTRODUCTION = """# Removal of effects, classical models

Written by `python docs/_build/removal_page.py FOLDER`. Data: 16 composed songs that no setting was chosen on (`first=100`), 6 s of each; of `dereverberation` two stems each.
The settings of the models were chosen on other composed songs: eight (`first=0 count=8`), for `drc_inverse_blind` 28 (`first=0 count=28`). Means over songs with 95 %
intervals. Two of the 16 songs cannot be driven as loud as `delimiting` wants. `audible_distance` ranks. Strata are bins of severity: how far the effects moved the sound. A stratum in which a model is not better than doing nothing is in *italics*.

| model | method | source |
| --- | --- | --- |
| `drc_inverse` | the inverses of the strip's effects, settings known | Gorlow & Reiss, IEEE TASLP 21(7), 2013 |
| `drc_inverse_blind` | a grid of settings, inverted, averaged by how plausible the outputs are | the problem: Sun, Fourer & Maaref, arXiv 2411.04337; the search is ours |
| `declip` | A-SPADE: the sparsest samples that fit the clipped ones | Kitić, Bertin & Gribonval, LVA/ICA 2015 |
| `delimit` | division by a gain that follows from where the sound touches the ceiling | Jeon & Lee, WASPAA 2023 (gain inversion); the rule is ours |
| `dereverb` | weighted prediction error, by nara_wpe | Nakatani et al., IEEE TASLP 18(7), 2010 |
| `spectral_dereverb` | subtraction of the late reverberation of a usual room | Lebart et al., Acta Acustica 87(3), 2001; Habets et al., IEEE SPL 16(9), 2009 |
| `separate` | Spleeter for the voice, median filtering for drums, a low pass for the bass | Hennequin et al., JOSS 5(50), 2020; Fitzgerald, DAFx 2010 |

What they cannot do:

* `drc_inverse_blind` takes it that the peak was at -3 dBFS before the compressor, as in `drc_profiles`, and that the compressor is that of Gorlow and Reiss. Other data want
  another peak.
* `declip` and `delimit` find a level that a sound touches again and again. After a filter, a change of rate or a codec there is none, and the sound comes back unchanged.
* `spectral_dereverb` takes every room for a usual one. Both dereverberators subtract something from dry sounds that are sustained: only a sound that falls silent faster than
  any room is known to be dry.
* `separate` shows that a mix can be taken apart on a CPU with what comes with the package; composed songs have no voice, so Spleeter does little here. Networks for four stems
  (`Separate(("demucs",))`) want weights to be downloaded.
* `delimit` gains in the metric that ranks, and loses in `mrstft` and in loudness: it makes limited passages louder than they were matched to. The dereverberators make sounds
  quieter than their targets. `declip` takes about a second of work for a second of stereo on one core.
* US patent 10,924,078 is about the inversion of dynamic range control.
"""


def main(folder: Path) -> None:
    """Make what is missing in the folder, measure, and write the page."""
    blocks = [INTRODUCTION]
    for name, (recipe, models) in MODELS.items():
        made = make(recipe_from(recipe, MADE.get(recipe, SONGS)), folder / recipe)
        evaluated = evaluate(name, Dataset(made.folder), models, folder / "runs")
        cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
        shown = [cards[model] for model in (task_named(name).floor, *models)]
        blocks += [f"## {name}\n", *_tables(name, shown, Dataset(made.folder))]
        print(name, file=sys.stderr, flush=True)
    PAGE.write_text("\n".join(blocks), encoding="utf-8")


def _tables(name: str, cards: list[Scorecard], data: Dataset) -> Iterator[str]:
    """The table of means, and the table of strata by the first metric."""
    metrics = {metric.name: metric for metric in task_named(name).metrics}
    first = next(iter(metrics.values()))
    chosen = [first, *(metrics[further] for further in FURTHER)]
    yield from table_head("model", *(f"{m.name}{m.after_number}" for m in chosen))
    for card in cards:
        yield table_row(f"`{card.model}`", *(interval(card.estimate(metric)) for metric in chosen))
    yield ""
    if name in OF_MIXES:
        return
    by_model = [_by_stratum(card, first, data) for card in cards]
    yield from table_head(f"{first.name}, by severity", "scores", *(f"`{card.model}`" for card in cards))
    for stratum, floor in by_model[0].items():
        cells = [interval(floor.estimate)]
        for other in by_model[1:]:
            cell = interval(other[stratum].estimate)
            better = other[stratum].estimate.value < floor.estimate.value
            cells.append(cell if better else f"*{cell}*")
        yield table_row(stratum, str(floor.cells), *cells)
    yield ""


def _by_stratum(card: Scorecard, metric: Ranged, data: Dataset) -> dict[str, StratumScore]:
    scores = strata(card, [metric], stratum_of("severity", card, data))
    return {score.stratum: score for score in scores}




if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/_build/removal_page.py FOLDER")
    main(Path(sys.argv[1]))

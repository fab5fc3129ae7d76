"""The demo as a function: music in; a data set, two boards and a page to listen to out.

It stands in this room because only the command line may use all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import Evaluation, evaluate
from automix_bench.evaluation.stored_runs import stored_runs
from automix_bench.executor import Progress, silent
from automix_bench.files.packages_alone import fetch_alone
from automix_bench.making.make import Made, make
from automix_bench.pages.report_page import report
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.separation.separate import SeparationCache

MODELS = {"mixing": ("equal_loudness",), "effect_removal": ()}
"""By task, the models to evaluate beside its floor and ceiling."""


@dataclass(frozen=True)
class Shown:
    """What the demo made: a data set, the evaluations by task, and a page to listen to."""

    made: Made
    evaluated: dict[str, Evaluation]
    page: Path


def demo(
    folder: Path,
    songs: Path | None = None,
    *,
    settings: Sequence[str] = (),
    cache: SeparationCache | Path | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = print,
) -> Shown:
    """Make the quickstart data set in `<folder>/data` and evaluate both tasks on it.

    Args:
        songs: a folder of mixed music; None uses the clip installed with the separator's weights.
        settings: settings of the recipe quickstart, as `name=value`.
        told: called with a line of text at each step.
    """
    fetch_alone("tinysoundfont", "the demo", told)
    recipe = recipe_from("quickstart", [*settings, *([f"songs={songs}"] if songs else [])])
    told("Making a data set: mixed music is separated, every stem goes through random effects.")
    made = make(recipe, folder / "data", cache=cache, progress=progress)
    dataset = Dataset(made.folder)
    told(f"{len(dataset)} examples of {len({r['song'] for r in dataset.rows})} songs.")
    evaluated = {}
    for name, models in MODELS.items():
        told(f"Running and scoring models on {name}.")
        task = plugin.load("tasks", name)
        evaluated[name] = evaluate(task, dataset, models, folder / "runs", progress=progress)
    told("Writing a page to listen to.")
    tasks = stored_runs(
        [folder / "runs" / name for name in MODELS], dataset.folder, folder, progress=progress
    )
    page = report(folder / "listen", tasks, progress=progress)
    return Shown(made, evaluated, page)

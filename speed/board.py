"""How long a mixing board and a removal board take with every cheap metric.

    python speed/board.py [--songs 100] [--seconds 10] [--stems 1] [--workers 2]
                               [--data FOLDER]

Songs that our own composer makes, an excerpt of each, are put through the recipe
`pseudo_multitrack` for mixing and through `effect_removal_single` for removal, which keeps
`--stems` stems of each. Making that (or keeping what an earlier run made, where a folder is given)
does not count. Then `evaluate` runs the floor and the ceiling of both tasks and scores them with
every cheap metric: the clock of each board, and what each metric takes of one core where it shares
nothing. The aim: both boards under three minutes on two cores, for 100 songs of 10 s.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from automix_bench.catalogue.metrics import metrics_named
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.memo import sharing
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.executors.local import Local
from automix_bench.making.make import make
from automix_bench.metric import Metric
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sources.composed import Composed
from automix_bench.task import Task


def main() -> None:
    """Make the data set, then both boards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--stems", type=int, default=1, help="of each song, for removal")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--data", type=Path, help="a folder to keep the data sets in")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.data or Path(scratch)
        total = 0.0
        for name, recipe in recipes(asked.stems).items():
            cut = replace(
                recipe,
                source=Composed(asked.songs, seconds=2.0 * asked.seconds),
                excerpt_seconds=asked.seconds,
                excerpts_per_song=1,
            )
            dataset = Dataset(make(cut, folder / name, executor=Local(asked.workers)).folder)
            task = task_named(name)
            total += timed_board(task, dataset, Path(scratch) / "runs", asked.workers)
            print_shares(task, dataset)
        print(f"both boards: {total:.0f} s with {asked.workers} workers")


def recipes(stems: int) -> dict[str, Recipe]:
    """The recipe for each task."""
    recorded = ("songs=.", "separator=as_recorded")
    return {
        "mixing": recipe_from("pseudo_multitrack", recorded),
        "effect_removal": recipe_from("effect_removal_single", (*recorded, f"stems={stems}")),
    }


def timed_board(task: Task, dataset: Dataset, runs: Path, workers: int) -> float:
    """Seconds by the clock from models to a board."""
    also = metrics_named("cheap")
    begun = time.perf_counter()
    evaluated = evaluate(task, dataset, [], runs, also=also, executor=Local(workers))
    spent = time.perf_counter() - begun
    measured = len(evaluated.board.task.metrics)
    models = len(evaluated.board.rows)
    shown = f"{task.name}: {len(dataset)} examples, {measured} metrics, {models} models"
    print(f"{shown}, {spent:.1f} s", flush=True)
    return spent


def print_shares(task: Task, dataset: Dataset) -> None:
    """What each metric takes of one core for an example, by itself, dearest first; then what all
    take together, sharing."""
    metrics = [m for m in task.measured_by(metrics_named("cheap")).metrics if isinstance(m, Metric)]
    example = dataset[0]
    references = task.wanted(example).stems
    estimates = {name: audio.scaled(0.7) for name, audio in references.items()}
    spent = {}
    for _ in range(2):  # what is compiled or planned is so after the first
        for metric in metrics:
            anew = {name: audio.scaled(1.0) for name, audio in references.items()}
            begun = time.process_time()
            metric.of_stems(references=anew, estimates=estimates)
            spent[metric.name] = time.process_time() - begun
    begun = time.process_time()
    anew = {name: audio.scaled(1.0) for name, audio in references.items()}
    with sharing():
        for metric in metrics:
            metric.of_stems(references=anew, estimates=estimates)
    together = time.process_time() - begun
    print(f"{task.name}, an example of {len(references)} stems: {together:.2f} s together")
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1])[:15]:
        print(f"  {name:28s} {1e3 * seconds:8.1f} ms")


if __name__ == "__main__":
    main()

"""How long a mixing board and a removal board take with every cheap metric.

    python benchmarks/board.py [--songs 100] [--seconds 10] [--workers 2] [--data FOLDER]

Songs that our own composer makes, an excerpt of each, their stems put through the consoles of the
recipe `pseudo_multitrack`, are made first (or kept from an earlier run, where a folder is given)
and do not count. Then `evaluate` runs the floor and the ceiling of both tasks and scores them with
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

from automix_bench.dataset import Dataset
from automix_bench.evaluating import evaluate
from automix_bench.executors.local import Local
from automix_bench.making import make
from automix_bench.metric import metrics_named
from automix_bench.recipe_settings import recipe_from
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.sharing import sharing
from automix_bench.sources.composed import Composed
from automix_bench.task import Task, task_named


def main() -> None:
    """Make the data set, then both boards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--data", type=Path, help="a folder to keep the data set in")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.data or Path(scratch) / "data"
        dataset = made(folder, asked.songs, asked.seconds, asked.workers)
        total = 0.0
        for name in ("mixing", "effect_removal"):
            total += timed_board(task_named(name), dataset, Path(scratch) / "runs", asked.workers)
        print(f"both boards: {total:.0f} s with {asked.workers} workers")
        for name in ("mixing", "effect_removal"):
            print_shares(task_named(name), dataset)


def made(folder: Path, songs: int, seconds: float, workers: int) -> Dataset:
    """The data set, made unless it is there."""
    recipe = replace(
        recipe_from("pseudo_multitrack", ("songs=.",)),
        source=Composed(songs, seconds=2.0 * seconds),
        separator=AsRecorded(),
        excerpt_seconds=seconds,
        excerpts_per_song=1,
    )
    begun = time.perf_counter()
    dataset = Dataset(make(recipe, folder, executor=Local(workers)).folder)
    print(f"{len(dataset)} examples of {seconds:g} s made in {time.perf_counter() - begun:.0f} s")
    return dataset


def timed_board(task: Task, dataset: Dataset, runs: Path, workers: int) -> float:
    """Seconds by the clock from models to a board."""
    also = metrics_named("cheap")
    begun = time.perf_counter()
    evaluated = evaluate(task, dataset, [], runs, also=also, executor=Local(workers))
    spent = time.perf_counter() - begun
    measured = len(evaluated.board.task.metrics)
    print(f"{task.name}: {measured} metrics, {len(evaluated.board.rows)} models, {spent:.1f} s")
    return spent


def print_shares(task: Task, dataset: Dataset) -> None:
    """What each metric takes of one core for an example, by itself, dearest first; then what all
    take together, sharing."""
    metrics = task.measured_by(metrics_named("cheap")).metrics
    example = dataset[0]
    references = task.targets(example)
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

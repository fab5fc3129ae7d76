"""Run the experiment: songs, trainings, tests, statistics, report. Goes on where it stopped.

    python -m experiments.separation_for_mixing.run OUT                 everything
    python -m experiments.separation_for_mixing.run OUT --hours 2.5     as much as fits
    python -m experiments.separation_for_mixing.run OUT --part 1/2      one of two processes
    python -m experiments.separation_for_mixing.run OUT --scale small   a few songs and steps
    python -m experiments.separation_for_mixing.run OUT --report        only statistics and report
    python -m experiments.separation_for_mixing.run OUT --keep          and keep the scorecards

What is compared, and how, was fixed in `fixed.json` before the first run. OUT gets the songs, the
weights and scorecards of every arm, and `report/`: tables, curves, and the scorecards. The full
scale takes over the scorecards that were kept in `cards/` beside this file, and trains what they
lack; so it can be run in parts, on several machines. `--workers 2 --hours 0` makes the songs with
two processes, and stops; then `--part 1/2` and `--part 2/2` train at the same time in one OUT.

Music of others is a stratum of its own: a data set of `raw_multitrack` in `OUT/real`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.executor import Executor
from automix_bench.executors.local import Local
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.making.make import make
from automix_bench.scorecard import read_scorecard
from automix_bench.tasks.mixing_raw import mixing_raw
from automix_bench.training.trainer import TrainingRun, train
from automix_bench.training.training import Schedule
from experiments.separation_for_mixing import songs
from experiments.separation_for_mixing.cells import WHOLE, Cell, Part, Scale
from experiments.separation_for_mixing.kept_cards import begin, pack, unpack
from experiments.separation_for_mixing.ladder import code_sha256, fixed
from experiments.separation_for_mixing.measured_separator import measure
from experiments.separation_for_mixing.report import METRICS, TESTS, write_report
from experiments.separation_for_mixing.training import LadderMixer

TASK = replace(mixing_raw, metrics=METRICS)
"""`mixing_raw` with the metrics that the report shows."""
KEPT = Path(__file__).parent / "cards"
RECIPES = Path(__file__).parents[2] / "recipes"
"""What a model that normalises effects reads."""
SONGS = ("songs", "test", "test-groups")
"""The data sets, which no part makes: they would wait for each other."""
FLOORS = ("equal_loudness", "knowledge_based")
ROOM_KEPT = 20e9
"""With less room, in bytes, what was prepared for one seed is not kept for the next."""
_MODEL = '''"""The mixing console that arm {arm} trained, seed {seed}, {size} songs."""

import automix_bench as ab
from automix_bench.models.learned.mixing_console import MixingConsole

__all__ = ["mixer"]

mixer = MixingConsole(weights=str(ab.weights("weights.safetensors")))
'''
_NORMALISING_MODEL = '''"""The mixing console that arm {arm} trained, seed {seed}, {size} songs:
every track is brought to the mean effects of a corpus first, as in training."""

from dataclasses import replace

import automix_bench as ab
from automix_bench import plugin
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.effect import Unsuitable
from automix_bench.models.learned.mixing_console import MixingConsole
from automix_bench.sampling import Seed

__all__ = ["mixer"]

console = MixingConsole(weights=str(ab.weights("weights.safetensors")))
chain = plugin.load("recipes", "fx_normalised")().console.default


def mixer(brief):
    strips = RandomConsole(default=chain).draw(sorted(brief.stems), Seed(0)).strips
    stems = {{name: played(strips[name], stem) for name, stem in brief.stems.items()}}
    return console(replace(brief, stems=stems))


def played(strip, stem):
    try:
        return strip.settled(stem)[1]
    except Unsuitable:
        return stem
'''


@dataclass(frozen=True)
class Experiment:
    """The experiment in a folder.

    Attributes:
        out: the folder.
        end: when it stops, a monotonic time.
        part: the trainings that this process does.
        executor: makes songs, prepares examples and scores; None for this process alone.
    """

    out: Path
    scale: Scale
    end: float
    part: Part = WHOLE
    executor: Executor | None = None

    def run(self) -> bool:
        """Whether all of it is done.

        Raises:
            DatasetError: the songs of a part are not made.
        """
        if self.part == WHOLE:
            self._songs()
        for name in SONGS:
            len(Dataset(self.out / name))  # it is read only then
        for data in ("test", "test-groups", *(("real",) if self._has_real() else ())):
            self._test_floors(data)
        if "R4" in self.scale.arms:
            measure(Dataset(self.out / "songs", "valid"), self.out / "cards")
        return all(self._batch(batch) for batch in self.part.batches(self.scale))

    def _batch(self, batch: Sequence[Cell]) -> bool:
        """Train, then test: a test of several models asks floor and ceiling once. False if time
        ended; what was trained until then is tested."""
        wanted = [one for one in batch if any(self._lacks(one, test) for test in self._tests(one))]
        trained = list(takewhile(self._train, wanted))
        for data in TESTS:
            cells = [one for one in trained if data in self._tests(one) and self._lacks(one, data)]
            if cells:
                print(f"test: {', '.join(one.name for one in cells)} on {data}", flush=True)
                self._score({str(self._model(one)): one.name for one in cells}, data)
        return len(trained) == len(wanted)

    def _songs(self) -> None:
        given, test = fixed()["songs"], fixed()["test"]
        seconds, excerpt = given["song_seconds"], given["seconds"]
        recipe = songs.training_recipe(
            self.scale.count, given["first"], seconds, excerpt, given["per_song"]
        )
        self._make(recipe, "songs")
        for name in ("test", "test-groups"):
            recipe = songs.tested_recipe(
                self.scale.test,
                test["first"],
                seconds,
                excerpt,
                groups=name == "test-groups",
                prepared=RandomChain(),
            )
            self._make(recipe, name)

    def _make(self, recipe: Any, name: str) -> None:
        print(f"songs: {name}", flush=True)
        make(recipe, self.out / name, executor=self.executor, told=_indented)

    def _numbers(self, size: int) -> int:
        """How many song numbers hold `size` songs of the split train; 0 for all of them.

        Raises:
            ValueError: there are not so many.
        """
        train_songs = {row["song"] for row in Dataset(self.out / "songs", "train").rows}
        numbers = sorted(songs.number_of(song) for song in train_songs)
        if size > len(numbers):
            raise ValueError(f"expected {size} songs in split train, got {len(numbers)}")
        return numbers[size - 1] - int(fixed()["songs"]["first"]) + 1

    def _training(self, cell: Cell) -> LadderMixer:
        schedule = Schedule(
            steps=self.scale.steps,
            batch=fixed()["schedule"]["batch"],
            validate_every=self.scale.validate_every,
            seed=cell.seed,
        )
        frames = fixed()["songs"]["frames"]
        return LadderMixer(
            arm=cell.arm,
            numbers=self._numbers(cell.size),
            stored_frames=frames,
            code=code_sha256(),
            schedule=schedule,
        )

    def _train(self, cell: Cell) -> bool:
        """False if time ended before the training did."""
        if time.monotonic() > self.end:
            return False
        folder, prepared = self.out / "trained" / cell.name, self.out / "prepared"
        weights = folder / "weights.safetensors"
        if not weights.is_file():
            print(f"train: {cell.name}", flush=True)
            shared = prepared / f"{cell.arm}_{cell.size}"
            hours = max(0.0, self.end - time.monotonic()) / 3600.0
            run = TrainingRun(
                hours=hours if hours < 1e6 else None,
                executor=self.executor,
                prepared=shared,
                told=_indented,
            )
            result = train(self._training(cell), self.out / "songs", folder, run)
            if not result.ended:
                return False
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        if cell.seed == self.scale.seeds[-1] or shutil.disk_usage(self.out).free < ROOM_KEPT:
            shutil.rmtree(prepared / f"{cell.arm}_{cell.size}", ignore_errors=True)
        normalises = fixed()["arms"][cell.arm].get("effects") == "normalised"
        template = _NORMALISING_MODEL if normalises else _MODEL
        model = template.format(arm=cell.arm, seed=cell.seed, size=cell.size)
        write_whole(self._model(cell), model.encode())
        return True

    def _tests(self, cell: Cell) -> tuple[str, ...]:
        if cell.size != self.scale.main:
            return ("test",)
        groups = ("test-groups",) if cell.seed == self.scale.seeds[0] else ()
        return ("test", *groups, *(("real",) if self._has_real() else ()))

    def _has_real(self) -> bool:
        return (self.out / "real" / "plan.json").is_file()

    def _model(self, cell: Cell) -> Path:
        return self.out / "trained" / cell.name / f"{cell.module}.py"

    def _card(self, name: str, data: str) -> Path:
        return self.out / "cards" / data / f"{name}.json"

    def _lacks(self, cell: Cell, data: str) -> bool:
        return not self._card(cell.name, data).is_file()

    def _test_floors(self, data: str) -> None:
        if lacking := {name: name for name in FLOORS if not self._card(name, data).is_file()}:
            print(f"test: {', '.join(lacking)} on {data}", flush=True)
            self._score(lacking, data)

    def _score(self, names: Mapping[str, str], data: str) -> None:
        """Score models, and keep their scorecards by these names, with those of floor and
        ceiling."""
        runs = self.out / f"runs{self.part.name}" / data
        every = Dataset(self.out / data)  # of music of others, all splits
        result = evaluate(TASK, every, list(names), runs, reads=(RECIPES,), executor=self.executor)
        called = {Path(model).name: name for model, name in names.items()}
        for path in result.cards:
            title = read_scorecard(path).model
            card = self._card(called.get(title, title), data)
            card.parent.mkdir(parents=True, exist_ok=True)
            write_whole(card, path.read_bytes())
            if title in called:
                shutil.rmtree(result.runs[title], ignore_errors=True)


def _indented(line: str) -> None:
    print(f"  {line}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The program; returns its exit code: 0, or 1 if time ended before the experiment did."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", choices=("full", "small"), default="full")
    parser.add_argument("--hours", type=float, help="stop after this time; the command goes on")
    parser.add_argument("--part", type=Part.parsed, default=WHOLE, help="such as 1/2")
    parser.add_argument("--workers", type=int, help="processes that make songs and score")
    parser.add_argument("--report", action="store_true", help="only statistics and report")
    parser.add_argument("--keep", action="store_true", help="pack the scorecards into cards/")
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    end = time.monotonic() + 3600.0 * given.hours if given.hours is not None else float("inf")
    scale = Scale.of(given.scale)
    begin(given.out)
    write_whole(given.out / "scale.json", pretty(_stated(scale)).encode())
    if given.scale == "full" and KEPT.is_dir():
        print(f"scorecards of an earlier run: {unpack(KEPT, given.out)}")
    executor = Local(given.workers) if given.workers is not None else None
    experiment = Experiment(given.out, scale, end, given.part, executor)
    done = given.report or experiment.run()
    if given.keep and given.scale == "full":
        print(f"scorecards kept: {pack(given.out, KEPT)}")
    if (given.out / "cards").is_dir():
        print(write_report(given.out, given.out / "report"))
    if not done:
        print("not all is done: the same command goes on")
    return 0 if done else 1


def _stated(scale: Scale) -> Mapping[str, Any]:
    return {**vars(scale), "cells": [cell.name for cell in scale.cells()]}


if __name__ == "__main__":
    sys.exit(main())

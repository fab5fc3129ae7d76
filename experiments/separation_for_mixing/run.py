"""Run the experiment: songs, trainings, tests, statistics, report. Goes on where it stopped.

    python -m experiments.separation_for_mixing.run OUT                 everything
    python -m experiments.separation_for_mixing.run OUT --hours 2.5     as much as fits
    python -m experiments.separation_for_mixing.run OUT --scale small   a few songs and steps
    python -m experiments.separation_for_mixing.run OUT --report        only statistics and report
    python -m experiments.separation_for_mixing.run OUT --keep          and keep the scorecards

What is compared, and how, was fixed in `fixed.json` before the first run. OUT gets the songs, the
weights and scorecards of every arm, and `report/`: tables, curves, and the scorecards. The full
scale takes over the scorecards that were kept in `cards/` beside this file, and trains what they
lack; so it can be run in parts, on several machines.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.making.make import make
from automix_bench.scorecard import read_scorecard
from automix_bench.tasks.mixing_raw import mixing_raw
from automix_bench.training.trainer import TrainingRun, train
from automix_bench.training.training import Schedule
from experiments.separation_for_mixing import songs
from experiments.separation_for_mixing.kept_cards import pack, unpack
from experiments.separation_for_mixing.ladder import code_sha256, fixed, normalising_chain
from experiments.separation_for_mixing.measured_separator import measure
from experiments.separation_for_mixing.report import METRICS, write_report
from experiments.separation_for_mixing.training import LadderMixer

TASK = replace(mixing_raw, metrics=METRICS)
"""`mixing_raw` with the metrics that the report shows."""
KEPT = Path(__file__).parent / "cards"
FLOORS = ("equal_loudness", "knowledge_based")
ROOM_KEPT = 20e9
"""With less room, in bytes, what was prepared for one seed is not kept for the next."""
_MODEL = '''"""The mixing console that arm {arm} trained, seed {seed}, {size} songs."""

import automix_bench as ab
from automix_bench.models.learned.mixing_console import MixingConsole

__all__ = ["mixer"]

mixer = MixingConsole(weights=str(ab.weights("weights.safetensors")))
'''


@dataclass(frozen=True)
class Cell:
    """One training: an arm, a number of songs, a seed."""

    arm: str
    size: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm}_{self.size}_{self.seed}"


@dataclass(frozen=True)
class Scale:
    """How much of the experiment is run.

    Attributes:
        count, test: songs to train and validate on, and to test on.
        sizes: numbers of songs of the learning curves.
        main: the number of songs of the ladder.
        steps, validate_every: of a training.
        arms, seeds: which.
    """

    count: int
    test: int
    sizes: tuple[int, ...]
    main: int
    steps: int
    validate_every: int
    arms: tuple[str, ...]
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, name: str) -> Scale:
        """`full`, as fixed; or `small`, for a test."""
        plan = fixed()
        schedule = plan["schedule"]
        if name == "small":
            arms = ("T", "T4", "W4", "S4-6", "S4-6-plain")
            return cls(24, 6, (12,), 12, 40, 20, arms, (0, 1))
        return cls(
            plan["songs"]["count"],
            plan["test"]["count"],
            tuple(plan["sizes"]),
            plan["main_size"],
            schedule["steps"],
            schedule["validate_every"],
            tuple(plan["arms"]),
            tuple(plan["seeds"]),
        )

    def cells(self) -> Iterator[Cell]:
        """Every training, in order: the ladder with its first seed, then its other seeds, then the
        learning curves."""
        for seed in self.seeds:
            yield from (Cell(arm, self.main, seed) for arm in self.arms)
        for size in sorted(self.sizes, key=lambda one: abs(one - self.main)):
            if size != self.main:
                curves = [arm for arm in fixed()["curves"] if arm in self.arms]
                yield from (Cell(arm, size, seed) for arm in curves for seed in self.seeds)


@dataclass(frozen=True)
class Experiment:
    """The experiment in a folder."""

    out: Path
    scale: Scale
    end: float

    def run(self) -> bool:
        """Whether all of it is done."""
        self._songs()
        for data in ("test", "test-groups"):
            self._evaluate_floors(data)
        if "R4" in self.scale.arms:
            measure(Dataset(self.out / "songs", "valid"), self.out / "cards")
        for cell in self.scale.cells():
            if all(self._card(cell.name, data).is_file() for data in self._tests(cell)):
                continue
            if time.monotonic() > self.end:
                return False
            if not self._train(cell):
                return False
            for data in self._tests(cell):
                self._evaluate(cell, data)
        return True

    def _songs(self) -> None:
        given, test = fixed()["songs"], fixed()["test"]
        seconds, excerpt = given["song_seconds"], given["seconds"]
        recipe = songs.training_recipe(
            self.scale.count, given["first"], seconds, excerpt, given["per_song"]
        )
        self._make(recipe, "songs")
        tests = {
            "test": (False, RandomChain()),
            "test-groups": (True, RandomChain()),
            "test-normalised": (False, normalising_chain()),
        }
        for name, (groups, prepared) in tests.items():
            recipe = songs.tested_recipe(
                self.scale.test, test["first"], seconds, excerpt, groups, prepared
            )
            self._make(recipe, name)

    def _make(self, recipe: Any, name: str) -> None:
        print(f"songs: {name}", flush=True)
        make(recipe, self.out / name, told=lambda line: print(f"  {line}", flush=True))

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
        folder, prepared = self.out / "trained" / cell.name, self.out / "prepared"
        weights = folder / "weights.safetensors"
        if not weights.is_file():
            print(f"train: {cell.name}", flush=True)
            shared = prepared / f"{cell.arm}_{cell.size}"
            hours = max(0.0, self.end - time.monotonic()) / 3600.0
            run = TrainingRun(
                hours=hours if hours < 1e6 else None,
                prepared=shared,
                told=lambda line: print(f"  {line}", flush=True),
            )
            result = train(self._training(cell), self.out / "songs", folder, run)
            if not result.ended:
                return False
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        if cell.seed == self.scale.seeds[-1] or shutil.disk_usage(self.out).free < ROOM_KEPT:
            shutil.rmtree(prepared / f"{cell.arm}_{cell.size}", ignore_errors=True)
        model = _MODEL.format(arm=cell.arm, seed=cell.seed, size=cell.size)
        write_whole(folder / f"{cell.name.lower().replace('-', '_')}.py", model.encode())
        return True

    def _tests(self, cell: Cell) -> tuple[str, ...]:
        if fixed()["arms"][cell.arm].get("effects") == "normalised":
            return ("test-normalised",)
        return ("test", "test-groups") if cell.size == self.scale.main else ("test",)

    def _card(self, name: str, data: str) -> Path:
        return self.out / "cards" / data / f"{name}.json"

    def _evaluate(self, cell: Cell, data: str) -> None:
        card = self._card(cell.name, data)
        if card.is_file():
            return
        print(f"test: {cell.name} on {data}", flush=True)
        folder = self.out / "trained" / cell.name
        (model,) = folder.glob("*.py")
        self._score(str(model), data, card)

    def _evaluate_floors(self, data: str) -> None:
        for name in FLOORS:
            card = self._card(name, data)
            if not card.is_file():
                print(f"test: {name} on {data}", flush=True)
                self._score(name, data, card)

    def _score(self, model: str, data: str, card: Path) -> None:
        """Score a model, and keep its scorecard and those of floor and ceiling."""
        result = evaluate(TASK, self.out / data, [model], self.out / "runs" / data)
        card.parent.mkdir(parents=True, exist_ok=True)
        for path in result.cards:
            title = read_scorecard(path).model
            if title in (TASK.floor, TASK.ceiling):
                shutil.copy2(path, card.with_name(f"{title}.json"))
            else:
                shutil.copy2(path, card)
                shutil.rmtree(result.runs[title], ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """The program; returns its exit code: 0, or 1 if time ended before the experiment did."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", choices=("full", "small"), default="full")
    parser.add_argument("--hours", type=float, help="stop after this time; the command goes on")
    parser.add_argument("--report", action="store_true", help="only statistics and report")
    parser.add_argument("--keep", action="store_true", help="pack the scorecards into cards/")
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    end = time.monotonic() + 3600.0 * given.hours if given.hours is not None else float("inf")
    scale = Scale.of(given.scale)
    given.out.mkdir(parents=True, exist_ok=True)
    write_whole(given.out / "scale.json", pretty(_stated(scale)).encode())
    if given.scale == "full" and KEPT.is_dir():
        print(f"scorecards of an earlier run: {unpack(KEPT, given.out)}")
    done = given.report or Experiment(given.out, scale, end).run()
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

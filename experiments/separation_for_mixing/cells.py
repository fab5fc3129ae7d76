"""The trainings of the experiment, and which of them a process does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from experiments.separation_for_mixing.ladder import fixed

AFTERWARDS = ("T4", 100)
"""An arm and its number of songs, asked for after the first results: are the songs that arm M shows
separated missed at all?"""


@dataclass(frozen=True)
class Cell:
    """One training: an arm, a number of songs, a seed."""

    arm: str
    size: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm}_{self.size}_{self.seed}"

    @property
    def module(self) -> str:
        """Its name as that of a Python module."""
        return self.name.lower().replace("-", "_")


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
            arms = ("T", "T4", "W4", "S4-6", "S4-6-plain", "S4-6-normalised")
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
        learning curves, then what was not planned."""
        for seed in self.seeds:
            yield from (Cell(arm, self.main, seed) for arm in self.arms)
        for size in sorted(self.sizes, key=lambda one: abs(one - self.main)):
            if size != self.main:
                curves = [arm for arm in fixed()["curves"] if arm in self.arms]
                yield from (Cell(arm, size, seed) for seed in self.seeds for arm in curves)
        if AFTERWARDS[1] in self.sizes:
            yield from (Cell(*AFTERWARDS, seed) for seed in self.seeds)


@dataclass(frozen=True)
class Part:
    """Which trainings a process does: every `of`-th pair of an arm and a size, so that what is
    prepared for one pair serves all of its seeds."""

    number: int = 1
    of: int = 1

    @classmethod
    def parsed(cls, text: str) -> Part:
        """`2/3`: the second of three.

        Raises:
            ArgumentTypeError: the text names no part.
        """
        number, _, of = text.partition("/")
        if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
            return cls(int(number), int(of))
        raise argparse.ArgumentTypeError(f"expected a part such as 1/2, got {text!r}")

    @property
    def name(self) -> str:
        return "" if self.of == 1 else f"-{self.number}-of-{self.of}"

    def batches(self, scale: Scale) -> Iterator[list[Cell]]:
        """Its trainings, in the order of the scale; those of one size and seed together."""
        cells = list(scale.cells())
        pairs = list(dict.fromkeys((cell.arm, cell.size) for cell in cells))
        own = set(pairs[self.number - 1 :: self.of])
        for _, batch in groupby(cells, lambda cell: (cell.size, cell.seed)):
            if mine := [cell for cell in batch if (cell.arm, cell.size) in own]:
                yield mine


WHOLE = Part()

"""Chance, in one place.

Whatever is random has `sample(rng)`; whatever is settled does not. The generator for an item
depends on the item's name, never on the order or the process it is made in: a `Seed` is such a
name, a path from the recipe down to one effect on one strip, and gives its own generator.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

import numpy as np

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@runtime_checkable
class Sampler(Protocol[T_co]):
    """A distribution over `T`."""

    def sample(self, rng: np.random.Generator) -> T_co: ...


@runtime_checkable
class Bounded(Protocol):
    """A distribution over numbers that knows the least and the greatest it can draw."""

    def ends(self) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Constant(Generic[T]):
    """Always `value`."""

    value: T

    def sample(self, rng: np.random.Generator) -> T:
        return self.value


@dataclass(frozen=True)
class Uniform:
    """Any number from `low` to `high`, none likelier than another."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)

    def sample(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))

    def ends(self) -> tuple[float, float]:
        """`low` and `high`."""
        return self.low, self.high


@dataclass(frozen=True)
class LogUniform:
    """Uniform in the logarithm: for frequencies, times and ratios. Both ends above zero."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)
        if self.low <= 0.0:
            raise ValueError(f"LogUniform.low must lie above 0, got {self.low}")

    def sample(self, rng: np.random.Generator) -> float:
        drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(drawn, self.low), self.high)

    def ends(self) -> tuple[float, float]:
        """`low` and `high`."""
        return self.low, self.high


@dataclass(frozen=True)
class Choice(Generic[T]):
    """One of `options`, none likelier than another."""

    options: Sequence[T]

    def sample(self, rng: np.random.Generator) -> T:
        return self.options[int(rng.integers(len(self.options)))]


def _ordered(sampler: object, low: float, high: float) -> None:
    if not low <= high:
        raise ValueError(f"{type(sampler).__name__}: low {low} lies above high {high}")


@dataclass(frozen=True)
class Seed:
    """A number and a path of names: `Seed(7) / "song" / 3 / "strip" / "vocals"`.

    Equal paths give equal generators on every machine and in any order; paths that differ in one
    name give unrelated ones.
    """

    number: int
    path: tuple[str, ...] = ()

    def __truediv__(self, name: str | int) -> Seed:
        return Seed(self.number, (*self.path, str(name)))

    def rng(self) -> np.random.Generator:
        """The generator that belongs to this path."""
        return rng_for(self.number, *self.path)


def rng_for(seed: int, *names: str) -> np.random.Generator:
    """The generator that belongs to `names` under `seed`."""
    digest = hashlib.sha256("\0".join((str(seed), *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))

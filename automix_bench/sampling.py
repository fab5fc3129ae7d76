"""Random numbers.

Every random value has a method `sample(rng)`. The generator of an item depends only on the item's
name, never on the order or the process in which items are made. A `Seed` is such a name: a path
from the recipe down to one effect of one strip. Each path has its own generator.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Points = float | np.ndarray


@runtime_checkable
class Sampler(Protocol[T_co]):
    """A distribution over `T`."""

    def sample(self, rng: np.random.Generator) -> T_co: ...


@runtime_checkable
class Bounded(Protocol):
    """A distribution that states the least and the greatest value it can draw."""

    def ends(self) -> tuple[Any, Any]: ...


@runtime_checkable
class Distribution(Sampler[float], Bounded, Protocol):
    """A distribution over numbers that states its cumulative distribution function, for testing."""

    def cdf(self, x: Points) -> np.ndarray:
        """The probability of a number of at most `x`. The result has the shape of `x`."""


@runtime_checkable
class Joint(Sampler[Mapping[str, Any]], Protocol):
    """A distribution over several settings at once, drawn as a mapping."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def marginal(self, name: str) -> Distribution:
        """The marginal distribution of one of its names."""


def finite(owner: object, field: str, value: Any) -> float:
    """The value as a float.

    Raises:
        ValueError: the value is not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{type(owner).__name__}.{field} must be a finite number, got {value!r}")
    return float(value)


def as_text(value: Any) -> str:
    """A value as text, as in the table of a recipe's settings."""
    if isinstance(value, tuple):
        return f"({', '.join(as_text(item) for item in value)})"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Seed:
    """A number and a path of names: `Seed(7) / "song" / 3 / "strip" / "vocals"`.

    Equal paths give equal generators on every machine and in any order. Paths that differ in one
    name give unrelated generators.
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

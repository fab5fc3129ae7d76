"""Plain distributions: a constant, uniform, log-uniform, a choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np

from automix_bench.sampling import Points, T, as_text, finite


@dataclass(frozen=True)
class Constant(Generic[T]):
    """Always `value`."""

    value: T

    def sample(self, rng: np.random.Generator) -> T:
        return self.value

    def ends(self) -> tuple[T, T]:
        """`value`, twice."""
        return self.value, self.value

    def cdf(self, x: Points) -> np.ndarray:
        """0 below `value`, 1 from `value` on; `value` must be a number."""
        return np.where(np.asarray(x) >= _number(self, "value", self.value), 1.0, 0.0)

    def __str__(self) -> str:
        return f"always {as_text(self.value)}"


@dataclass(frozen=True)
class Uniform:
    """Any number from `low` to `high`, all equally likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self, self.low, self.high)

    def sample(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))

    def ends(self) -> tuple[float, float]:
        """`low` and `high`."""
        return self.low, self.high

    def cdf(self, x: Points) -> np.ndarray:
        """(x - low) / (high - low), from 0 to 1."""
        return _passed(np.asarray(x, np.float64), self.low, self.high)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, uniform"


@dataclass(frozen=True)
class LogUniform:
    """Uniform in the logarithm: for frequencies, times and ratios. Both ends are above zero."""

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

    def cdf(self, x: Points) -> np.ndarray:
        """log(x / low) / log(high / low), from 0 to 1."""
        inside = np.clip(np.asarray(x, np.float64), self.low, self.high)
        share = _passed(np.asarray(np.log(inside)), math.log(self.low), math.log(self.high))
        return np.where(np.asarray(x) >= self.low, share, 0.0)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, log-uniform"


@dataclass(frozen=True)
class Choice(Generic[T]):
    """One of `options`, of any type.

    Attributes:
        weights: the probability of each option relative to the others, with any sum; None if all
            are equally likely.
    """

    options: Sequence[T]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not len(self.options):
            raise ValueError("Choice.options must be one or more, got none")
        if self.weights is not None:
            weights = weights_of(self, self.weights, len(self.options))
            object.__setattr__(self, "weights", weights)

    def sample(self, rng: np.random.Generator) -> T:
        if self.weights is None:
            return self.options[int(rng.integers(len(self.options)))]
        return self.options[picked(self.weights, rng)]

    def cdf(self, x: Points) -> np.ndarray:
        """The probability of an option of at most `x`; the options must be numbers."""
        numbers = np.array([_number(self, "options", option) for option in self.options])
        return np.asarray((numbers <= np.asarray(x)[..., None]) @ np.array(self.shares()))

    def shares(self) -> tuple[float, ...]:
        """The probability of each option."""
        weights = self.weights or (1.0,) * len(self.options)
        return tuple(weight / math.fsum(weights) for weight in weights)

    def __str__(self) -> str:
        words = [as_text(option) for option in self.options]
        if self.weights is None:
            return f"{' | '.join(words)}, evenly" if len(words) > 1 else f"always {words[0]}"
        shares = [f"{100.0 * share:.3g} %" for share in self.shares()]
        return " | ".join(f"{word} ({share})" for word, share in zip(words, shares, strict=True))


def weights_of(owner: object, weights: Sequence[float], count: int) -> tuple[float, ...]:
    """The checked weights.

    Raises:
        ValueError: they are not `count` finite numbers of 0 or more, with one above 0.
    """
    numbers = tuple(float(weight) for weight in weights)
    fair = all(math.isfinite(weight) and weight >= 0.0 for weight in numbers)
    if len(numbers) != count or not fair or not any(numbers):
        raise ValueError(
            f"{type(owner).__name__}.weights must be {count} finite numbers of 0 or more, "
            f"one of them above 0, got {weights}"
        )
    return numbers


def picked(weights: Sequence[float], rng: np.random.Generator) -> int:
    """A random index whose probability is proportional to its weight. An index of weight 0 is never
    picked."""
    sums = np.cumsum(weights)
    return int(np.searchsorted(sums / sums[-1], rng.random(), side="right"))


def _ordered(sampler: object, low: float, high: float) -> None:
    if not low <= high:
        raise ValueError(f"{type(sampler).__name__}: low {low} lies above high {high}")
    finite(sampler, "low", low)
    finite(sampler, "high", high)


def _number(owner: object, field: str, value: Any) -> float:
    if not isinstance(value, int | float):
        name = type(owner).__name__
        raise TypeError(f"{name}.{field} must be a number to have a cdf, got {value!r}")
    return float(value)


def _passed(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """The share of the way from `low` to `high` that lies below `x`, from 0 to 1."""
    inside = np.clip(x, low, high) - low
    return np.where(x >= high, 1.0, inside / (high - low) if high > low else 0.0)

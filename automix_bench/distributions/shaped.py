"""Further distributions over a number, and over a row of numbers.

`plain` has the plain ones, `joint` those over several settings at once. All are frozen values that
include their tables, so a recipe that holds one describes everything it draws from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from automix_bench.distributions.plain import picked, weights_of
from automix_bench.sampling import Distribution, Points, finite

# A range with less of a normal distribution than this is a mistake.
LEAST_MASS = 1e-9


@dataclass(frozen=True)
class Normal:
    """Normal, truncated at `low` and `high`, without extra probability at the ends.

        x = mean + deviation F^-1(F(a) + u (F(b) - F(a))),  a = (low - mean) / deviation

    b is the same for `high`, F the cumulative normal distribution and u uniform from 0 to 1:
    drawing by inversion (L. Devroye, "Non-Uniform Random Variate Generation", 1986, ch. 2). `mean`
    and `deviation` are those of the distribution before truncation.

    Raises:
        ValueError: `deviation` is not above 0, or less than a billionth of the distribution lies
            within the ends.
    """

    mean: float
    deviation: float
    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("mean", "deviation", "low", "high"):
            finite(self, name, getattr(self, name))
        if self.deviation <= 0.0:
            raise ValueError(f"Normal.deviation must lie above 0, got {self.deviation}")
        if not self.low < self.high:
            raise ValueError(f"Normal: low {self.low} must lie below high {self.high}")
        below, above = self._masses()
        if above - below < LEAST_MASS:
            raise ValueError(
                f"Normal: low {self.low} to high {self.high} must hold {LEAST_MASS:g} or more of "
                f"a normal distribution with mean {self.mean} and deviation {self.deviation}"
            )

    def sample(self, rng: np.random.Generator) -> float:
        return self.quantile(float(rng.random()))

    def quantile(self, share: float) -> float:
        """The number below which a share `share` of all draws lies."""
        below, above = self._masses()
        share = 1.0 - share if self._mirrored else share
        away = self._sign * float(ndtri(below + share * (above - below)))
        return min(max(self.mean + self.deviation * away, self.low), self.high)

    def ends(self) -> tuple[float, float]:
        """`low` and `high`."""
        return self.low, self.high

    def cdf(self, x: Points) -> np.ndarray:
        """(F((x - mean) / deviation) - F(a)) / (F(b) - F(a)), from 0 to 1."""
        inside = np.clip(np.asarray(x, np.float64), self.low, self.high)
        below, above = self._masses()
        share = (ndtr(self._sign * (inside - self.mean) / self.deviation) - below) / (above - below)
        return np.asarray(np.clip(1.0 - share if self._mirrored else share, 0.0, 1.0))

    @property
    def _mirrored(self) -> bool:
        """Whether the whole range lies above the mean. F is then too close to 1 to distinguish
        values, so it is computed on the other side."""
        return self.low > self.mean

    @property
    def _sign(self) -> float:
        return -1.0 if self._mirrored else 1.0

    def _masses(self) -> tuple[float, float]:
        """F at the lower and at the upper end, on the side on which it is computed."""
        ends = [self._sign * (end - self.mean) / self.deviation for end in (self.low, self.high)]
        return float(ndtr(min(ends))), float(ndtr(max(ends)))

    def __str__(self) -> str:
        shape = f"mean {self.mean:g}, deviation {self.deviation:g}"
        return f"{self.low:g} to {self.high:g}, normal, {shape}"


@dataclass(frozen=True)
class Triangular:
    """From `low` to `high`, most likely at `mode`, falling linearly to both sides.

        F(x) = (x - low)^2 / ((high - low) (mode - low))

    up to the mode, and mirrored beyond it. Drawn by inversion.
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        for name in ("low", "mode", "high"):
            finite(self, name, getattr(self, name))
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise ValueError(
                f"Triangular: low, mode and high must rise, got {self.low}, {self.mode}, "
                f"{self.high}"
            )

    def sample(self, rng: np.random.Generator) -> float:
        share, width = float(rng.random()), self.high - self.low
        rise, fall = self.mode - self.low, self.high - self.mode
        if share * width < rise:
            return self.low + math.sqrt(share * width * rise)
        return self.high - math.sqrt((1.0 - share) * width * fall)

    def ends(self) -> tuple[float, float]:
        """`low` and `high`."""
        return self.low, self.high

    def cdf(self, x: Points) -> np.ndarray:
        """The share of the triangle's area up to `x`."""
        inside, width = (
            np.clip(np.asarray(x, np.float64), self.low, self.high),
            self.high - self.low,
        )
        rise, fall = self.mode - self.low, self.high - self.mode
        rising = (inside - self.low) ** 2 / (width * rise) if rise else np.zeros_like(inside)
        falling = (self.high - inside) ** 2 / (width * fall) if fall else np.zeros_like(inside)
        return np.where(inside < self.mode, rising, 1.0 - falling)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, triangular, mode {self.mode:g}"


@dataclass(frozen=True)
class Mixture:
    """One of several distributions, chosen with probability proportional to its weight.

    F(x) = sum_i w_i F_i(x) / sum_i w_i
    """

    parts: tuple[Distribution, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        for part in self.parts:
            if not isinstance(part, Distribution):
                raise ValueError(f"Mixture.parts must each have a cdf and ends, got {part!r}")
        weights = weights_of(self, self.weights, len(self.parts))
        object.__setattr__(self, "weights", weights)

    def sample(self, rng: np.random.Generator) -> float:
        return float(self.parts[picked(self.weights, rng)].sample(rng))

    def ends(self) -> tuple[float, float]:
        """The least and the greatest of the ends of all parts."""
        lows, highs = zip(*(part.ends() for part in self.parts), strict=True)
        return min(lows), max(highs)

    def cdf(self, x: Points) -> np.ndarray:
        """The weighted mean of the parts' cumulative distributions."""
        shares = [weight / math.fsum(self.weights) for weight in self.weights]
        return np.asarray(
            sum(share * part.cdf(x) for share, part in zip(shares, self.parts, strict=True))
        )

    def __str__(self) -> str:
        shares = [100.0 * weight / math.fsum(self.weights) for weight in self.weights]
        parts = zip(shares, self.parts, strict=True)
        return "; ".join(f"{share:.3g} % {part}" for share, part in parts)


@dataclass(frozen=True)
class Empirical:
    """One of the numbers of a table, all equally likely.

    Attributes:
        values: in any order; a number that occurs twice is drawn twice as often.
        smooth: whether numbers between them are drawn too. The cdf is then a line from each number
            to the next greater one; nothing lies beyond the least and the greatest.
    """

    values: tuple[float, ...]
    smooth: bool = False

    def __post_init__(self) -> None:
        values = tuple(
            finite(self, f"values, number {n},", v) for n, v in enumerate(self.values, 1)
        )
        if not values:
            raise ValueError("Empirical.values must be one number or more, got none")
        object.__setattr__(self, "values", values)

    def sample(self, rng: np.random.Generator) -> float:
        if not self.smooth:
            return self.values[int(rng.integers(len(self.values)))]
        place = rng.random() * (len(self.values) - 1)
        return float(np.interp(place, np.arange(len(self.values)), np.sort(self.values)))

    def ends(self) -> tuple[float, float]:
        """The least and the greatest of `values`."""
        return min(self.values), max(self.values)

    def cdf(self, x: Points) -> np.ndarray:
        """The share of the table of at most `x`; if smooth, of the lines between its numbers."""
        points, numbers = np.asarray(x, np.float64), np.sort(self.values)
        reached = np.searchsorted(numbers, points, side="right")
        if not self.smooth:
            return np.asarray(reached / len(numbers))
        last = len(numbers) - 1
        before = np.clip(reached - 1, 0, max(last - 1, 0))
        after = np.minimum(before + 1, last)
        gap = numbers[after] - numbers[before]
        part = np.divide(points - numbers[before], gap, out=np.zeros(points.shape), where=gap > 0)
        share = (before + part) / max(last, 1)
        return np.where(reached > last, 1.0, np.where(reached == 0, 0.0, share))

    def __str__(self) -> str:
        low, high = self.ends()
        between = ", smoothed" if self.smooth else ""
        return f"{low:g} to {high:g}, from a table of {len(self.values)}{between}"


@dataclass(frozen=True)
class Each:
    """A row of `count` independent draws from `part`, for a knob that is a row."""

    part: Distribution
    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"Each.count must be 1 or more, got {self.count}")

    def sample(self, rng: np.random.Generator) -> tuple[float, ...]:
        return tuple(float(self.part.sample(rng)) for _ in range(self.count))

    def ends(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """A row of the least value, and a row of the greatest value."""
        low, high = self.part.ends()
        return (low,) * self.count, (high,) * self.count

    def __str__(self) -> str:
        return f"{self.count} times {self.part}"

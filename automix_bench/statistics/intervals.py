"""Confidence intervals of a mean over songs and of an inter-quartile mean over songs.

The method for each number of songs was chosen by simulation. Each simulated board has songs with
random effects and ten clips per song. There were 2,000 boards for each number of songs and each
distribution of scores: normal, skewed (gamma of shape 2), heavy-tailed (Student's t with 4 degrees
of freedom), bounded (a clipped beta). The table gives the share of 95 % intervals that contained
the true value, in per cent, from the lowest to the highest over distributions.
`speed/interval_coverage.py` reproduces it for each distribution.

    songs                       5      10      20      50     150
    clips as if independent   48-60   50-59   50-59   52-61   51-60
    Student's t               91-96   92-96   93-96   94-96   94-96
    BCa                       82-84   87-91   91-93   92-95   93-96
    BCa, tails expanded       88-93   93-95   93-95   93-96   93-96
    bootstrap-t               93-96   94-96   94-96   93-96   93-96
    inter-quartile mean       91-95   92-96   93-95   94-96   93-96

Hence: below five songs Student's interval, because the bootstrap-t is unstable there; from five
songs the bootstrap-t; from fifty songs BCa with expanded tails, which covers as well there and
stays within the range of the values. For a skew as strong as that of a log-normal distribution
with sigma 0.75 all methods cover too little: 91 to 94 % below fifty songs, Student's 87 to 92 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

from automix_bench.sampling import rng_for

Aggregate = Literal["mean", "interquartile mean"]
Values = Float64[np.ndarray, " songs"]
Statistic = Callable[[np.ndarray], np.ndarray]
"""Reduces the last axis."""

FEW_SONGS, MANY_SONGS = 5, 50
WIDEST = 3.0
"""The most that an end of a bootstrap-t may lie from the mean, in half widths of Student's."""
AT_ONCE = 1 << 20
"""How many redrawn numbers are held in memory at once."""


@dataclass(frozen=True)
class Estimate:
    """A mean over songs with its 95 % interval; the ends are NaN with fewer than two songs."""

    value: float
    low: float
    high: float
    songs: int

    def within(self, low: float, high: float) -> Estimate:
        """The same, cut to the range of the statistic. An end that is NaN stays NaN."""
        value, lower, upper = (
            end if isnan(end) else float(min(max(end, low), high))
            for end in (self.value, self.low, self.high)
        )
        return Estimate(value, lower, upper, self.songs)


def estimate(
    values: Mapping[str, Sequence[float]],
    *,
    seed: str,
    resamples: int = 2000,
    aggregate: Aggregate = "mean",
) -> Estimate:
    """Estimate the mean over songs of each song's mean, with a 95 % interval over songs.

    Songs are assumed to be independent draws from one population. Excerpts and stems of one song
    are not independent, so the song is the unit: an interval over excerpts would be too narrow.
    See the module for the method. With equal values in all songs the interval has no width.

    The inter-quartile mean leaves out a quarter of the songs, rounded down, at each end. A few
    songs on which a model fails then do not decide (Agarwal et al., "Deep reinforcement learning
    at the edge of the statistical precipice", 2021). Below fifty songs its interval is
    `trimmed_student`, from fifty songs `bca`.

    Args:
        values: by song. NaN values are left out, and so are songs with no other value.
        seed: a text that depends on the data alone, so that equal scores have equal intervals.
        resamples: how often a bootstrap redraws the songs.

    >>> scores = {"a": [1.0, 3.0], "b": [4.0], "c": [6.0]}
    >>> mean = estimate(scores, seed="docs")
    >>> mean.value, round(mean.low, 2), round(mean.high, 2), mean.songs
    (4.0, -0.97, 8.97, 3)
    """
    means = np.array(list(song_means(values).values()), np.float64)
    if len(means) == 0:
        return Estimate(nan, nan, nan, 0)
    statistic: Statistic = interquartile_mean if aggregate != "mean" else _mean
    value = float(statistic(means))
    if len(means) == 1:
        return Estimate(value, nan, nan, 1)
    if len(means) >= MANY_SONGS:
        low, high = bca(means, statistic, seed, resamples)
    elif aggregate != "mean":
        low, high = trimmed_student(means)
    elif len(means) >= FEW_SONGS:
        low, high = bootstrap_t(means, seed, resamples)
    else:
        low, high = student(means)
    return Estimate(value, low, high, len(means))


def song_means(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Each song's mean over its values that are not NaN; songs without one are left out."""
    defined = {song: [v for v in of if not isnan(v)] for song, of in values.items()}
    return {song: float(np.mean(of)) for song, of in defined.items() if of}


def interquartile_mean(values: np.ndarray) -> np.ndarray:
    """The mean over the last axis without a quarter of the values, rounded down, at each end."""
    cut = values.shape[-1] // 4
    return np.asarray(np.sort(values, axis=-1)[..., cut : values.shape[-1] - cut].mean(axis=-1))


def _mean(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.mean(axis=-1))


def student(means: Values) -> tuple[float, float]:
    """Student's interval, exact for normal values: mean ± t(0.975, n - 1) s / sqrt(n)."""
    return _around(float(means.mean()), _student_half_width(means))


def _student_half_width(means: Values) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, len(means) - 1)) * float(means.std(ddof=1)) / sqrt(len(means))


def trimmed_student(means: Values) -> tuple[float, float]:
    """The interval of the inter-quartile mean by Tukey and McLaughlin.

        ± t(0.975, h - 1) s_w sqrt((n - 1) / (h (h - 1))),   h = n - 2 floor(n / 4)

    s_w is the winsorized standard deviation: each value that the mean leaves out is first replaced
    by the nearest value that it uses. Approximate, for symmetric distributions ("Less vulnerable
    confidence and significance procedures for location based on a single sample", 1963).
    """
    from scipy.stats import t

    count, ordered = len(means), np.sort(means)
    cut = count // 4
    used = count - 2 * cut
    winsorized = np.clip(ordered, ordered[cut], ordered[count - cut - 1])
    if used < 2:
        return nan, nan
    spread = float(winsorized.std(ddof=1)) * sqrt((count - 1) / (used * (used - 1)))
    return _around(float(interquartile_mean(means)), float(t.ppf(0.975, used - 1)) * spread)


def _around(value: float, half_width: float) -> tuple[float, float]:
    return value - half_width, value + half_width


def bootstrap_t(means: Values, seed: str, resamples: int) -> tuple[float, float]:
    """The interval of the studentised bootstrap.

        [m - q(0.975) s / sqrt(n), m - q(0.025) s / sqrt(n)]

    m and s are the mean and the standard deviation over n songs, m* and s* those of redrawn songs,
    and q the quantiles of (m* - m) / (s* / sqrt(n)) over all redraws (Efron & Tibshirani, "An
    introduction to the bootstrap", 1993, section 12.5). An end lies at most three half widths of
    Student's interval from the mean: where most songs have the same value, s* of some redraws is
    close to zero.
    """
    count, middle, spread = len(means), float(means.mean()), float(means.std())
    if spread == 0.0:
        return middle, middle
    ratios = []
    for chosen in redrawn(count, seed, resamples):
        drawn = means[chosen]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.nan_to_num((drawn.mean(axis=1) - middle) / drawn.std(axis=1)))
    farthest = WIDEST * _student_half_width(means) / spread
    bounded = np.clip(np.concatenate(ratios), -farthest, farthest)
    low, high = np.quantile(bounded, [0.025, 0.975])
    return middle - float(high) * spread, middle - float(low) * spread


def bca(
    means: Values, statistic: Statistic, seed: str, resamples: int, tail: float | None = None
) -> tuple[float, float]:
    """The BCa interval: percentiles of the bootstrap, corrected for bias and acceleration.

        alpha' = Phi(z0 + (z0 + z) / (1 - a (z0 + z))),   z = Phi^-1(alpha)

    The bias correction z0 is Phi^-1 of the share of redraws below the statistic. The acceleration a
    is estimated by leaving out each song in turn (Efron, "Better bootstrap confidence intervals",
    1987).

    Args:
        tail: the share alpha that is cut off at each end; None for `expanded_tail`.
    """
    from scipy.stats import norm

    value = statistic(means)
    drawn = np.concatenate(
        [statistic(means[chosen]) for chosen in redrawn(len(means), seed, resamples)]
    )
    if drawn.min() == drawn.max():
        return float(value), float(value)
    below = float(np.mean(drawn < value) + 0.5 * np.mean(drawn == value))
    least = 1.0 / (resamples + 1)
    bias = float(norm.ppf(min(max(below, least), 1.0 - least)))
    alpha = expanded_tail(len(means)) if tail is None else tail
    z = bias + norm.ppf(np.array([alpha, 1.0 - alpha]))
    places = norm.cdf(bias + z / (1.0 - _acceleration(means, statistic) * z))
    low, high = np.quantile(drawn, places)
    return float(low), float(high)


def _acceleration(means: Values, statistic: Statistic) -> float:
    """The jackknife estimate: sum u^3 / (6 (sum u^2)^(3/2)), u the influence of each song."""
    without = np.array([float(statistic(np.delete(means, n))) for n in range(len(means))])
    influence = without.mean() - without
    squares = float(np.sum(influence**2))
    return float(np.sum(influence**3)) / (6.0 * squares**1.5) if squares > 0.0 else 0.0


def expanded_tail(songs: int, level: float = 0.95) -> float:
    """The share to cut off at each end of the bootstrap distribution of a mean over n songs.

        Phi(-sqrt(n / (n - 1)) t(0.5 + level / 2, n - 1))

    The plain percentile interval is too narrow, by the factor sqrt((n - 1) / n) and by the ratio of
    the normal to Student's quantile; this share corrects both (Hesterberg, "What teachers should
    know about the bootstrap", 2015, section 4.2).
    """
    from scipy.stats import norm, t

    quantile = t.ppf(0.5 + level / 2.0, songs - 1)
    return float(norm.cdf(-sqrt(songs / (songs - 1)) * quantile))


def redrawn(
    songs: int, seed: str, resamples: int, times: int = 1
) -> Iterator[Int64[np.ndarray, "redraws songs"]]:
    """Indices of songs drawn with replacement, in blocks of several redraws.

    Args:
        times: how many arrays of the size of a block the caller makes of it; blocks are smaller for
            more.
    """
    rng = rng_for(0, "bootstrap", seed)
    rows = max(1, AT_ONCE // (songs * times))
    for start in range(0, resamples, rows):
        yield rng.integers(songs, size=(min(rows, resamples - start), songs))

"""Intervals of a mean over songs, and of an inter-quartile mean.

Which method is taken was decided by simulation: boards of songs with random effects and ten clips
each, 2,000 for each number of songs and kind of scores: normal, skewed (a gamma distribution of
shape 2), heavy-tailed (Student's with 4 degrees of freedom), bounded (a clipped beta). The table,
which `speed/interval_coverage.py` prints anew kind by kind, has how often a 95 % interval held
the truth, in per cent.

    songs                       5      10      20      50     150
    clips as if independent   48-60   50-59   50-59   52-61   51-60
    Student's t               91-96   92-96   93-96   94-96   94-96
    BCa                       82-84   87-91   91-93   92-95   93-96
    BCa, tails expanded       88-93   93-95   93-95   93-96   93-96
    bootstrap-t               93-96   94-96   94-96   93-96   93-96
    inter-quartile mean       91-95   92-96   93-95   94-96   93-96

Hence Student's below five songs, where a bootstrap-t is unstable; the bootstrap-t from five; and
from fifty BCa with expanded tails, which is as good there and keeps within the range of the values.
With a skew as strong as that of a log-normal distribution of sigma 0.75 all fall short: 91 to 94 %
below fifty songs, Student's 87 to 92 %.
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
"""Of the last axis."""

FEW_SONGS, MANY_SONGS = 5, 50
WIDEST = 3.0
"""How far an end of a bootstrap-t may lie from the mean, in those of Student's interval."""
AT_ONCE = 1 << 20
"""Numbers redrawn at once."""


@dataclass(frozen=True)
class Estimate:
    """A mean over songs with its 95 % interval; the interval is NaN with fewer than two songs."""

    value: float
    low: float
    high: float
    songs: int


def estimate(
    values: Mapping[str, Sequence[float]],
    *,
    seed: str,
    resamples: int = 2000,
    aggregate: Aggregate = "mean",
) -> Estimate:
    """The mean over songs of each song's mean, and a 95 % interval over songs.

    The song is the unit, since excerpts and stems of one song are not independent: an interval
    over excerpts would be too narrow. Songs are redrawn whole. The method is as the module says.
    With equal values in all songs the interval has no width.

    The inter-quartile mean leaves out a quarter of the songs, rounded down, at each end, so that a
    few songs on which a model fails don't decide (Agarwal et al., "Deep reinforcement learning at
    the edge of the statistical precipice", 2021). Its interval is Tukey and McLaughlin's below
    fifty songs (1963: Student's with the winsorized deviation), then BCa's.

    Args:
        values: by song; NaN values are undefined and left out, songs of only those too.
        seed: a text that belongs to the data, so equal scores have equal intervals.
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
    """Each song's mean over its defined values; songs without one are left out."""
    defined = {song: [v for v in of if not isnan(v)] for song, of in values.items()}
    return {song: float(np.mean(kept)) for song, kept in defined.items() if kept}


def interquartile_mean(values: np.ndarray) -> np.ndarray:
    """The mean, over the last axis, of what remains without a quarter at each end."""
    cut = values.shape[-1] // 4
    return np.asarray(np.sort(values, axis=-1)[..., cut : values.shape[-1] - cut].mean(axis=-1))


def _mean(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.mean(axis=-1))


def student(means: Values) -> tuple[float, float]:
    """Student's interval: the mean ± t(0.975, n - 1) s / sqrt(n)."""
    return _around(float(means.mean()), _student_reach(means))


def _student_reach(means: Values) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, len(means) - 1)) * float(means.std(ddof=1)) / sqrt(len(means))


def trimmed_student(means: Values) -> tuple[float, float]:
    """Tukey and McLaughlin's interval of the inter-quartile mean.

        ± t(0.975, h - 1) s_w sqrt((n - 1) / (h (h - 1))),   h = n - 2 floor(n / 4)

    s_w is the deviation after the cut values are set to those next to them.
    """
    from scipy.stats import t

    count, ordered = len(means), np.sort(means)
    cut = count // 4
    kept = count - 2 * cut
    winsorized = np.clip(ordered, ordered[cut], ordered[count - cut - 1])
    if kept < 2:
        return nan, nan
    spread = float(winsorized.std(ddof=1)) * sqrt((count - 1) / (kept * (kept - 1)))
    return _around(float(interquartile_mean(means)), float(t.ppf(0.975, kept - 1)) * spread)


def _around(value: float, reach: float) -> tuple[float, float]:
    return value - reach, value + reach


def bootstrap_t(means: Values, seed: str, resamples: int) -> tuple[float, float]:
    """The studentised bootstrap: [m - q(0.975) s / sqrt(n), m - q(0.025) s / sqrt(n)].

    q are the quantiles of (m* - m) / (s* / sqrt(n)) over redrawn songs (Efron & Tibshirani, "An
    introduction to the bootstrap", 1993, section 12.5). No end lies further from the mean than
    three times Student's: where most songs have one value, some redraws have next to no spread.
    """
    count, middle, spread = len(means), float(means.mean()), float(means.std())
    if spread == 0.0:
        return middle, middle
    found = []
    for chosen in redrawn(count, seed, resamples):
        drawn = means[chosen]
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.nan_to_num((drawn.mean(axis=1) - middle) / drawn.std(axis=1)))
    farthest = WIDEST * _student_reach(means) / spread
    reached = np.clip(np.concatenate(found), -farthest, farthest)
    low, high = np.quantile(reached, [0.025, 0.975])
    return middle - float(high) * spread, middle - float(low) * spread


def bca(
    means: Values, statistic: Statistic, seed: str, resamples: int, tail: float | None = None
) -> tuple[float, float]:
    """The bootstrap's percentiles, corrected for bias and acceleration.

        alpha' = Phi(z0 + (z0 + z) / (1 - a (z0 + z))),   z = Phi^-1(alpha)

    z0 from the share of redraws below the statistic, a from leaving out each song in turn (Efron,
    "Better bootstrap confidence intervals", 1987).

    Args:
        tail: the share cut off at each end; `expanded_tail` if none is given.
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
    without = np.array([float(statistic(np.delete(means, n))) for n in range(len(means))])
    influence = without.mean() - without
    squares = float(np.sum(influence**2))
    return float(np.sum(influence**3)) / (6.0 * squares**1.5) if squares > 0.0 else 0.0


def expanded_tail(songs: int, level: float = 0.95) -> float:
    """The share cut off at each end of the bootstrap distribution of a mean over `songs`.

    Plain tails are too narrow by sqrt((n - 1) / n) and by the ratio of Student's to the normal
    quantile (Hesterberg, "What teachers should know about the bootstrap", 2015, section 4.2).
    """
    from scipy.stats import norm, t

    quantile = t.ppf(0.5 + level / 2.0, songs - 1)
    return float(norm.cdf(-sqrt(songs / (songs - 1)) * quantile))


def redrawn(
    songs: int, seed: str, resamples: int, times: int = 1
) -> Iterator[Int64[np.ndarray, "redraws songs"]]:
    """Songs drawn with repeats, by number; some redraws at a time.

    Args:
        times: how often each redraw will be held at once by who asks.
    """
    rng = rng_for(0, "bootstrap", seed)
    rows = max(1, AT_ONCE // (songs * times))
    for start in range(0, resamples, rows):
        yield rng.integers(songs, size=(min(rows, resamples - start), songs))

"""The number of songs that tells two models apart, from the variance between and within songs.

The difference between two models on a song is modelled as a random effect of the song plus
independent deviations of its clips (Raudenbush, "Statistical analysis and optimal design for
cluster randomized trials", 1997, with songs as clusters). The mean over a song's clips has the
variance

    s^2 = between + within / clips

The power of a two-sided paired test of a mean difference d over n songs is taken as that of
Student's test on normal differences,

    1 - F(t; n - 1, d sqrt(n) / s) + F(-t; n - 1, d sqrt(n) / s),   t = t(0.975, n - 1)

with F the non-central t distribution (Cohen, "Statistical power analysis for the behavioral
sciences", 1988, section 2.5). The sign-flip test of `significance.py` has nearly the same power;
`tests/statistics` simulates a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan, sqrt

import numpy as np

POWER = 0.8
MOST_SONGS = 1_000_000


@dataclass(frozen=True)
class Components:
    """The components of the variance of a value over songs and clips.

    Attributes:
        between: the variance of the songs' true means.
        within: the variance of clips about their song's true mean. NaN where no song has two
            clips: then `between` is the sum of both.
        songs: the number of songs.
        clips: the harmonic mean of the clips per song.
    """

    between: float
    within: float
    songs: int
    clips: float

    def deviation(self, clips: float) -> float:
        """The standard deviation of a song's mean over `clips` clips."""
        return sqrt(self.between + (0.0 if isnan(self.within) else self.within / clips))


def components(values: Mapping[str, Sequence[float]]) -> Components:
    """Estimate the variance between and within songs, by the analysis of variance.

        within = MSW,   between = max(0, (MSB - MSW) / m0),   m0 = (N - sum m_i^2 / N) / (n - 1)

    with m_i clips in song i, n songs and N clips (Searle, Casella & McCulloch, "Variance
    components", 1992, section 3.6). Without the cut at 0 both would be unbiased. NaN values are
    left out.

    Args:
        values: by song, one value for each clip. With fewer than two songs both components are
            NaN.
    """
    defined = [np.array([v for v in of if not isnan(v)]) for of in values.values()]
    clips = [of for of in defined if len(of)]
    sizes = np.array([len(of) for of in clips], np.float64)
    songs, count = len(clips), float(sizes.sum())
    if songs < 2:
        return Components(nan, nan, songs, count if songs else nan)
    means = np.array([of.mean() for of in clips])
    harmonic = songs / float(np.sum(1.0 / sizes))
    if count == songs:
        return Components(float(means.var(ddof=1)), nan, songs, 1.0)
    grand = float(np.sum(sizes * means)) / count
    inside = sum(float(np.sum((of - of.mean()) ** 2)) for of in clips) / (count - songs)
    outside = float(np.sum(sizes * (means - grand) ** 2)) / (songs - 1)
    typical = (count - float(np.sum(sizes**2)) / count) / (songs - 1)
    return Components(max(0.0, (outside - inside) / typical), inside, songs, harmonic)


def power(
    difference: float, deviation: float, songs: int, level: float = 0.05, sides: int = 2
) -> float:
    """The power of the test: the probability that it detects a true mean difference.

    Args:
        deviation: the standard deviation of the songs' differences.
        songs: with fewer than two the power is NaN.
        level: the significance level of the test.
        sides: 1 for a one-sided test of a positive difference, 1 - F(t; n - 1, d sqrt(n) / s) with
            t = t(1 - level, n - 1).
    """
    from scipy.stats import nct, t

    if songs < 2:
        return nan
    if sides == 1:
        return _one_sided_power(difference, deviation, songs, level)
    if deviation == 0.0:
        return 1.0 if difference else level
    edge, shift = t.ppf(1.0 - level / 2.0, songs - 1), abs(difference) * sqrt(songs) / deviation
    # Far in its tail SciPy's distribution function returns NaN instead of 0.
    tails = np.nan_to_num([nct.cdf(sign * edge, songs - 1, shift) for sign in (1.0, -1.0)])
    return float(1.0 - tails[0] + tails[1])


def _one_sided_power(difference: float, deviation: float, songs: int, level: float) -> float:
    from scipy.stats import nct, t

    if deviation == 0.0:
        return 1.0 if difference > 0.0 else level if difference == 0.0 else 0.0
    edge, shift = t.ppf(1.0 - level, songs - 1), difference * sqrt(songs) / deviation
    return float(1.0 - np.nan_to_num(nct.cdf(edge, songs - 1, shift)))


def songs_needed(difference: float, deviation: float, target: float = POWER) -> float:
    """The smallest number of songs whose power reaches the target; infinite beyond a million."""
    low, high = 1, 2
    while power(difference, deviation, high) < target:
        low, high = high, high * 2
        if low > MOST_SONGS:
            return inf
    while high - low > 1:
        middle = (low + high) // 2
        enough = power(difference, deviation, middle) >= target
        low, high = (low, middle) if enough else (middle, high)
    return float(high)


def least_difference(deviation: float, songs: int, target: float = POWER) -> float:
    """The smallest difference for which the power reaches the target; NaN below two songs."""
    from scipy.optimize import brentq

    if songs < 2 or isnan(deviation):
        return nan
    if deviation == 0.0:
        return 0.0
    effect = brentq(lambda d: power(d, 1.0, songs) - target, 0.0, 100.0, xtol=1e-6)
    return float(effect) * deviation

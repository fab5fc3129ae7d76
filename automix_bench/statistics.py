"""How sure a mean is, when excerpts of one song are alike: intervals over songs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np

from automix_bench.sampling import rng_for

FEW_SONGS = 10


@dataclass(frozen=True)
class Estimate:
    """A mean over songs with its 95 % interval; the interval is NaN with fewer than two songs."""

    value: float
    low: float
    high: float
    songs: int


def estimate(
    values: Mapping[str, Sequence[float]], *, seed: str, resamples: int = 2000
) -> Estimate:
    """The mean over songs of each song's mean, and a 95 % interval over songs.

    The song is the unit, since excerpts and stems of one song are not independent: an interval
    over excerpts would be too narrow. From ten songs on it is a bootstrap: songs are redrawn whole,
    and the percentiles are widened after Hesterberg ("What teachers should know about the
    bootstrap", 2015, section 4.2), as plain ones are too narrow by sqrt((n-1)/n) and by the ratio
    of Student's to the normal quantile. Of fewer songs a bootstrap knows no values but theirs, and
    cannot be wide enough: the interval is Student's, over the songs' means. With equal values in
    all songs it has no width.

    Args:
        values: by song; NaN values are undefined and left out, songs of only those too.
        seed: a text that belongs to the data, so equal scores have equal intervals.
    """
    means = np.array([np.mean(kept) for v in values.values() if (kept := _defined(v))])
    if len(means) == 0:
        return Estimate(nan, nan, nan, 0)
    if len(means) == 1:
        return Estimate(float(means[0]), nan, nan, 1)
    low, high = (_student if len(means) < FEW_SONGS else _bootstrap)(means, seed, resamples)
    return Estimate(float(means.mean()), low, high, len(means))


def _student(means: np.ndarray, seed: str, resamples: int) -> tuple[float, float]:
    from scipy.stats import t

    half = t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / sqrt(len(means))
    return float(means.mean() - half), float(means.mean() + half)


def _bootstrap(means: np.ndarray, seed: str, resamples: int) -> tuple[float, float]:
    rng = rng_for(0, "bootstrap", seed)
    drawn = np.array(
        [means[rng.integers(len(means), size=len(means))].mean() for _ in range(resamples)]
    )
    tail = expanded_tail(len(means))
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return float(low), float(high)


def expanded_tail(songs: int, level: float = 0.95) -> float:
    """The share cut off at each end of the bootstrap distribution of a mean over `songs`."""
    from scipy.stats import norm, t

    student = t.ppf(0.5 + level / 2.0, songs - 1)
    return float(norm.cdf(-sqrt(songs / (songs - 1)) * student))


def _defined(values: Sequence[float]) -> list[float]:
    return [value for value in values if not isnan(value)]

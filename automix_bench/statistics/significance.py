"""Test whether two models differ: sign flips over songs, and Holm's correction for many tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Float64

from automix_bench.sampling import rng_for
from automix_bench.statistics.intervals import Estimate, estimate, song_means

FLIPS = 9_999
LEVEL = 0.05
AT_ONCE = 1 << 21
"""How many numbers are held in memory at once."""


@dataclass(frozen=True)
class Paired:
    """The difference between two models on the same songs.

    Attributes:
        difference: the mean over songs, with its 95 % interval.
        p: two-sided, of the sign flips, before any correction; NaN without songs.
        effect: the mean difference divided by the standard deviation of the songs' differences
            (Cohen's d_z); NaN with fewer than two songs, or where all songs have one difference.
        songs: each song's mean difference, the largest first.
    """

    difference: Estimate
    p: float
    effect: float
    songs: Mapping[str, float]

    @property
    def won(self) -> int:
        """The number of songs on which the first model is better."""
        return sum(value > 0.0 for value in self.songs.values())

    @property
    def lost(self) -> int:
        """The number of songs on which the first model is worse."""
        return sum(value < 0.0 for value in self.songs.values())


def paired(differences: Mapping[str, Sequence[float]], *, seed: str, tests: int = 1) -> Paired:
    """Estimate and test the mean difference between two models.

    Args:
        differences: by song; NaN values are left out.
        seed: see `intervals.estimate`.
        tests: how many tests are corrected together, which decides the number of flips.
    """
    means = song_means(differences)
    values = np.array(list(means.values()), np.float64)
    spread = float(values.std(ddof=1)) if len(values) > 1 else nan
    return Paired(
        difference=estimate(differences, seed=seed),
        p=float(sign_flips(values[None, :], seed=seed, tests=tests)[0]) if len(values) else nan,
        effect=float(values.mean()) / spread if spread > 0.0 else nan,
        songs=dict(sorted(means.items(), key=lambda item: (-item[1], item[0]))),
    )


def sign_flips(
    differences: Float64[np.ndarray, "tests songs"], *, seed: str, tests: int = 1, sides: int = 2
) -> Float64[np.ndarray, " tests"]:
    """The p of a mean difference, by flipping the signs of the songs' differences.

        p = share over flips s of |sum_i s_i d_i| >= |sum_i d_i|,   s_i = +1 or -1

    or, one-sided, of sum_i s_i d_i >= sum_i d_i.

    Null hypothesis: the two models are exchangeable on every song, so that each difference could as
    well have had the other sign (Fisher, "The design of experiments", 1935, section 21). No
    distribution is assumed; songs are assumed to be independent.

    If there are no more than `drawn` different flips, all 2^songs are tried and p is exact.
    Otherwise flips are drawn at random, and the observed one is counted among them (Phipson &
    Smyth, "Permutation p-values should never be zero", 2010). With n songs p is at least 2 / 2^n,
    so five songs never reach 5 %.

    Args:
        differences: a row for each test, a column for each song; finite.
        seed: seeds the drawn flips.
        tests: how many tests are corrected together. The number of drawn flips is 9,999 or
            40 `tests` - 1, whichever is larger, because p cannot be smaller than one in the number
            of flips.
        sides: 2; or 1 against a positive mean alone.

    Of the 8 flips of 1, 2 and 3 only the observed one and its mirror image have a sum of 6:

    >>> float(sign_flips(np.array([[1.0, 2.0, 3.0]]), seed="docs")[0])
    0.25
    >>> float(sign_flips(np.array([[1.0, 2.0, 3.0]]), seed="docs", sides=1)[0])
    0.125
    """
    songs = differences.shape[1]
    drawn = max(FLIPS, 40 * tests - 1)
    exact = 2**songs <= drawn + 1
    sums = differences.sum(axis=1)
    one_sided = sides == 1
    observed = sums - 1e-9 * np.abs(sums) if one_sided else np.abs(sums) * (1.0 - 1e-9)
    reached = np.zeros(len(differences), np.int64)
    rows = max(1, AT_ONCE // max(songs, len(differences)))
    flips = _every(songs, rows) if exact else _drawn(songs, drawn, rows, seed)
    for signs in flips:
        flipped = signs @ differences.T
        reached += np.sum((flipped if one_sided else np.abs(flipped)) >= observed, axis=0)
    return reached / 2**songs if exact else (reached + 1.0) / (drawn + 1.0)


def _every(songs: int, rows: int) -> Iterator[Float64[np.ndarray, "flips songs"]]:
    places = np.arange(songs)
    for start in range(0, 2**songs, rows):
        numbers = np.arange(start, min(start + rows, 2**songs))
        yield 1.0 - 2.0 * ((numbers[:, None] >> places) & 1)


def _drawn(
    songs: int, count: int, rows: int, seed: str
) -> Iterator[Float64[np.ndarray, "flips songs"]]:
    rng = rng_for(0, "sign flips", seed)
    for start in range(0, count, rows):
        size = (min(rows, count - start), songs)
        yield 1.0 - 2.0 * rng.integers(0, 2, size=size, dtype=np.int8)


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """Correct p values for testing several hypotheses, in the given order.

        p'_(k) = max over j <= k of min(1, (m - j + 1) p_(j)),   p_(1) <= ... <= p_(m)

    Among the tests with p' <= 0.05 the probability of any false rejection is at most 5 %, however
    the tests depend on each other (Holm, "A simple sequentially rejective multiple test procedure",
    1979). NaN stays NaN and is not counted as a test.

    >>> [round(p, 4) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    tested = [place for place, value in enumerate(p) if value == value]
    corrected, least = [nan] * len(p), 0.0
    for rank, place in enumerate(sorted(tested, key=lambda place: p[place])):
        least = max(least, min(1.0, (len(tested) - rank) * p[place]))
        corrected[place] = least
    return tuple(corrected)


def least_p(songs: int, tests: int) -> float:
    """The smallest corrected p that is possible with so many songs and so many tests."""
    return min(1.0, tests * 2.0 / 2.0**songs)

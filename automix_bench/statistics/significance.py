"""Whether two models differ: sign flips over songs, and Holm's correction for asking often."""

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
"""Numbers held at once."""


@dataclass(frozen=True)
class Paired:
    """One model against another on the same songs.

    Attributes:
        difference: over songs, with its 95 % interval.
        p: of the sign flips, two-sided, before any correction; NaN without songs.
        effect: the mean difference in standard deviations of the songs' differences (Cohen's d_z);
            NaN with fewer than two songs or without spread.
        songs: each song's mean difference, the greatest first.
    """

    difference: Estimate
    p: float
    effect: float
    songs: Mapping[str, float]

    @property
    def won(self) -> int:
        """On how many songs the first is the better one."""
        return sum(value > 0.0 for value in self.songs.values())

    @property
    def lost(self) -> int:
        """On how many songs the first is the worse one."""
        return sum(value < 0.0 for value in self.songs.values())


def paired(differences: Mapping[str, Sequence[float]], *, seed: str, tests: int = 1) -> Paired:
    """What the differences of two models come to, by song; NaN values are left out.

    Args:
        tests: how many such questions are asked together, which decides the number of flips.
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
    differences: Float64[np.ndarray, "tests songs"], *, seed: str, tests: int = 1
) -> Float64[np.ndarray, " tests"]:
    """The probability of a mean difference as far from zero as this one, were the two alike.

        p = share over flips s of |sum_i s_i d_i| >= |sum_i d_i|,   s_i = +1 or -1

    Were two models exchangeable, each song's difference could as well have had the other sign
    (Fisher, "The design of experiments", 1935, section 21). All 2^songs flips are tried where they
    are no more than those that would be drawn, which makes p exact; else they are drawn and the
    one that was seen is counted among them (Phipson & Smyth, "Permutation p-values should never be
    zero", 2010). With n songs p is never below 2 / 2^n: five songs cannot be sure of anything.

    Args:
        differences: a row for each question, a column for each song; finite.
        tests: how many questions are corrected for together. 9,999 flips, or 40 for each, are
            drawn, since p cannot come out below one in as many.
    """
    songs = differences.shape[1]
    drawn = max(FLIPS, 40 * tests - 1)
    exact = 2**songs <= drawn + 1
    seen = np.abs(differences.sum(axis=1)) * (1.0 - 1e-9)
    reached = np.zeros(len(differences), np.int64)
    rows = max(1, AT_ONCE // max(songs, len(differences)))
    flips = _every(songs, rows) if exact else _drawn(songs, drawn, rows, seed)
    for signs in flips:
        reached += np.sum(np.abs(signs @ differences.T) >= seen, axis=0)
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
    """Each p so raised that calling those up to 0.05 sure is wrong at all in 5 % of the cases.

        p'_(k) = max over j <= k of min(1, (m - j + 1) p_(j)),   p_(1) <= ... <= p_(m)

    Holm, "A simple sequentially rejective multiple test procedure", 1979. NaN stays NaN and counts
    for nothing.
    """
    asked = [place for place, value in enumerate(p) if value == value]
    corrected, least = [nan] * len(p), 0.0
    for rank, place in enumerate(sorted(asked, key=lambda place: p[place])):
        least = max(least, min(1.0, (len(asked) - rank) * p[place]))
        corrected[place] = least
    return tuple(corrected)


def least_p(songs: int, tests: int) -> float:
    """The least corrected p that so many songs can give when so many questions are asked."""
    return min(1.0, tests * 2.0 / 2.0**songs)

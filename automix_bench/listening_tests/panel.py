"""How far listeners agree with one another, and how far a random order agrees with them.

The unit is the song everywhere: a page (a song, or one of several examples of it) has its own
order of systems, a song has the mean over its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64

from automix_bench.listening_tests.rating import Rating
from automix_bench.sampling import rng_for
from automix_bench.statistics import Estimate, estimate
from automix_bench.statistics.intervals import song_means

Correlation = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""How far ratings and values agree over the last axis; see `statistics.rank_correlation`."""
RANDOM_ORDERS = 2_000


@dataclass(frozen=True)
class Page:
    """The ratings of one page.

    Attributes:
        song: the song that it belongs to.
        systems: those that were rated, in alphabetical order.
        scores: of each rater and system; NaN where the rater did not rate it.
    """

    name: str
    song: str
    systems: tuple[str, ...]
    scores: Float64[np.ndarray, "raters systems"]

    @cached_property
    def means(self) -> Float64[np.ndarray, " systems"]:
        """The mean over raters: the order of the panel."""
        return np.asarray(np.nanmean(self.scores, axis=0))


def pages_of(ratings: Sequence[Rating], songs: Mapping[str, str]) -> list[Page]:
    """The pages in alphabetical order. Of repeated ratings of one rater the mean counts.

    Args:
        songs: by page, its song.
    """
    cells: dict[str, dict[tuple[str, str], list[float]]] = {}
    for r in ratings:
        cells.setdefault(r.song, {}).setdefault((r.rater, r.system), []).append(r.score)
    pages = []
    for name, page in sorted(cells.items()):
        raters, systems = (sorted({place[end] for place in page}) for end in (0, 1))
        scores = np.full((len(raters), len(systems)), np.nan)
        for (rater, system), values in page.items():
            scores[raters.index(rater), systems.index(system)] = np.mean(values)
        pages.append(Page(name, songs[name], tuple(systems), scores))
    return pages


def by_song(pages: Sequence[Page], values: Sequence[float]) -> dict[str, list[float]]:
    """The values of pages by their songs."""
    songs: dict[str, list[float]] = {}
    for page, value in zip(pages, values, strict=True):
        songs.setdefault(page.song, []).append(float(value))
    return songs


def listeners_agreement(pages: Sequence[Page], correlation: Correlation, seed: str) -> Estimate:
    """How far one listener orders systems as the other listeners do: leave one out, in turn.

    On each page each rater's scores are compared with the means of the others, over the systems
    that both have rated; the page has the mean over raters. A metric may do better: the mean of
    many people is steadier than one person. NaN with fewer than two raters.
    """
    each = []
    for page in pages:
        values = [
            float(correlation(others[both], own[both]))
            for own, others in _one_and_the_others(page.scores)
            if (both := ~np.isnan(own) & ~np.isnan(others)).sum() > 1
        ]
        defined = [value for value in values if not np.isnan(value)]
        each.append(float(np.mean(defined)) if defined else float("nan"))
    return estimate(by_song(pages, each), seed=seed)


def _one_and_the_others(
    scores: Float64[np.ndarray, "raters systems"],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each rater's scores, with the means of the other raters."""
    counted = ~np.isnan(scores)
    total, count = np.nansum(scores, axis=0), counted.sum(axis=0)
    pairs = []
    for own, has in zip(scores, counted, strict=True):
        left = count - has
        sums = total - np.where(has, own, 0.0)
        means = np.divide(sums, left, out=np.full(len(own), np.nan), where=left > 0)
        pairs.append((own, np.round(means, 9)))  # equal means are equal, whoever was left out
    return pairs


def chance(pages: Sequence[Page], correlation: Correlation, expected: float, seed: str) -> Estimate:
    """What a metric that orders the systems at random gets: the expected value, and the interval
    that 95 % of random orders of all pages fall in, as means over songs.

    Args:
        expected: the value that chance gets on average: 0 for a correlation.
    """
    rng = rng_for(0, "random order", seed)
    totals: dict[str, list[np.ndarray]] = {}
    for page in pages:
        order = np.tile(np.arange(len(page.systems), dtype=np.float64), (RANDOM_ORDERS, 1))
        values = correlation(page.means[None, :], rng.permuted(order, axis=1))
        if not np.isnan(values).any():  # people hear no difference on such a page
            totals.setdefault(page.song, []).append(values)
    if not totals:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    means = np.mean([np.mean(songs, axis=0) for songs in totals.values()], axis=0)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(expected, float(low), float(high), len(totals))


def agreement_by_song(
    pages: Sequence[Page], values: Sequence[np.ndarray], correlation: Correlation
) -> dict[str, float]:
    """The agreement of a metric's values with the panel, by song; songs on which people hear no
    difference are left out.

    Args:
        values: of each page, for its systems; larger is better.
    """
    each = [float(correlation(page.means, v)) for page, v in zip(pages, values, strict=True)]
    return song_means(by_song(pages, each))


def told_pairs(pages: Sequence[Page]) -> int:
    """The number of pairs of systems, over all pages, of which people rate one higher."""
    return sum(
        int(np.count_nonzero(np.triu(page.means[:, None] != page.means[None, :]))) for page in pages
    )

"""How sure ranks are: their intervals, and groups of models that cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase

import numpy as np
from jaxtyping import Float64

from automix_bench.statistics.intervals import expanded_tail, redrawn, song_means
from automix_bench.statistics.significance import LEVEL, holm, sign_flips


@dataclass(frozen=True)
class Standing:
    """How sure a model's rank is.

    Attributes:
        low, high: the 95 % interval of the rank; the best rank is 1.
        group: letters. Two models that share a letter cannot be told apart. Empty if the model can
            be told apart from all others.
    """

    low: int
    high: int
    group: str


def standings(
    scores: Mapping[str, Mapping[str, Sequence[float]]], *, seed: str, resamples: int = 2000
) -> dict[str, Standing]:
    """The standing of each model.

    Rank intervals are percentiles of a bootstrap: the same redrawn songs for all models, ranked
    again each time by the mean. Their tails are expanded like those of a mean (see
    `intervals.expanded_tail`).

    For the groups all pairs of models are tested by sign flips with Holm's correction. A letter
    stands for a maximal set of models in which no pair differs at 5 % (Piepho, "An algorithm for a
    letter-based representation of all-pairwise comparisons", 2004).

    Songs on which any model lacks a value are left out for all. With fewer than two songs every
    rank is possible for every model.

    Args:
        scores: by model and song; larger is better.
        seed: see `intervals.estimate`.
    """
    means = {model: song_means(values) for model, values in scores.items()}
    models = list(means)
    if not models:
        return {}
    songs = [song for song in means[models[0]] if all(song in m for m in means.values())]
    table = np.array([[means[model][song] for song in songs] for model in models], np.float64)
    if len(songs) < 2:
        return {model: Standing(1, len(models), "a" if len(models) > 1 else "") for model in models}
    lows, highs = _rank_intervals(table, seed, resamples)
    groups = letters((-table.mean(axis=1)).tolist(), _told_apart(table, seed))
    return {
        model: Standing(int(low), int(high), group)
        for model, low, high, group in zip(models, lows, highs, groups, strict=True)
    }


def _rank_intervals(
    table: Float64[np.ndarray, "models songs"], seed: str, resamples: int
) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import rankdata

    songs = table.shape[1]
    ranks = [
        rankdata(-table[:, chosen].mean(axis=2), method="min", axis=0)
        for chosen in redrawn(songs, seed, resamples, times=len(table))
    ]
    every, tail = np.concatenate(ranks, axis=1), expanded_tail(songs)
    low = np.quantile(every, tail, axis=1, method="lower")
    return low, np.quantile(every, 1.0 - tail, axis=1, method="higher")


def _told_apart(table: Float64[np.ndarray, "models songs"], seed: str) -> set[tuple[int, int]]:
    return {pair for pair, p in pair_p(table, seed).items() if p <= LEVEL}


def pair_p(table: Float64[np.ndarray, "models songs"], seed: str) -> dict[tuple[int, int], float]:
    """The p of every pair of models, by their indices, the smaller first: sign flips over songs,
    after Holm's correction over all pairs.

    Args:
        table: a model's mean on each song; finite.
        seed: see `intervals.estimate`.
    """
    pairs = list(combinations(range(len(table)), 2))
    if not pairs:
        return {}
    differences = np.array([table[one] - table[other] for one, other in pairs])
    p = holm(tuple(map(float, sign_flips(differences, seed=seed, tests=len(pairs)))))
    return dict(zip(pairs, p, strict=True))


def letters(order: Sequence[float], apart: set[tuple[int, int]]) -> list[str]:
    """The letters of each of `len(order)` models.

    Two models share a letter unless their pair is in `apart`. A model that is apart from all others
    has no letter.

    Args:
        order: letters are assigned from the model with the smallest value on.
        apart: pairs of indices that differ, the smaller index first.

    >>> letters([0.1, 0.2, 0.3], apart={(0, 2)})
    ['a', 'ab', 'b']
    """
    sets = {frozenset(range(len(order)))}
    for one, other in sorted(apart):
        split = {s for s in sets if {one, other} <= s}
        sets = (sets - split) | {s - {gone} for s in split for gone in (one, other)}
        sets = {s for s in sets if not any(s < larger for larger in sets)}
    places = {place: rank for rank, place in enumerate(np.argsort(order, kind="stable"))}
    shared = [s for s in sets if len(s) > 1]
    ordered = sorted(shared, key=lambda s: sorted(places[member] for member in s))
    return [
        "".join(_letter(n) for n, group in enumerate(ordered) if member in group)
        for member in range(len(order))
    ]


def _letter(number: int) -> str:
    round_, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + "'" * round_

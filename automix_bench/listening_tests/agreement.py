"""Measure how far each metric orders systems as the people of a listening test do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from jaxtyping import Float64

from automix_bench.errors import UsageError
from automix_bench.evaluation.card_checks import demand_scores, demand_sound
from automix_bench.evaluation.compare import demand_comparable
from automix_bench.listening_tests.rated_sounds import means_by_name
from automix_bench.listening_tests.rating import Rating
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard
from automix_bench.statistics import Estimate, estimate, expanded_tail
from automix_bench.statistics.intervals import redrawn
from automix_bench.statistics.rank_correlation import kendall, pairs_right, spearman

Table = Float64[np.ndarray, "songs systems"]
Correlation = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""How far ratings and values agree over the last axis; see `pairs_right`, `kendall`, `spearman`."""


@dataclass(frozen=True)
class Agreement:
    """How far one metric orders systems as people do.

    1 is best for every number, whether larger or smaller values of the metric are better.

    Attributes:
        pairs: the share of pairs of systems that the metric orders as people do, song by song. A
            pair with equal values counts half. Pairs with equal ratings are left out.
        kendall, spearman: the rank correlation (tau-b, rho) over the systems of each song, as the
            mean over songs; 0 for a metric that gives all systems one value.
        kendall_of_means, spearman_of_means: the rank correlation of the systems' means over songs:
            whether a board by this metric has the order of a board by people.
        spearman_pooled: rho over all songs and systems at once.
        systems: the number of systems.
    """

    metric: str
    pairs: Estimate
    kendall: Estimate
    spearman: Estimate
    kendall_of_means: Estimate
    spearman_of_means: Estimate
    spearman_pooled: Estimate
    systems: int


def agreement(
    ratings: Sequence[Rating],
    cards: Sequence[Scorecard],
    metrics: Sequence[Ranged],
    called: Mapping[str, str] | None = None,
) -> tuple[Agreement, ...]:
    """The agreement of each metric with people, sorted by `pairs`, the best first.

    The rating of a system on a song is the mean over raters. The metric's value is the mean over
    the song's scores. The systems are those that were both rated and scored, matched by the model's
    name. The songs are those on which all these systems were rated and scored; what was rated is
    matched by the id of a song or of an example.

    Where several examples of one song were rated, the systems are ordered on each example, and the
    song has the mean over its examples. Correlations over all songs use the means of each song.
    Intervals are over songs in every case: for means over songs those of `estimate`, for the others
    bootstrap percentiles with expanded tails.

    Args:
        called: names of systems and songs in the ratings, with their names in the cards.

    Raises:
        UsageError: fewer than two systems or no songs are in both, or two cards are of one model.
        DatasetError: the cards are of different tasks, versions or data sets.
    """
    demand_comparable(cards)
    for metric in metrics:
        demand_scores(cards, metric)
    demand_sound(cards, metrics)
    rated = mean_ratings(ratings, called or {})
    models = [c.model for c in cards if any(system == c.model for _, system in rated)]
    if len(models) < 2:
        raise UsageError(
            f"agreement: wanted two systems that are rated and scored, got {len(models)}: rated "
            f"{', '.join(sorted({s for _, s in rated}))}; scored "
            f"{', '.join(c.model for c in cards)}; say with --called RATED=SCORED who is who"
        )
    chosen = [card for card in cards if card.model in models]
    agreements = [_agreement(metric, rated, chosen) for metric in metrics]
    return tuple(sorted(agreements, key=lambda a: (-np.nan_to_num(a.pairs.value), a.metric)))


def mean_ratings(
    ratings: Sequence[Rating], called: Mapping[str, str]
) -> dict[tuple[str, str], float]:
    """The mean over raters, by song and system as the cards name them."""
    cells: dict[tuple[str, str], list[float]] = {}
    for r in ratings:
        place = called.get(r.song, r.song), called.get(r.system, r.system)
        cells.setdefault(place, []).append(r.score)
    return {place: float(np.mean(scores)) for place, scores in cells.items()}


def _agreement(
    metric: Ranged, rated: Mapping[tuple[str, str], float], cards: Sequence[Scorecard]
) -> Agreement:
    measured = [
        {name: value for name, value in means_by_name(card, metric).items() if not isnan(value)}
        for card in cards
    ]
    names = [
        song
        for song in sorted({song for song, _ in rated})
        if all((song, c.model) in rated and song in m for c, m in zip(cards, measured, strict=True))
    ]
    if not names:
        raise UsageError(
            f"agreement: no song has ratings and scores of {metric.name} for every system: rated "
            f"{', '.join(sorted({song for song, _ in rated})[:3])}…; say with --called RATED=SCORED"
        )
    people = np.array([[rated[name, c.model] for c in cards] for name in names])
    values = np.array([[metric.sign * m[name] for m in measured] for name in names])
    seed, rows = cards[0].dataset, _rows_by_song(names, cards[0])

    def by_song(correlation: Correlation, least: float = -1.0) -> Estimate:
        each = correlation(people, values)
        mean = estimate({song: each[of].tolist() for song, of in rows.items()}, seed=seed)
        return mean.within(least, 1.0)

    def overall(correlation: Correlation) -> Estimate:
        people_by_song, values_by_song = (
            np.array([table[of].mean(axis=0) for of in rows.values()]) for table in (people, values)
        )
        return over_redrawn_songs(people_by_song, values_by_song, correlation, seed)

    return Agreement(
        metric.name,
        by_song(pairs_right, least=0.0),
        by_song(kendall),
        by_song(spearman),
        overall(lambda p, v: kendall(p.mean(axis=-2), v.mean(axis=-2))),
        overall(lambda p, v: spearman(p.mean(axis=-2), v.mean(axis=-2))),
        overall(lambda p, v: spearman(_flat(p), _flat(v))),
        len(cards),
    )


def _rows_by_song(names: Sequence[str], card: Scorecard) -> dict[str, list[int]]:
    """By song, the indices of those names (of songs or examples) that belong to it."""
    songs = {name: score.song for score in card.scores for name in (score.example, score.song)}
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(songs[name], []).append(row)
    return rows


def _flat(table: np.ndarray) -> np.ndarray:
    return np.reshape(table, (*table.shape[:-2], -1))


def over_redrawn_songs(
    people: Table, values: Table, correlation: Correlation, seed: str
) -> Estimate:
    """A correlation over all songs, with its interval over redrawn songs.

    The ends are NaN with one song, or where people hear no difference.
    """
    songs, systems = people.shape
    value = float(correlation(people, values))
    if songs < 2 or isnan(value):
        return Estimate(value, float("nan"), float("nan"), songs)
    drawn = [
        correlation(people[chosen], values[chosen])
        for chosen in redrawn(songs, seed, 2000, times=systems)
    ]
    tail = expanded_tail(songs)
    low, high = np.nanquantile(np.concatenate(drawn), [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high), songs).within(-1.0, 1.0)


def names_of(called: Sequence[str]) -> dict[str, str]:
    """Texts `RATED=SCORED` as a mapping from names in the ratings to names in the cards.

    Raises:
        UsageError: a text has no `=`.
    """
    for text in called:
        if "=" not in text:
            raise UsageError(f"--called {text}: wanted a name in the ratings=a name in the cards")
    return {old: new for old, _, new in (text.partition("=") for text in called)}

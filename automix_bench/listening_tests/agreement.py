"""Which metrics order systems as people do: the measurement of measurements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan

import numpy as np
from jaxtyping import Float64
from numpy.typing import ArrayLike

from automix_bench.errors import UsageError
from automix_bench.evaluation.compare import demand_comparable
from automix_bench.listening_tests.ratings import Rating
from automix_bench.metric import Metric
from automix_bench.scorecard import Scorecard
from automix_bench.statistics import Estimate, estimate, expanded_tail
from automix_bench.statistics.intervals import redrawn

Table = Float64[np.ndarray, "songs systems"]
Agree = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""How far two rows of numbers go together, from -1 to 1, over the last axis."""


@dataclass(frozen=True)
class Agreement:
    """How far one metric orders systems as people do; 1 is best, whichever way the metric is up.

    Attributes:
        pairs: the share of pairs of systems that it orders as people do, song by song; where it
            gives both one value it is half right. Pairs that people gave one score are left out.
        kendall, spearman: rank correlation (tau-b, rho) over the systems of each song, mean over
            songs; a metric that gives all systems one value has 0.
        kendall_of_means, spearman_of_means: rank correlation of the systems' means over songs:
            whether a board by this metric has the order of a board by people.
        spearman_pooled: over all songs and systems at once.
        systems: how many.
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
    metrics: Sequence[Metric],
    called: Mapping[str, str] | None = None,
) -> tuple[Agreement, ...]:
    """The agreement of each metric with people, best first by the pairs that are right.

    A song's rating of a system is the mean over raters, its score the mean over the song's cells.
    Systems are those both rated and scored (by the model's name); songs those on which all of them
    are, by the song's id or the example's. Where several examples of one song were rated, each is
    ordered by itself and a song has the mean of its examples; what is over all songs takes the
    song's means. Intervals are over songs, whatever was rated: of the means of songs those of
    `estimate`, of the others the bootstrap's percentiles with expanded tails.

    Args:
        called: names in the ratings, of systems and songs, that are others in the cards.

    Raises:
        UsageError: fewer than two systems or no songs are in both, or two cards are of one model.
        DatasetError: the cards are of different tasks, versions or data sets.
    """
    demand_comparable(cards)
    heard = _heard(ratings, called or {})
    models = [c.model for c in cards if any(system == c.model for _, system in heard)]
    if len(models) < 2:
        raise UsageError(
            f"agreement: wanted two systems that are rated and scored, got {len(models)}: rated "
            f"{', '.join(sorted({s for _, s in heard}))}; scored "
            f"{', '.join(c.model for c in cards)}; say with --called RATED=SCORED who is who"
        )
    chosen = [card for card in cards if card.model in models]
    found = [_agreement(metric, heard, chosen) for metric in metrics]
    return tuple(sorted(found, key=lambda a: (-np.nan_to_num(a.pairs.value), a.metric)))


def _heard(ratings: Sequence[Rating], called: Mapping[str, str]) -> dict[tuple[str, str], float]:
    cells: dict[tuple[str, str], list[float]] = {}
    for r in ratings:
        place = called.get(r.song, r.song), called.get(r.system, r.system)
        cells.setdefault(place, []).append(r.score)
    return {place: float(np.mean(scores)) for place, scores in cells.items()}


def _agreement(
    metric: Metric, heard: Mapping[tuple[str, str], float], cards: Sequence[Scorecard]
) -> Agreement:
    measured = [_measured(card, metric) for card in cards]
    rated = [
        song
        for song in sorted({song for song, _ in heard})
        if all((song, c.model) in heard and song in m for c, m in zip(cards, measured, strict=True))
    ]
    if not rated:
        raise UsageError(
            f"agreement: no song has ratings and scores of {metric.name} for every system: rated "
            f"{', '.join(sorted({song for song, _ in heard})[:3])}…; say with --called RATED=SCORED"
        )
    people = np.array([[heard[name, c.model] for c in cards] for name in rated])
    values = np.array([[metric.sign * m[name] for m in measured] for name in rated])
    seed, rows = cards[0].dataset, _rows_by_song(rated, cards[0])

    def by_song(agree: Agree) -> Estimate:
        each = agree(people, values)
        return estimate({song: each[of].tolist() for song, of in rows.items()}, seed=seed)

    def overall(agree: Agree) -> Estimate:
        heard_by_song, measured_by_song = (
            np.array([table[of].mean(axis=0) for of in rows.values()]) for table in (people, values)
        )
        return _overall(heard_by_song, measured_by_song, agree, seed)

    return Agreement(
        metric.name,
        by_song(pairs_right),
        by_song(kendall),
        by_song(spearman),
        overall(lambda p, v: kendall(p.mean(axis=-2), v.mean(axis=-2))),
        overall(lambda p, v: spearman(p.mean(axis=-2), v.mean(axis=-2))),
        overall(lambda p, v: spearman(_flat(p), _flat(v))),
        len(cards),
    )


def _rows_by_song(rated: Sequence[str], card: Scorecard) -> dict[str, list[int]]:
    """Which of the songs and examples that were rated belong to each song."""
    songs = {name: score.song for score in card.scores for name in (score.example, score.song)}
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(rated):
        rows.setdefault(songs[name], []).append(row)
    return rows


def _flat(table: np.ndarray) -> np.ndarray:
    return np.reshape(table, (*table.shape[:-2], -1))


def _measured(card: Scorecard, metric: Metric) -> dict[str, float]:
    """The mean over the cells of each song, and of each example under its own id."""
    cells: dict[str, list[float]] = {}
    for score in card.of(metric):
        if not isnan(score.value):
            for name in {score.song, score.example}:
                cells.setdefault(name, []).append(score.value)
    return {name: float(np.mean(values)) for name, values in cells.items()}


def _overall(people: Table, values: Table, agree: Agree, seed: str) -> Estimate:
    """One number over all songs, with its interval over redrawn songs; no interval where people see
    no difference."""
    songs, systems = people.shape
    value = float(agree(people, values))
    if songs < 2 or isnan(value):
        return Estimate(value, float("nan"), float("nan"), songs)
    drawn = [
        agree(people[chosen], values[chosen])
        for chosen in redrawn(songs, seed, 2000, times=systems)
    ]
    tail = expanded_tail(songs)
    low, high = np.nanquantile(np.concatenate(drawn), [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high), songs)


def _signs(values: np.ndarray) -> np.ndarray:
    """Of every pair in the last axis, which is greater."""
    first, second = np.array(list(combinations(range(values.shape[-1]), 2))).T
    return np.asarray(np.sign(values[..., first] - values[..., second]))


def pairs_right(people: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of pairs in the same order; NaN where people see no difference in any."""
    wanted, got = _signs(people), _signs(values)
    told = wanted != 0.0
    right = np.where(told, 0.5 + 0.5 * wanted * got, 0.0).sum(axis=-1)
    return _ratio(right, told.sum(axis=-1))


def kendall(people: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Kendall's tau-b; NaN where people see no difference, 0 where only the metric sees none."""
    wanted, got = _signs(people), _signs(values)
    both = np.sqrt((wanted**2).sum(axis=-1) * np.maximum((got**2).sum(axis=-1), 1e-300))
    return _ratio((wanted * got).sum(axis=-1), both)


def spearman(people: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman's rho; NaN where people see no difference, 0 where only the metric sees none."""
    from scipy.stats import rankdata

    one, other = (rankdata(of, axis=-1) - (of.shape[-1] + 1) / 2.0 for of in (people, values))
    both = np.sqrt((one**2).sum(axis=-1) * np.maximum((other**2).sum(axis=-1), 1e-300))
    return _ratio((one * other).sum(axis=-1), both)


def _ratio(above: ArrayLike, below: ArrayLike) -> np.ndarray:
    below = np.asarray(below, np.float64)
    nothing = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0.0))


def names_of(said: Sequence[str]) -> dict[str, str]:
    """`RATED=SCORED`, several times, as a mapping.

    Raises:
        UsageError: one has no `=`.
    """
    for line in said:
        if "=" not in line:
            raise UsageError(f"--called {line}: wanted a name in the ratings=a name in the cards")
    return {old: new for old, _, new in (line.partition("=") for line in said)}

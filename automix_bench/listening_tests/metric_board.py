"""The board of metrics: how far each orders sounds as listeners do, a stratum for each test.

A metric is ranked by Kendall's tau with the mean over raters, song by song. Different tests are not
pooled: their systems, scales and people differ, and so does what tau can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from automix_bench.charts.number_text import interval, rank_text
from automix_bench.errors import UsageError
from automix_bench.evaluation.board_forms import to_csv
from automix_bench.listening_tests.agreement import over_redrawn_songs
from automix_bench.listening_tests.panel import (
    Correlation,
    Page,
    agreement_by_song,
    chance,
    listeners_agreement,
    pages_of,
    told_pairs,
)
from automix_bench.listening_tests.rated_sounds import RatedSounds
from automix_bench.listening_tests.rating import Rating
from automix_bench.statistics import Estimate, estimate
from automix_bench.statistics.rank_correlation import kendall, pairs_right, spearman
from automix_bench.statistics.ranking import Standing, pair_p, standings
from automix_bench.statistics.significance import LEVEL, least_p
from automix_bench.untrusted.shown import for_markdown, one_line

if TYPE_CHECKING:
    import pandas as pd

Part = Literal["metric", "floor", "ceiling"]
FLOOR, CEILING = "a random order", "one listener against the others"
MOST_UNDEFINED = 0.1
"""A metric that is undefined on a larger share of the rated sounds is left out of the board."""
UNKNOWN = Estimate(nan, nan, nan, 0)


@dataclass(frozen=True)
class MetricRow:
    """One metric on the board of one test; 1 is best for every number.

    Attributes:
        part: a metric, or an end of the board, which has no rank.
        kendall: tau-b over the systems of each song, as the mean over songs. It ranks. The interval
            of the floor holds 95 % of random orders; the others are over songs.
        pairs: the share of pairs of systems that it orders as people do; half a pair where it has
            equal values.
        spearman: as `kendall`, with rho.
        kendall_of_means, spearman_of_means: over the systems' means over songs, of the systems that
            were rated in several songs; NaN where there are no two.
        spearman_pooled: rho over all songs and systems at once.
        rank, rank_low, rank_high: from 1, and its 95 % interval; None at the ends of the board.
        group: letters; two metrics that share one cannot be told apart.
        told_apart: the metrics that it can be told apart from, paired over songs.
    """

    source: str
    metric: str
    part: Part
    kendall: Estimate
    pairs: Estimate
    spearman: Estimate
    kendall_of_means: Estimate = UNKNOWN
    spearman_of_means: Estimate = UNKNOWN
    spearman_pooled: Estimate = UNKNOWN
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    group: str = ""
    told_apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricPair:
    """The difference of two metrics in tau, the larger first; p after Holm's correction."""

    ahead: str
    behind: str
    difference: float
    p: float


@dataclass(frozen=True)
class Stratum:
    """The board of one listening test.

    Attributes:
        rows: by tau, best first; the ends of the board stand where their values put them.
        pairs: all pairs of metrics, by p.
        songs, systems, raters, ratings: how many of each count.
        rated_pairs: how many pairs of systems people rate differently.
        notes: what was left out, and why.
    """

    source: str
    rows: tuple[MetricRow, ...]
    pairs: tuple[MetricPair, ...]
    songs: int
    systems: int
    raters: int
    ratings: int
    rated_pairs: int
    notes: tuple[str, ...]

    def counts(self) -> str:
        """How much the board rests on, in one line."""
        named = (self.systems, "system"), (self.songs, "song"), (self.raters, "rater")
        systems, songs, raters = (f"{n} {noun}{'s' * (n != 1)}" for n, noun in named)
        intervals = "brackets: 95 % intervals over songs" if self.songs > 1 else "no interval"
        return (
            f"{systems} on {songs}, {raters}, {self.ratings} ratings, {self.rated_pairs} pairs "
            f"that people rate differently; {intervals}."
        )


@dataclass(frozen=True)
class MetricBoard:
    """The boards of several listening tests, in the order in which they were given."""

    strata: tuple[Stratum, ...]

    def by_source(self) -> dict[str, dict[str, float]]:
        """Each metric's tau in each test; a metric that leads in one may not lead in another."""
        taus: dict[str, dict[str, float]] = {}
        for stratum in self.strata:
            for row in stratum.rows:
                if row.part == "metric":
                    taus.setdefault(row.metric, {})[stratum.source] = row.kendall.value
        return taus

    def records(self) -> list[dict[str, Any]]:
        """The rows as JSON values, each with the counts of its test."""
        names = ("songs", "systems", "raters", "ratings", "rated_pairs")
        return [
            asdict(row) | {name: getattr(stratum, name) for name in names}
            for stratum in self.strata
            for row in stratum.rows
        ]

    def to_frame(self) -> pd.DataFrame:
        """The rows as a pandas table: each estimate `x` as `x`, `x_low` and `x_high`."""
        import pandas as pd

        return pd.DataFrame([_flat(record) for record in self.records()])

    def to_csv(self) -> str:
        """The columns of `to_frame` as CSV; a text that a spreadsheet would calculate is quoted."""
        return to_csv([_flat(record) for record in self.records()])

    def to_markdown(self) -> str:
        """A table for each test, with its counts and what was left out."""
        heads = "| rank | metric | Kendall's tau | pairs right | Spearman |\n"
        texts = []
        for stratum in self.strata:
            rows = "".join(
                f"| {ranked(row)} | {for_markdown(titled(row))} | {interval(row.kendall)} | "
                f"{interval(row.pairs)} | {interval(row.spearman)} |\n"
                for row in stratum.rows
            )
            notes = "".join(f"\n{for_markdown(note)}\n" for note in stratum.notes)
            texts.append(
                f"**{for_markdown(stratum.source)}**\n\n{heads}| --- | --- | --- | --- | --- |\n"
                f"{rows}\n{stratum.counts()}\n{notes}"
            )
        return "\n".join(texts)


def metric_board(tests: Sequence[RatedSounds]) -> MetricBoard:
    """Rank metrics by their agreement with the listeners of each of these tests.

    Within a test all metrics are compared on the same sounds. A metric that is undefined on more
    than a tenth of them is left out; sounds on which another metric is undefined are left out for
    all.

    Intervals are those of `statistics.estimate`, over songs; ranks and groups those of
    `statistics.ranking`, paired over songs.

    Raises:
        UsageError: two tests have one name, or nothing is left to compare.
    """
    names = [one_line(test.source) for test in tests]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"agreement: two sources are called {twice[0]}: rename one")
    return MetricBoard(tuple(map(_stratum, tests)))


def _stratum(test: RatedSounds) -> Stratum:
    metrics, ratings, notes = _defined(test)
    pages = pages_of(ratings, test.songs)
    values = {
        metric: [
            np.array([test.values[metric][page.name, system] for system in page.systems])
            for page in pages
        ]
        for metric in metrics
    }
    taus = {metric: agreement_by_song(pages, of, kendall) for metric, of in values.items()}
    if not next(iter(taus.values())):
        raise UsageError(f"{test.source}: agreement: people rate all systems alike on every song")
    table = np.array([list(taus[metric].values()) for metric in metrics])
    standing = standings(
        {m: {s: [t] for s, t in of.items()} for m, of in taus.items()}, seed=test.seed
    )
    p_of = pair_p(table, test.seed)
    pairs = _pairs(metrics, table, p_of)
    rows = []
    for metric in metrics:
        own = standing[metric]
        apart = [
            pair.behind if pair.ahead == metric else pair.ahead
            for pair in pairs
            if metric in (pair.ahead, pair.behind) and pair.p <= LEVEL
        ]
        rows.append(
            MetricRow(
                test.source,
                metric,
                "metric",
                _over_songs(taus[metric], test.seed),
                _over_songs(agreement_by_song(pages, values[metric], pairs_right), test.seed, 0.0),
                _over_songs(agreement_by_song(pages, values[metric], spearman), test.seed),
                *_of_all_songs(pages, values[metric], test.seed),
                rank=1 + sum(_mean(taus[o]) > _mean(taus[metric]) for o in metrics),
                rank_low=own.low,
                rank_high=own.high,
                group=own.group,
                told_apart=tuple(sorted(apart)),
            )
        )
    rows += [_floor(test, pages), _ceiling(test, pages)]
    songs = table.shape[1]
    if pairs and least_p(songs, len(pairs)) > LEVEL:
        notes.append(
            f"{test.source}: {songs} song{'s' * (songs != 1)} cannot tell any two of "
            f"{len(metrics)} metrics apart: name fewer with --metric, or have more songs rated"
        )
    return Stratum(
        source=test.source,
        rows=tuple(sorted(rows, key=_place)),
        pairs=tuple(pairs),
        songs=songs,
        systems=len({r.system for r in ratings}),
        raters=len({r.rater for r in ratings}),
        ratings=len(ratings),
        rated_pairs=told_pairs(pages),
        notes=(*test.notes, *notes),
    )


def _defined(test: RatedSounds) -> tuple[list[str], list[Rating], list[str]]:
    """The metrics and the ratings of sounds on which all of them are defined, and what is not."""
    places = {(r.song, r.system) for r in test.ratings}
    lacking = {
        metric: {place for place in places if isnan(of.get(place, nan))}
        for metric, of in test.values.items()
    }
    gone = [metric for metric, of in lacking.items() if len(of) > MOST_UNDEFINED * len(places)]
    metrics = [metric for metric in lacking if metric not in gone]
    out = set().union(*(lacking[metric] for metric in metrics))
    notes = [
        f"{test.source}: left out: {metric}: undefined on {len(lacking[metric])} of {len(places)} "
        "rated sounds"
        for metric in gone
    ]
    notes += [
        f"{test.source}: left out: {one_line(page)}/{one_line(system)}: "
        f"{', '.join(m for m in metrics if (page, system) in lacking[m])} undefined"
        for page, system in sorted(out)
    ]
    left: dict[str, set[str]] = {}
    for page, system in places - out:
        left.setdefault(page, set()).add(system)
    ratings = [r for r in test.ratings if (r.song, r.system) not in out and len(left[r.song]) > 1]
    if not metrics or not ratings:
        raise UsageError(f"agreement: nothing to compare: {'; '.join(notes)}")
    return metrics, ratings, notes


def _over_songs(values: Mapping[str, float], seed: str, least: float = -1.0) -> Estimate:
    """The mean over songs with its interval, within the range of the statistic."""
    return estimate({s: [v] for s, v in values.items()}, seed=seed).within(least, 1.0)


def _mean(values: Mapping[str, float]) -> float:
    return float(np.mean(list(values.values())))


def _of_all_songs(
    pages: Sequence[Page], values: Sequence[np.ndarray], seed: str
) -> tuple[Estimate, Estimate, Estimate]:
    """tau and rho of the systems' means over songs, and rho over all, of the systems that stand on
    every page."""
    common = sorted(set.intersection(*(set(page.systems) for page in pages)))
    if len(common) < 2:
        return UNKNOWN, UNKNOWN, UNKNOWN
    songs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for page, of in zip(pages, values, strict=True):
        places = [page.systems.index(system) for system in common]
        songs.setdefault(page.song, []).append((page.means[places], of[places]))
    people, metric = (
        np.array([np.mean([pair[side] for pair in of], axis=0) for of in songs.values()])
        for side in (0, 1)
    )

    def of_means(correlation: Correlation) -> Correlation:
        return lambda p, v: correlation(p.mean(axis=-2), v.mean(axis=-2))

    def pooled(p: np.ndarray, v: np.ndarray) -> np.ndarray:
        return spearman(*(np.reshape(t, (*t.shape[:-2], -1)) for t in (p, v)))

    over = (of_means(kendall), of_means(spearman), pooled)
    one, two, three = (over_redrawn_songs(people, metric, each, seed) for each in over)
    return one, two, three


def _pairs(
    metrics: Sequence[str], table: np.ndarray, p_of: Mapping[tuple[int, int], float]
) -> list[MetricPair]:
    """All pairs of metrics, the one with the larger tau first, sorted by p."""
    means, pairs = table.mean(axis=1), []
    for (a, b), p in p_of.items():
        one, other = (a, b) if means[a] >= means[b] else (b, a)
        by = float(means[one] - means[other])
        pairs.append(MetricPair(metrics[one], metrics[other], by, p))
    return sorted(pairs, key=lambda pair: (pair.p, -pair.difference, pair.ahead, pair.behind))


def _floor(test: RatedSounds, pages: Sequence[Page]) -> MetricRow:
    over = ((kendall, 0.0), (pairs_right, 0.5), (spearman, 0.0))
    tau, pairs, rho = (chance(pages, one, value, test.seed) for one, value in over)
    return MetricRow(test.source, FLOOR, "floor", tau, pairs, rho)


def _ceiling(test: RatedSounds, pages: Sequence[Page]) -> MetricRow:
    over = ((kendall, -1.0), (pairs_right, 0.0), (spearman, -1.0))
    tau, pairs, rho = (
        listeners_agreement(pages, one, test.seed).within(low, 1.0) for one, low in over
    )
    return MetricRow(test.source, CEILING, "ceiling", tau, pairs, rho)


def _place(row: MetricRow) -> tuple[float, str]:
    return inf if isnan(row.kendall.value) else -row.kendall.value, row.metric


def ranked(row: MetricRow) -> str:
    """The rank of a row as text, as in `2 [1–3] ab`."""
    if row.rank_low is None or row.rank_high is None:
        return rank_text(None, None)
    return rank_text(row.rank, Standing(row.rank_low, row.rank_high, row.group))


def titled(row: MetricRow) -> str:
    """A metric's name, and its part where it is an end of the board."""
    return row.metric if row.part == "metric" else f"{row.metric} ({row.part})"


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with each estimate as three numbers, and a tuple as a text."""
    cells: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            cells |= {
                name: value["value"],
                f"{name}_low": value["low"],
                f"{name}_high": value["high"],
            }
        else:
            cells[name] = " ".join(value) if isinstance(value, tuple | list) else value
    return cells

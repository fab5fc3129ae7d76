"""Which examples count for nobody on a board, because a system was trained on them.

Whoever tells which examples a system was trained on shall lose no rank by it, and nobody shall gain
one: neither the system, nor another one that its authors favour. Everybody can make the data and
see on which examples a rival is good. So an overlap is dropped for all systems if

* the system gains at least as much on these examples as on the others: else it would rise by
  naming those on which it fails;
* no system falls behind another by the drop, unless it was itself trained on what is dropped;
* at most a quarter of the examples are dropped in all.

Otherwise the examples count all the same, and the board says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean

from automix_bench.evaluation.compare import improvements
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard, by_song
from automix_bench.submissions.board_entry import BoardEntry

MOST_DROPPED = 0.25
"""The largest share of the examples that is dropped from a board."""


@dataclass(frozen=True)
class Dropped:
    """What is dropped from a board.

    Attributes:
        examples: these count for nobody.
        because_of: the entries that were trained on them.
        not_dropped: entries whose overlap counts all the same, each with the reason.
    """

    examples: frozenset[str] = frozenset()
    because_of: tuple[BoardEntry, ...] = ()
    not_dropped: tuple[tuple[BoardEntry, str], ...] = ()


def dropped_from(
    entries: Sequence[BoardEntry], floor: Scorecard, metric: Ranged, examples: int
) -> Dropped:
    """What is dropped from the board of these entries.

    Args:
        entries: those that are ranked, with floor and ceiling.
        metric: the one that ranks.
        examples: how many the benchmark has.
    """
    competing = [entry for entry in entries if entry.part == "entry"]
    whole = _means(competing, metric, frozenset())
    gone: frozenset[str] = frozenset()
    because_of: list[BoardEntry] = []
    not_dropped: list[tuple[BoardEntry, str]] = []
    declaring = [entry for entry in competing if entry.overlap]
    for entry in sorted(declaring, key=lambda e: (len(e.overlap), e.archive or "", e.name)):
        more = gone | frozenset(entry.overlap)
        trained = {each.name for each in (*because_of, entry)}
        if not _gains_by_training(entry, floor, metric):
            reason = "it does worse on them than on the others"
        elif len(more) > MOST_DROPPED * examples:
            reason = "more than a quarter of the examples would be dropped"
        elif _falls(whole, _means(competing, metric, more), metric, trained):
            reason = "without them a system that was not trained on them would fall"
        else:
            gone = more
            because_of.append(entry)
            continue
        not_dropped.append((entry, reason))
    return Dropped(gone, tuple(because_of), tuple(not_dropped))


def _falls(
    before: Mapping[str, float],
    after: Mapping[str, float],
    metric: Ranged,
    trained: Collection[str],
) -> bool:
    """Whether a system that is ahead of another is behind it after the drop.

    Args:
        before, after: the mean of each system, by its name.
        trained: the systems that were trained on what is dropped; these may fall.
    """
    return any(
        metric.sign * before[one] > metric.sign * before[other]
        and not metric.sign * after[one] >= metric.sign * after[other]
        for one in before
        if one not in trained
        for other in before
    )


def _means(
    entries: Sequence[BoardEntry], metric: Ranged, without: Collection[str]
) -> dict[str, float]:
    """The mean over songs of each entry, by its name, on the examples that are left; NaN if none
    is."""
    means = {}
    for entry in entries:
        songs = by_song([s for s in entry.card.of(metric) if s.example not in without])
        of_songs = [_mean(values) for values in songs.values()]
        means[entry.name] = _mean(of_songs)
    return means


def _gains_by_training(entry: BoardEntry, floor: Scorecard, metric: Ranged) -> bool:
    """Whether an entry gains at least as much over the floor on its overlap as on the others."""
    gains = improvements(entry.card, floor, metric)
    trained_on = [one.value for one in gains if one.example in entry.overlap]
    others = [one.value for one in gains if one.example not in entry.overlap]
    return not _mean(trained_on) < _mean(others)


def _mean(values: Sequence[float]) -> float:
    """The mean of the values that are defined; NaN if none is."""
    defined = [value for value in values if not isnan(value)]
    return fmean(defined) if defined else float("nan")

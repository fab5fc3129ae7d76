"""Which of several models is better, by how much, how sure that is, and on which songs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import isnan
from typing import Any

from automix_bench import plugin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.files.canonical_json import nulled
from automix_bench.metric import Metric
from automix_bench.scorecard import Score, Scorecard, by_song
from automix_bench.statistics.significance import LEVEL, Paired, holm, least_p, paired
from automix_bench.task import Task

Stratum = Callable[[Score], str]
"""To which part of the data a score belongs."""

EVERYTHING = "all"


@dataclass(frozen=True)
class Difference:
    """One model against another in one metric, on all of the data or a part of it.

    Attributes:
        one, other: the models; `one` is ahead, or comes first where neither is.
        stratum: which part of the data; `EVERYTHING` for all of it.
        found: differences by song, positive where `one` is better, in the metric's unit.
        p: corrected after Holm for all that was asked in this comparison.
    """

    one: str
    other: str
    metric: str
    unit: str
    stratum: str
    found: Paired
    p: float

    @property
    def sure(self) -> bool:
        """Whether the two differ, at 5 % over all that was asked."""
        return self.p <= LEVEL


@dataclass(frozen=True)
class Comparison:
    """All pairs of models, in each metric and stratum.

    Attributes:
        tests: how many questions Holm's correction is for.
        songs: the most songs that any of them has.
    """

    task: str
    dataset: str
    models: tuple[str, ...]
    differences: tuple[Difference, ...]
    tests: int
    songs: int

    @property
    def hopeless(self) -> bool:
        """Whether so few songs cannot be sure of anything when so much is asked."""
        return least_p(self.songs, self.tests) > LEVEL

    def to_json(self) -> dict[str, Any]:
        """All of it; NaN is null."""
        lines = [
            {
                **{name: getattr(d, name) for name in ("one", "other", "metric", "unit")},
                "stratum": d.stratum,
                "difference": asdict(d.found.difference),
                "p": d.found.p,
                "p_holm": d.p,
                "sure": d.sure,
                "effect": d.found.effect,
                "won": d.found.won,
                "lost": d.found.lost,
                "by_song": dict(d.found.songs),
            }
            for d in self.differences
        ]
        said: dict[str, Any] = nulled(
            {**asdict(replace(self, differences=())), "differences": lines}
        )
        return said


def compare(
    cards: Sequence[Scorecard], metrics: Sequence[Metric], by: Stratum | None = None
) -> Comparison:
    """Compare every pair of models, song by song, in each metric.

    A song's difference is the mean over its cells of the differences cell by cell. Whether the mean
    over songs is not zero is asked by sign flips (`significance.sign_flips`); Holm's correction is
    over all pairs, metrics and strata asked here, so ask for what you want to know. A failed cell
    has the metric's worst value and counts in full.

    Args:
        by: compares in each part of the data instead of all of it.

    Raises:
        UsageError: fewer than two cards, or a model twice.
        DatasetError: the cards are of different tasks, versions or data sets, or hold none of a
            metric's scores.
    """
    demand_comparable(cards)
    asked = [
        (one, other, metric, stratum, values)
        for metric in metrics
        for one, other in combinations(cards, 2)
        for stratum, values in _parts(one, other, metric, by).items()
    ]
    found = [paired(values, seed=cards[0].dataset, tests=len(asked)) for *_, values in asked]
    corrected = holm([pair.p for pair in found])
    differences = tuple(
        _ahead(Difference(one.model, other.model, metric.name, metric.unit, stratum, pair, p))
        for (one, other, metric, stratum, _), pair, p in zip(asked, found, corrected, strict=True)
    )
    songs = max((d.found.difference.songs for d in differences), default=0)
    models = tuple(card.model for card in cards)
    tests = sum(not isnan(pair.p) for pair in found)
    return Comparison(cards[0].task, cards[0].dataset, models, differences, tests, songs)


def demand_comparable(cards: Sequence[Scorecard]) -> None:
    """Refuse cards that cannot be compared pair by pair.

    Raises:
        UsageError: fewer than two cards, or a model twice.
        DatasetError: the cards are of different tasks, versions or data sets.
    """
    if len(cards) < 2:
        raise UsageError(f"to compare, give two scorecards or more, got {len(cards)}")
    first, *others = cards
    for card in others:
        if (card.task, card.task_version) != (first.task, first.task_version):
            raise DatasetError(
                f"{first.model} is of {first.task} version {first.task_version}, {card.model} of "
                f"{card.task} version {card.task_version}: score both on one"
            )
        if card.dataset != first.dataset:
            raise DatasetError(
                f"{first.model} and {card.model} were scored on different data sets, which do not "
                "compare"
            )
    names = [card.model for card in cards]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"two scorecards of {', '.join(twice)}: give one of each model")


def _parts(
    one: Scorecard, other: Scorecard, metric: Metric, by: Stratum | None
) -> Mapping[str, Mapping[str, Sequence[float]]]:
    gains = one.gains_over(other, metric)
    if not gains:
        raise DatasetError(f"{one.model} has no scores of {metric.name}: score it again")
    if by is None:
        return {EVERYTHING: by_song(gains)}
    return {name: by_song(scores) for name, scores in in_strata(gains, by).items()}


def in_strata(scores: Sequence[Score], by: Stratum) -> dict[str, list[Score]]:
    """The scores of each part of the data, by its name, in the order in which parts come up."""
    parts: dict[str, list[Score]] = {}
    for score in scores:
        parts.setdefault(by(score), []).append(score)
    return parts


def _ahead(difference: Difference) -> Difference:
    """The same, said from the side of the model that is ahead."""
    found = difference.found
    if not found.difference.value < 0.0:
        return difference
    e = found.difference
    turned = Paired(
        replace(e, value=-e.value, low=-e.high, high=-e.low),
        found.p,
        -found.effect,
        {song: -value for song, value in reversed(list(found.songs.items()))},
    )
    return replace(difference, one=difference.other, other=difference.one, found=turned)


def metrics_of(card: Scorecard, task: Task, names: Sequence[str] | None) -> tuple[Metric, ...]:
    """The metrics that a card holds scores of, or those of them that are named.

    Raises:
        UsageError: the card holds no scores of one that is named.
        UnknownPlugin: one is neither the task's nor a plug-in.
    """
    held = dict.fromkeys(score.metric for score in card.scores)
    own = {metric.name: metric for metric in task.metrics}
    found = [own[name] if name in own else plugin.load("metrics", name) for name in names or held]
    for metric in found:
        if metric.name not in held:
            raise UsageError(
                f"the card of {card.model} has no scores of {metric.name}, only of "
                f"{', '.join(held)}"
            )
    return tuple(found)

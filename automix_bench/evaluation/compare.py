"""Compare models pair by pair: which is better, by how much, how surely, and on which songs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, Any

from automix_bench.charts.html_table import html_table
from automix_bench.charts.interval_chart import IntervalPanel, IntervalRow, interval_chart
from automix_bench.charts.number_text import interval, p_text
from automix_bench.charts.picture import Picture
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.card_checks import (
    by_cell,
    common_metrics,
    demand_scores,
    demand_sound,
    metrics_on,
)
from automix_bench.evaluation.labels import label_of
from automix_bench.files.canonical_json import nulled
from automix_bench.metric import Ranged
from automix_bench.scorecard import Score, Scorecard, by_song
from automix_bench.statistics import Estimate, estimate
from automix_bench.statistics.significance import LEVEL, Paired, holm, least_p, paired
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line

if TYPE_CHECKING:
    import pandas as pd

Stratum = Callable[[Score], str]
"""The name of the stratum (the part of the data) that a score belongs to."""

EVERYTHING = "all"


@dataclass(frozen=True)
class ModelDifference:
    """How one model differs from another in one metric, on all of the data or on a part of it.

    Attributes:
        one, other: the models. `one` is ahead, or was given first where neither is.
        stratum: which part of the data; `EVERYTHING` for all of it.
        paired: the difference over songs, positive where `one` is better, in the metric's unit.
        p: the p of `paired` after Holm's correction over all tests of this comparison.
    """

    one: str
    other: str
    metric: str
    unit: str
    stratum: str
    paired: Paired
    p: float

    @property
    def sure(self) -> bool:
        """Whether the two differ at the 5 % level after the correction."""
        return self.p <= LEVEL


@dataclass(frozen=True, repr=False)
class Comparison:
    """All pairs of models, in each metric and stratum.

    Attributes:
        tests: how many tests Holm's correction is for.
        songs: the largest number of songs in any of them.
        lacking: by metric that only some cards have scores of, the models that lack it; these
            metrics cannot be compared.
    """

    task: str
    dataset: str
    models: tuple[str, ...]
    differences: tuple[ModelDifference, ...]
    tests: int
    songs: int
    lacking: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def hopeless(self) -> bool:
        """Whether no difference can be sure, with so few songs and so many tests."""
        return least_p(self.songs, self.tests) > LEVEL

    def about(self) -> str:
        """How the numbers were found, in a line."""
        tests = f"{self.tests or 'no'} comparison{'s' * (self.tests != 1)}"
        intervals = "brackets: 95 % intervals"
        if self.songs < 2:
            intervals = f"{self.songs or 'no'} song{'s' * (self.songs != 1)}: no interval"
        return (
            f"Over songs, {self.songs} at most; {intervals}; p: sign-flip test over songs, "
            f"corrected for {tests}. Data {one_line(self.dataset[:12])}."
        )

    def labelled(self, labels: Mapping[str, str]) -> Comparison:
        """The same with other names for models: what they are called, by their names.

        Raises:
            UsageError: a label is of no model that was compared, or two would have one name.
        """
        shown = label_of(self.models, labels)
        return replace(
            self,
            models=tuple(shown.values()),
            differences=tuple(
                replace(d, one=shown[d.one], other=shown[d.other]) for d in self.differences
            ),
            lacking={name: [shown[m] for m in models] for name, models in self.lacking.items()},
        )

    def to_frame(self) -> pd.DataFrame:
        """The differences as a pandas table, one row each.

        The columns are `one` (the model that is ahead), `other`, `metric`, `unit`, `stratum`,
        `difference` with `difference_low` and `difference_high`, `p`, `p_holm`, `sure`, `effect`,
        `won`, `lost` and `songs`.
        """
        import pandas as pd

        columns = "one other metric unit stratum difference difference_low difference_high p p_holm"
        rows = []
        for d in self.differences:
            mean = d.paired.difference
            names = (d.one, d.other, d.metric, d.unit, d.stratum)
            counts = (d.paired.won, d.paired.lost, mean.songs)
            tested = (mean.value, mean.low, mean.high, d.paired.p, d.p, d.sure, d.paired.effect)
            rows.append((*names, *tested, *counts))
        more = ("sure", "effect", "won", "lost", "songs")
        return pd.DataFrame(rows, columns=[*columns.split(), *more])

    def plot(self) -> Picture:
        """A forest plot: each pair's mean difference over songs with its 95 % interval, and a dot
        for each song; an axis for each metric. Grey: not sure."""
        panels = []
        for metric in dict.fromkeys(d.metric for d in self.differences):
            of = [d for d in self.differences if d.metric == metric]
            label = f"{metric}: how much better the first is ({of[0].unit})"
            panels.append(IntervalPanel(label, [_row(d) for d in of], zero=True))
        notes = ["Dots: songs. Grey: the difference is not sure.", self.about()]
        return interval_chart(f"{self.task}: differences between models", panels, notes)

    def __repr__(self) -> str:
        sure = sum(d.sure for d in self.differences)
        names = " and ".join(map(one_line, self.models[:2])) + ", …" * (len(self.models) > 2)
        return (
            f"<Comparison on {one_line(self.task)} of {names}: {len(self.differences)} differences,"
            f" {sure} sure, {self.songs} songs>"
        )

    def _repr_html_(self) -> str:
        heads = ["metric", "in", "ahead", "behind", "by", "unit", "p (Holm)", "songs won"]
        rows = [
            (
                *(d.metric, d.stratum, d.one, d.other, interval(d.paired.difference), d.unit),
                *(p_text(d.p), f"{d.paired.won} of {len(d.paired.songs)}"),
            )
            for d in self.differences
        ]
        return html_table(heads, rows, title=self.task, notes=[self.about()], left=4)

    def to_json(self) -> dict[str, Any]:
        """The whole comparison as JSON values; NaN is null."""
        differences = [
            {
                **{name: getattr(d, name) for name in ("one", "other", "metric", "unit")},
                "stratum": d.stratum,
                "difference": asdict(d.paired.difference),
                "p": d.paired.p,
                "p_holm": d.p,
                "sure": d.sure,
                "effect": d.paired.effect,
                "won": d.paired.won,
                "lost": d.paired.lost,
                "by_song": dict(d.paired.songs),
            }
            for d in self.differences
        ]
        content: dict[str, Any] = nulled(
            {**asdict(replace(self, differences=())), "differences": differences}
        )
        return content


def _row(d: ModelDifference) -> IntervalRow:
    mean, part = d.paired.difference, "" if d.stratum == EVERYTHING else f" ({d.stratum})"
    return IntervalRow(
        f"{d.one}{part}",
        mean.value,
        mean.low,
        mean.high,
        text=interval(mean),
        second=f"over {d.other}, p {p_text(d.p)}",
        dots=d.paired.songs,
        style="sure" if d.sure else "unsure",
    )


def compare(
    cards: Sequence[Scorecard], metrics: Sequence[Ranged], by: Stratum | None = None
) -> Comparison:
    """Compare every pair of models, song by song, in each metric.

    A song's difference is the mean of the differences of its scores (`improvements`). Sign flips
    over songs test whether the mean over songs is zero (`significance.sign_flips`). Holm's
    correction covers all pairs, metrics and strata of this call: ask only for those that matter,
    since each further test costs power. A failed score has the metric's worst value and counts in
    full.

    Args:
        by: compares in each stratum of the data instead of all of it.

    Raises:
        UsageError: fewer than two cards, or a model twice.
        DatasetError: the cards are of different tasks, versions or data sets, or one holds none of
            a metric's scores, or a score that cannot be (`demand_sound`).
    """
    demand_comparable(cards)
    for metric in metrics:
        demand_scores(cards, metric)
    demand_sound(cards, metrics)
    tests = [
        (one, other, metric, stratum, values)
        for metric in metrics
        for one, other in combinations(cards, 2)
        for stratum, values in _parts(one, other, metric, by).items()
    ]
    pairs = [
        _within(paired(values, seed=cards[0].dataset, tests=len(tests)), metric)
        for _, _, metric, _, values in tests
    ]
    corrected = holm([pair.p for pair in pairs])
    differences = tuple(
        _leader_first(
            ModelDifference(one.model, other.model, metric.name, metric.unit, stratum, pair, p)
        )
        for (one, other, metric, stratum, _), pair, p in zip(tests, pairs, corrected, strict=True)
    )
    return Comparison(
        task=cards[0].task,
        dataset=cards[0].dataset,
        models=tuple(card.model for card in cards),
        differences=differences,
        tests=sum(not isnan(pair.p) for pair in pairs),
        songs=max((d.paired.difference.songs for d in differences), default=0),
        lacking={
            name: [card.model for card in cards if card.model not in models]
            for name, models in metrics_on(cards).items()
            if len(models) < len(cards)
        },
    )


def _within(pair: Paired, metric: Ranged) -> Paired:
    """The same with its interval cut to what two values of the metric can differ by."""
    widest = metric.high - metric.low
    return replace(pair, difference=pair.difference.within(-widest, widest))


def improvements(card: Scorecard, other: Scorecard, metric: Ranged) -> tuple[Score, ...]:
    """The scores of `card` in one metric, with its improvement over the other card's as value.

    An improvement is the difference of the two values, with the sign that makes positive better.
    It is NaN where one of the two is undefined.

    Raises:
        DatasetError: the two cards are not of the same examples and stems.
    """
    mine, theirs = by_cell(card, metric), by_cell(other, metric)
    if mine.keys() != theirs.keys():
        raise DatasetError(
            f"{one_line(card.model)} and {one_line(other.model)} were not scored on the same items"
        )
    return tuple(
        replace(score, value=metric.sign * (score.value - theirs[cell].value))
        for cell, score in mine.items()
    )


def improvement(card: Scorecard, other: Scorecard, metric: Ranged) -> Estimate:
    """The mean over songs of `improvements`, with its 95 % interval; positive: `card` is better.

    Raises:
        DatasetError: the two cards are not of the same examples and stems.
    """
    mean = estimate(by_song(improvements(card, other, metric)), seed=card.dataset)
    return mean.within(metric.low - metric.high, metric.high - metric.low)


def demand_comparable(cards: Sequence[Scorecard]) -> None:
    """Refuse cards that do not compare pair by pair.

    Raises:
        UsageError: fewer than two cards, or a model twice.
        DatasetError: the cards are of different tasks, versions or data sets.
    """
    if len(cards) < 2:
        raise UsageError(f"to compare, give two scorecards or more, got {len(cards)}")
    first, *others = cards
    for card in others:
        if (card.task, card.task_version) != (first.task, first.task_version):
            one, other = (f"{c.task} version {c.task_version}" for c in (first, card))
            raise DatasetError(
                f"{one_line(first.model)} is of {one_line(one)}, {one_line(card.model)} of "
                f"{one_line(other)}: score both on one"
            )
        if card.dataset != first.dataset:
            raise DatasetError(
                f"{one_line(first.model)} and {one_line(card.model)} were scored on different data "
                "sets, which do not compare"
            )
    names = [card.model for card in cards]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(
            f"two scorecards of {', '.join(map(one_line, twice))}: give one of each model"
        )


def _parts(
    one: Scorecard, other: Scorecard, metric: Ranged, by: Stratum | None
) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """The improvements of `one` over `other`, by stratum and song."""
    scores = improvements(one, other, metric)
    if by is None:
        return {EVERYTHING: by_song(scores)}
    return {stratum: by_song(part) for stratum, part in in_strata(scores, by).items()}


def in_strata(scores: Sequence[Score], by: Stratum) -> dict[str, list[Score]]:
    """The scores of each stratum, by its name, in the order of their first scores."""
    parts: dict[str, list[Score]] = {}
    for score in scores:
        parts.setdefault(by(score), []).append(score)
    return parts


def _leader_first(difference: ModelDifference) -> ModelDifference:
    """The same difference with the model that is ahead as `one`."""
    pair, mean = difference.paired, difference.paired.difference
    if not mean.value < 0.0:
        return difference
    turned = Paired(
        replace(mean, value=-mean.value, low=-mean.high, high=-mean.low),
        pair.p,
        -pair.effect,
        {song: -value for song, value in reversed(list(pair.songs.items()))},
    )
    return replace(difference, one=difference.other, other=difference.one, paired=turned)


def metrics_of(card: Scorecard, task: Task, names: Sequence[str] | None) -> tuple[Ranged, ...]:
    """The metrics that a card holds scores of; only those in `names` if any are given.

    See `card_checks.common_metrics` for several cards, and for the errors.
    """
    return common_metrics([card], task, names)

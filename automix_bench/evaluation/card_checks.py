"""Check scorecards against each other and against the metrics, before they are ranked or compared.

`read_scorecard` has checked each card by itself. Here the metrics are known, also those of a task
in a file, and so are the other cards: an item that is undefined for one model is undefined for all,
because that depends on the reference alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, isnan

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.errors import DatasetError, UsageError
from automix_bench.metric import Metric, Ranged
from automix_bench.scorecard import Score, Scorecard
from automix_bench.task import Task
from automix_bench.untrusted.fields import shown, span
from automix_bench.untrusted.scorecard_record import STATUSES, StatedRange
from automix_bench.untrusted.shown import one_line

Cell = tuple[str, str, str]
"""Example, song and stem of a score."""


def task_of(cards: Sequence[Scorecard], task: str | None) -> Task:
    """The task that cards are of.

    A card is not trusted to name code: only a built-in task is loaded by the name on a card.

    Args:
        task: what the user names: a task or the path of its `.py` file. None for the card's.

    Raises:
        UsageError: the card's task is not built in and no file is given, or the file holds another
            task.
        UnknownPlugin: there is no task of the name that the user gives.
    """
    card = cards[0]
    if task is None and card.task not in plugin.names("tasks"):
        raise UsageError(
            f"the card of {one_line(card.model)} is of the task {one_line(card.task)}, which is "
            "not built in: add --task FILE, the .py file of that task"
        )
    chosen = task_named(task or card.task)
    if chosen.name != card.task:
        raise UsageError(
            f"--task {task}: expected the task {one_line(card.task)} of the card of "
            f"{one_line(card.model)}, got {chosen.name}: add --task FILE, the .py file of that task"
        )
    return chosen


def task_for_board(name: str, cards: Sequence[Scorecard]) -> Task:
    """The task that a user names for a board.

    Raises:
        UsageError: it is the name of the cards' task, which is not built in: a file is needed.
        UnknownPlugin: there is no such task.
    """
    if name not in plugin.names("tasks") and any(card.task == name for card in cards):
        raise UsageError(
            f"task {one_line(name)} of the cards is not built in: give its .py FILE in place of "
            "its name (other commands take it as --task FILE)"
        )
    return task_named(name)


def metrics_on(cards: Sequence[Scorecard]) -> dict[str, list[str]]:
    """By metric, the models whose cards have scores of it; in the order of the first cards."""
    models: dict[str, list[str]] = {}
    for card in cards:
        for name in dict.fromkeys(score.metric for score in card.scores):
            models.setdefault(name, []).append(card.model)
    return models


def common_metrics(
    cards: Sequence[Scorecard], task: Task, names: Sequence[str] | None
) -> tuple[Ranged, ...]:
    """The metrics that all cards hold scores of; only those in `names` if any are given.

    A metric that is neither the task's nor built in is taken as the cards state it.

    Raises:
        UsageError: a card holds no scores of a metric in `names`, or the cards have no metric in
            common; or a metric is of other people and no card states its range.
        UnknownPlugin: a name is neither a metric of the task or of a card nor a plug-in.
    """
    scored = metrics_on(cards)
    if names:
        metrics = [_named(name, cards, task) for name in names]
        for metric in metrics:
            if lacking := [card for card in cards if card.model not in scored.get(metric.name, ())]:
                raise UsageError(
                    f"{_no_scores(lacking[0].model, metric.name)}, only of {_metrics(lacking[0])}"
                )
        return tuple(metrics)
    common = [name for name, models in scored.items() if len(models) == len(cards)]
    if not common:
        each = "; ".join(f"{one_line(card.model)}: {_metrics(card)}" for card in cards)
        raise UsageError(f"the cards have no metric in common ({each}): score them by one task")
    own = list(task.metrics)
    order = {metric.name: place for place, metric in enumerate(own)}
    common.sort(key=lambda name: (order.get(name, len(own)), name))
    return tuple(_named(name, cards, task, typed=False) for name in common)


def _named(name: str, cards: Sequence[Scorecard], task: Task, typed: bool = True) -> Ranged:
    """A metric by its name.

    Args:
        typed: whether the user gave the name, which may then be any plug-in's or a path.
    """
    own = {metric.name: metric for metric in task.metrics}
    if name in own:
        return own[name]
    stated = next((card.metrics[name] for card in cards if name in card.metrics), None)
    if name in plugin.names("metrics") or (typed and stated is None):
        loaded = plugin.load("metrics", name)
        if not isinstance(loaded, Metric):
            raise UsageError(f"metric {name}: expected a metric of two sounds, got {loaded!r}")
        return loaded
    if stated is None:
        raise UsageError(
            f"the metric {one_line(name)} is not built in, and the card does not state its range: "
            "add --metric FILE, its .py file, or score the run again"
        )
    for card in cards:
        if (other := card.metrics.get(name, stated)) != stated:
            raise UsageError(
                f"the metric {one_line(name)} is not built in, and the cards do not agree on it: "
                f"expected {_range_text(stated)}, got {_range_text(other)} on the card of "
                f"{one_line(card.model)}: add --metric FILE, its .py file"
            )
    perfect = stated["high"] if stated["better"] == "higher" else stated["low"]
    return Ranged(name, perfect=perfect, **stated)


def _range_text(stated: StatedRange) -> str:
    return f"{stated['better']} is better, {span(stated['low'], stated['high'])} {stated['unit']}"


def _no_scores(model: str, metric: str) -> str:
    return f"the card of {one_line(model)} has no scores of {one_line(metric)}"


def _metrics(card: Scorecard) -> str:
    return ", ".join(map(one_line, dict.fromkeys(score.metric for score in card.scores))) or "none"


def demand_scores(cards: Sequence[Scorecard], metric: Ranged) -> None:
    """Refuse cards of which one lacks the metric, and name it.

    Raises:
        DatasetError: a card holds no score of the metric.
    """
    for card in cards:
        if not card.of(metric):
            raise DatasetError(f"{_no_scores(card.model, metric.name)}: score it again")


def demand_sound(cards: Sequence[Scorecard], metrics: Iterable[Ranged]) -> None:
    """Refuse cards with a score that cannot be, or that do not fit each other.

    A card may lack a metric altogether. The ranges of built-in metrics were checked when the cards
    were read; those of other metrics are checked here, where the metric itself is known.

    Raises:
        DatasetError: a value lies outside its metric's range, a status is unknown, the cards are
            not of the same items, or an item is undefined on one card and has a value on another.
    """
    for metric in metrics:
        first: tuple[str, Mapping[Cell, Score]] | None = None
        for card in cards:
            scores = by_cell(card, metric)
            for score in scores.values():
                if fault := _fault(score, metric):
                    raise DatasetError(f"the card of {one_line(card.model)}: {fault}")
            if scores and first:
                _demand_alike(first, (card.model, scores))
            if scores and first is None:
                first = card.model, scores


def by_cell(card: Scorecard, metric: Ranged) -> dict[Cell, Score]:
    """The card's scores in one metric, by item.

    Raises:
        DatasetError: an item is there twice.
    """
    cells: dict[Cell, Score] = {}
    for score in card.of(metric):
        if cells.setdefault((score.example, score.song, score.stem), score) is not score:
            raise DatasetError(
                f"the card of {one_line(card.model)}: {_item(score)}: expected once, got twice: "
                "score it again"
            )
    return cells


def _fault(score: Score, metric: Ranged) -> str:
    if score.status not in STATUSES:
        expected = f"status: expected one of {', '.join(STATUSES)}"
        return f"{_item(score)}: {expected}, got {shown(score.status)}: score it again"
    ours = isinstance(metric, Metric) and metric.written_in.startswith("automix_bench.")
    if isnan(score.value):
        right = score.status != "failed"
    else:
        right = isfinite(score.value) and (ours or metric.low <= score.value <= metric.high)
    if right:
        return ""
    expected = f"value: expected a number {span(metric.low, metric.high)}"
    return f"{_item(score)}: {expected}, got {shown(score.value)}: score it again"


def _demand_alike(
    one: tuple[str, Mapping[Cell, Score]], other: tuple[str, Mapping[Cell, Score]]
) -> None:
    (model, scores), (other_model, other_scores) = one, other
    names = one_line(model), one_line(other_model)
    if odd := sorted(scores.keys() ^ other_scores.keys()):
        example, song, stem = map(one_line, odd[0])
        has, lacks = names if odd[0] in scores else names[::-1]
        raise DatasetError(
            f"{names[0]} and {names[1]} were not scored on the same items: {has} has {example} "
            f"(song {song}, stem {stem}), {lacks} does not: score both on one data set"
        )
    for cell, score in scores.items():
        pair = score, other_scores[cell]
        undefined = [isnan(each.value) for each in pair]
        if undefined[0] != undefined[1] and all(each.status != "failed" for each in pair):
            has, lacks = names if undefined[1] else names[::-1]
            raise DatasetError(
                f"{_item(score)}: expected undefined for all models or for none, because that "
                f"depends on the reference alone; got a value for {has} and none for {lacks}: "
                "score both again"
            )


def _item(score: Score) -> str:
    names = map(one_line, (score.example, score.stem, score.metric))
    return ", ".join(names)

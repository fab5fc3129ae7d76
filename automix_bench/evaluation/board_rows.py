"""From the scorecards of one task and data set to the ranked rows of a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isnan, nan
from typing import Any

from automix_bench.errors import DatasetError
from automix_bench.evaluation.board_cells import Part, Row
from automix_bench.evaluation.card_checks import demand_scores, demand_sound
from automix_bench.evaluation.compare import improvement
from automix_bench.evaluation.live_costs import late_share, stated_latency
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard, by_song
from automix_bench.statistics.ranking import Standing, standings
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line

PLAIN_SUM = "plain_sum"
"""The model whose seconds are the measure of those of others."""


def ranked_rows(
    task: Task, cards: Sequence[Scorecard], by: Ranged, parameters: Mapping[str, int]
) -> list[Row]:
    """The rows of a board, best first in the metric `by`; see `leaderboard.board`."""
    _demand_rankable(task, cards)
    card_of = {card.model: card for card in cards}
    for part, model in (("floor", task.floor), ("ceiling", task.ceiling)):
        if model not in card_of:
            raise DatasetError(f"board of {task.name}: the {part}, {model}, has no scorecard")
    demand_scores(cards, by)
    demand_sound([card_of[task.floor], *cards], task.metrics)
    low, high = (card_of[model].estimate(by).value for model in (task.floor, task.ceiling))
    ends = (low, high)
    rows = [_row(task, card, card_of, by, ends, parameters.get(card.model)) for card in cards]

    def order(row: Row) -> tuple[bool, float, str]:
        value = row.estimates[by.name].value
        return row.coverage < 1.0, inf if isnan(value) else -by.sign * value, row.model

    rows.sort(key=order)
    standing_of = _standings(by, [card_of[row.model] for row in rows if _competes(row)])
    return _with_ranks(rows, by.name, standing_of)


def _demand_rankable(task: Task, cards: Sequence[Scorecard]) -> None:
    if not cards:
        raise DatasetError(f"board of {task.name}: no scorecard of this task")
    for card in cards:
        if (card.task, card.task_version) != (task.name, task.version):
            remedy = "score it again"
            if card.task != task.name:
                remedy += ", or make the board of its own task: by name, or by its .py FILE"
            raise DatasetError(
                f"board of {task.name} version {task.version}: the card of {one_line(card.model)} "
                f"is of {one_line(card.task)} version {card.task_version}; {remedy}"
            )
        if card.dataset != cards[0].dataset:
            models = f"{one_line(card.model)} and {one_line(cards[0].model)}"
            raise DatasetError(
                f"board of {task.name}: {models} were scored on different data sets, which do not "
                "compare"
            )
    names = [card.model for card in cards]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DatasetError(f"board of {task.name}: two cards of {', '.join(map(one_line, twice))}")


def _row(
    task: Task,
    card: Scorecard,
    card_of: Mapping[str, Scorecard],
    by: Ranged,
    ends: tuple[float, float],
    parameters: int | None,
) -> Row:
    """A card's row, without its rank.

    Args:
        ends: the values of floor and ceiling in the metric that ranks.
    """
    floor, plain_sum = card_of[task.floor], card_of.get(PLAIN_SUM)
    low, high = ends
    estimates = {metric.name: card.estimate(metric) for metric in task.metrics}
    comparable = card.coverage == 1.0 and high != low
    spread: Mapping[str, Any] = card.spread.get(by.name, {})
    return Row(
        rank=None,
        standing=None,
        model=card.model,
        part=_part(task, card),
        estimates=estimates,
        covered=(estimates[by.name].value - low) / (high - low) if comparable else nan,
        gain=improvement(card, floor, by),
        coverage=card.coverage,
        speed=card.speed,
        weights=card.weights,
        isolation=card.isolation,
        relative_speed=_relative_speed(card, floor),
        peak_memory=card.cost.get("peak_memory", 0),
        late_share=late_share(card.cost),
        latency_seconds=stated_latency(card.cost),
        samples=card.samples,
        best=_or_nan(spread.get("best")),
        deviation=_or_nan(spread.get("deviation")),
        relative_seconds=_relative_speed(plain_sum, card) if plain_sum else nan,
        cpu_seconds=card.cost.get("cpu_seconds", 0.0) or nan,
        parameters=parameters,
    )


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _relative_speed(card: Scorecard, other: Scorecard) -> float:
    """How many times as fast as another a model is, if both ran in the same kind of process."""
    same = card.isolation == other.isolation and other.speed > 0.0
    return card.speed / other.speed if same else nan


def _part(task: Task, card: Scorecard) -> Part:
    if card.model == task.ceiling:
        return "ceiling"
    if card.model == task.floor:
        return "floor"
    return "told the answer" if card.told_the_answer else "entry"


def _competes(row: Row) -> bool:
    return row.part == "entry" and row.coverage == 1.0


def _standings(metric: Ranged, cards: Sequence[Scorecard]) -> dict[str, Standing]:
    """How sure the ranks of the competing models are, by model."""
    values = {
        card.model: {
            song: [metric.sign * value for value in values]
            for song, values in by_song(card.of(metric)).items()
        }
        for card in cards
    }
    return standings(values, seed=cards[0].dataset if cards else "")


def _with_ranks(rows: Sequence[Row], first: str, standing_of: Mapping[str, Standing]) -> list[Row]:
    """Rank the competing models from 1. Equal values share a rank; the next rank counts them all
    (1, 1, 3)."""
    with_ranks: list[Row] = []
    place, rank, last = 0, 0, None
    for row in rows:
        if not _competes(row):
            with_ranks.append(row)
            continue
        place += 1
        value = row.estimates[first].value
        rank, last = (rank if value == last else place), value
        with_ranks.append(replace(row, rank=rank, standing=standing_of[row.model]))
    return with_ranks

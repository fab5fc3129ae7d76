"""Scorecards in rank order, between a floor and a ceiling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan
from typing import Any

from automix_bench.errors import DatasetError
from automix_bench.files.canonical_json import nulled
from automix_bench.metric import Metric
from automix_bench.scorecard import Scorecard, by_song
from automix_bench.statistics import Estimate
from automix_bench.statistics.ranking import Standing, standings
from automix_bench.task import Task


@dataclass(frozen=True)
class Row:
    """One model on the board.

    Attributes:
        rank: from 1; None for floor and ceiling, for a model that failed on some items, and for one
            that was told the answer.
        standing: the interval of the rank, and the letters of the models it is not told apart from;
            None where there is no rank.
        part: floor, ceiling, entry or told the answer.
        estimates: by metric, in the task's order.
        covered: how far the first metric has come from floor (0) to ceiling (1).
        gain: improvement over the floor in the first metric, cell by cell; positive is better.
        coverage: share of cells that did not fail.
        speed: seconds of audio per second of work.
    """

    rank: int | None
    standing: Standing | None
    model: str
    part: str
    estimates: dict[str, Estimate]
    covered: float
    gain: Estimate
    coverage: float
    speed: float


@dataclass(frozen=True)
class Board:
    """The rows of one task on one data set, best first: entries by rank, then those that failed
    on some items, which are never ranked. The floor and the ceiling stand where their values put
    them."""

    task: Task
    dataset: str
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it; NaN is null."""
        return {
            "task": self.task.name,
            "task_version": self.task.version,
            "dataset": self.dataset,
            "metrics": [
                {"name": m.name, "unit": m.unit, "better": m.better} for m in self.task.metrics
            ],
            "rows": [nulled(asdict(row)) for row in self.rows],
        }

    def to_markdown(self) -> str:
        """A table: means over songs, with 95 % intervals."""
        heads = [f"{m.name} ({m.unit}) {ARROWS[m.better]}" for m in self.task.metrics]
        lines = [
            ["rank", "model", *heads, "covered", "coverage"],
            ["---"] * (4 + len(heads)),
            *(
                [
                    ranked(row),
                    titled(row),
                    *(interval(row.estimates[m.name]) for m in self.task.metrics),
                    percent(row.covered),
                    percent(row.coverage),
                ]
                for row in self.rows
            ),
        ]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


ARROWS = {"higher": "↑", "lower": "↓"}


def board(task: Task, cards: Sequence[Scorecard]) -> Board:
    """The board of these cards.

    Raises:
        DatasetError: there is no card, they are of other tasks, versions or data sets, two are of
            one model, or the floor's or the ceiling's is missing.
    """
    _comparable(task, cards)
    named = {card.model: card for card in cards}
    for part, model in (("floor", task.floor), ("ceiling", task.ceiling)):
        if model not in named:
            raise DatasetError(f"board of {task.name}: the {part}, {model}, has no scorecard")
    floor, ceiling = named[task.floor], named[task.ceiling]
    first = task.metrics[0]
    ends = floor.estimate(first).value, ceiling.estimate(first).value
    rows = [_row(task, card, floor, ends) for card in cards]

    def place(row: Row) -> tuple[bool, float, str]:
        value = row.estimates[first.name].value
        worth = -first.sign * value if not isnan(value) else float("inf")
        return row.coverage < 1.0, worth, row.model

    rows.sort(key=place)
    known = _standings(first, [named[row.model] for row in rows if _competes(row)])
    return Board(task, cards[0].dataset, tuple(_ranked(rows, first.name, known)))


def _comparable(task: Task, cards: Sequence[Scorecard]) -> None:
    if not cards:
        raise DatasetError(f"board of {task.name}: no scorecard of this task")
    for card in cards:
        if (card.task, card.task_version) != (task.name, task.version):
            raise DatasetError(
                f"board of {task.name} version {task.version}: the card of {card.model} is of "
                f"{card.task} version {card.task_version}; score it again"
            )
        if card.dataset != cards[0].dataset:
            raise DatasetError(
                f"board of {task.name}: {card.model} and {cards[0].model} were scored on "
                "different data sets, which do not compare"
            )
    names = [card.model for card in cards]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DatasetError(f"board of {task.name}: two cards of {', '.join(twice)}")


def _row(task: Task, card: Scorecard, floor: Scorecard, ends: tuple[float, float]) -> Row:
    """A card's row; `ends` are the first metric's means of the floor and of the ceiling."""
    first, (low, high) = task.metrics[0], ends
    estimates = {metric.name: card.estimate(metric) for metric in task.metrics}
    part = "told the answer" if card.told_the_answer else "entry"
    part = {task.floor: "floor", task.ceiling: "ceiling"}.get(card.model, part)
    work = card.cost["work_seconds"]
    return Row(
        rank=None,
        standing=None,
        model=card.model,
        part=part,
        estimates=estimates,
        covered=(estimates[first.name].value - low) / (high - low) if high != low else float("nan"),
        gain=card.gain_over(floor, first),
        coverage=card.coverage,
        speed=card.cost["audio_seconds"] / work if work > 0.0 else float("nan"),
    )


def _competes(row: Row) -> bool:
    return row.part == "entry" and row.coverage == 1.0


def _standings(metric: Metric, cards: Sequence[Scorecard]) -> dict[str, Standing]:
    """How sure the ranks of those that compete are, by model."""
    values = {
        card.model: {
            song: [metric.sign * value for value in of]
            for song, of in by_song(card.of(metric)).items()
        }
        for card in cards
    }
    return standings(values, seed=cards[0].dataset if cards else "")


def _ranked(rows: Sequence[Row], first: str, known: Mapping[str, Standing]) -> list[Row]:
    """Ranks from 1; equal values have one rank, and the next is as far down as it stands."""
    placed: list[Row] = []
    place, rank, last = 0, 0, None
    for row in rows:
        competes = _competes(row)
        if competes:
            place += 1
            value = row.estimates[first].value
            rank, last = (rank if value == last else place), value
        standing = known[row.model] if competes else None
        placed.append(replace(row, rank=rank if competes else None, standing=standing))
    return placed


def ranked(row: Row) -> str:
    """A rank, its interval where that is wider, and the letters of those it is not told apart
    from: `2 [1–3] ab`."""
    if row.rank is None or row.standing is None:
        return "–"
    sure = row.standing
    wide = f" [{sure.low}–{sure.high}]" if sure.low < sure.high else ""
    return f"{row.rank}{wide} {sure.group}".strip()


def titled(row: Row) -> str:
    """A model's name, and its part where it is not an entry."""
    return row.model if row.part == "entry" else f"{row.model} ({row.part})"


def interval(found: Estimate) -> str:
    """A mean and its interval, in as few digits as tell."""
    if isnan(found.value):
        return "–"
    if isnan(found.low):
        return f"{found.value:.2f}"
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def percent(share: float) -> str:
    """A share in whole per cent; never 100 when something is missing."""
    if isnan(share):
        return "–"
    shown = 100.0 * share + 0.0  # never "-0"
    return f"{min(shown, 99.9):.1f} %" if 99.5 <= shown < 100.0 else f"{shown:.0f} %"

"""The cells of a board: one row for each model, one column for each figure; as numbers, as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

from automix_bench.charts.number_text import percent, rank_text
from automix_bench.evaluation.model_code import UNKNOWN
from automix_bench.metric import Ranged
from automix_bench.statistics import Estimate
from automix_bench.statistics.ranking import Standing
from automix_bench.untrusted.shown import for_csv

ARROWS = {"higher": "↑", "lower": "↓"}
Part = Literal["floor", "ceiling", "entry", "told the answer"]


@dataclass(frozen=True)
class Row:
    """One model on the board.

    Attributes:
        rank: from 1. None for the floor, for the ceiling, for a model that failed on some examples,
            and for a model that was told the answer.
        standing: the interval of the rank, and the models that cannot be told apart from this one;
            None where there is no rank.
        part: what the model is on this board.
        estimates: by metric, in the task's order.
        covered: how far the first metric has come from the floor (0) to the ceiling (1). NaN for a
            model that failed on some examples: their worst values decide its mean.
        gain: the improvement over the floor in the first metric, score by score; positive is
            better.
        coverage: the share of scores that did not fail.
        speed: seconds of audio per second of work.
        weights, isolation: as in `Scorecard`.
        relative_speed: how many times as fast as the floor; NaN where either is not known, or
            they ran in different kinds of process.
        peak_memory: as in `Cost`.
        relative_seconds: how many times the seconds of `plain_sum` its answers take; NaN where
            `plain_sum` has no card, or as for `relative_speed`.
        cpu_seconds: as in `Cost`; NaN where it is not known.
        parameters: how many numbers the model has learned; None where it is not known.
        late_share: of live shows, the share of frames that took longer to be mixed than they last;
            NaN for other tasks.
        latency_seconds: as in `Cost`; NaN for other tasks.
        samples, best, deviation: of how many answers to each example a score is the mean, and how
            far they differ in the first metric; NaN for one.
    """

    rank: int | None
    standing: Standing | None
    model: str
    part: Part
    estimates: dict[str, Estimate]
    covered: float
    gain: Estimate
    coverage: float
    speed: float
    peak_memory: int
    weights: str = UNKNOWN
    isolation: str = ""
    relative_speed: float = nan
    late_share: float = nan
    latency_seconds: float = nan
    samples: int = 1
    best: float = nan
    deviation: float = nan
    relative_seconds: float = nan
    cpu_seconds: float = nan
    parameters: int | None = None


def cells(row: Row, metrics: Sequence[Ranged]) -> dict[str, object]:
    """A row of the pandas table, by column."""
    standing = row.standing
    return {
        "model": row.model,
        "part": row.part,
        "rank": row.rank,
        "rank_low": standing.low if standing else None,
        "rank_high": standing.high if standing else None,
        "group": standing.group if standing else "",
        "covered": row.covered,
        **_columns("gain", row.gain),
        "coverage": row.coverage,
        "speed": row.speed,
        "relative_speed": row.relative_speed,
        "relative_seconds": row.relative_seconds,
        "cpu_seconds": row.cpu_seconds,
        "peak_memory": row.peak_memory or None,
        "parameters": row.parameters,
        "late_share": row.late_share,
        "latency_seconds": row.latency_seconds,
        "isolation": row.isolation,
        "samples": row.samples,
        "best": row.best,
        "deviation": row.deviation,
        "songs": row.estimates[metrics[0].name].songs,
        **{
            column: value
            for metric in metrics
            for column, value in _columns(metric.name, row.estimates[metric.name]).items()
        },
    }


def csv_cell(value: object) -> object:
    """A cell of a CSV file; a missing number is empty."""
    if isinstance(value, str):
        return for_csv(value)
    return "" if value is None or (isinstance(value, float) and isnan(value)) else value


def _columns(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def ranked(row: Row) -> str:
    """The rank of a row as text, as in `2 [1–3] ab`."""
    return rank_text(row.rank, row.standing)


def titled(row: Row) -> str:
    """A model's name, and its part where it is not an entry."""
    return row.model if row.part == "entry" else f"{row.model} ({row.part})"


def covered_text(row: Row) -> str:
    """How far a model has come from the floor to the ceiling, or that it failed."""
    return "failed" if row.coverage < 1.0 else percent(row.covered)

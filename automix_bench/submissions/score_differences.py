"""How far the scores of two cards differ, and how far they may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isnan

from automix_bench.errors import DatasetError
from automix_bench.metric import Metric, Ranged
from automix_bench.scorecard import Score, Scorecard
from automix_bench.untrusted.shown import one_line

PART_OF_STEP = 0.05
"""How far two computers may differ in a score, as a part of the metric's step."""
LEAST_TOLERANCE = 1e-6


def largest_differences(
    metrics: Sequence[Ranged],
    ours: Scorecard,
    theirs: Scorecard,
    refusal: Callable[[str, str, str | None], str],
    steps: float = PART_OF_STEP,
) -> dict[str, float]:
    """The largest difference of each metric over the scores of `ours`.

    Args:
        refusal: the message on a score that differs by more than is allowed, from its name, its
            value in `ours`, and its value in `theirs`, None where there is no such score.
        steps: how many of a metric's steps are allowed.

    Raises:
        DatasetError: a score differs by more.
    """
    other_of = {(one.example, one.stem, one.metric): one for one in theirs.scores}
    largest: dict[str, float] = {}
    for metric in metrics:
        allowed = tolerance(metric, steps)
        for one in ours.of(metric):
            other = other_of.get((one.example, one.stem, one.metric))
            apart = _apart(one, other)
            if not apart <= allowed:
                their = None if other is None else _value(other)
                message = refusal(_name(one), _value(one), their)
                raise DatasetError(f"{message}; expected within {allowed:g}")
            largest[metric.name] = max(largest.get(metric.name, 0.0), apart)
    return largest


def tolerance(metric: Ranged, steps: float = PART_OF_STEP) -> float:
    """So many steps of a metric. The step of a metric without one is a hundredth of its range."""
    step = metric.step if isinstance(metric, Metric) else 0.01 * (metric.high - metric.low)
    return max(steps * step, LEAST_TOLERANCE)


def _apart(one: Score, other: Score | None) -> float:
    """How far two scores differ; infinite if one is missing, or only one of them is defined."""
    if other is None or one.status != other.status:
        return inf
    return 0.0 if isnan(one.value) and isnan(other.value) else abs(one.value - other.value)


def _name(score: Score) -> str:
    return ", ".join(map(one_line, (score.example, score.stem, score.metric)))


def _value(score: Score) -> str:
    return f"{score.value:.6g}" if score.status == "ok" else score.status

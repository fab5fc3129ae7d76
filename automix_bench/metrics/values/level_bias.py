"""Bias of the levels of a song."""

from __future__ import annotations

import math

from automix_bench.answer_metrics.values_metric import Values, values_metric

__all__ = ["level_bias"]


@values_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    source="mean error, without its sign",
)
def level_bias(*, reference: Values, estimate: Values) -> float:
    """By how much all levels of a song are too high, or too low, together.

    | mean over sources i of (e_i - r_i) |

    Errors that cancel do not count: `values/level_error` has them. Undefined (NaN) where no level
    is asked for.
    """
    return abs(math.fsum(estimate[name] - reference[name] for name in reference) / len(reference))

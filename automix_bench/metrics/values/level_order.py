"""Order of the levels of a song."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.answer_metrics.values_metric import Values, values_metric
from automix_bench.statistics.rank_correlation import kendall

__all__ = ["level_order"]


@values_metric(
    unit="1",
    better="higher",
    low=-1.0,
    high=1.0,
    perfect=1.0,
    source="tau-b of Kendall, The treatment of ties in ranking problems, Biometrika 33(3), 1945",
)
def level_order(*, reference: Values, estimate: Values) -> float:
    """Rank correlation of the levels of a song: which source is louder than which.

        tau_b = sum over pairs of sign(r_i - r_j) sign(e_i - e_j) / sqrt(R E)

    R and E are the numbers of pairs that are not tied in the reference and in the estimate. An
    estimate with all levels equal knows no order: 0. Undefined (NaN) where no two references
    differ.
    """
    if len(reference) < 2:
        return math.nan
    names = sorted(reference)
    truth, levels = ([of[name] for name in names] for of in (reference, estimate))
    return float(kendall(np.array(truth), np.array(levels)))

"""Order of the levels of a song."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from automix_bench.answer_metrics.values_metric import Values, values_metric

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
    pairs = list(combinations(sorted(reference), 2))
    expected = np.sign([reference[one] - reference[other] for one, other in pairs])
    got = np.sign([estimate[one] - estimate[other] for one, other in pairs])
    if not np.any(expected):
        return math.nan
    if not np.any(got):
        return 0.0
    return float(expected @ got / math.sqrt((expected @ expected) * (got @ got)))

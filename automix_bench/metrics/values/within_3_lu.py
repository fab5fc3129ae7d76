"""Share of levels that are right to within 3 LU."""

from __future__ import annotations

from automix_bench.answer_metrics.values_metric import value_metric

__all__ = ["within_3_lu"]


@value_metric(
    unit="1",
    better="higher",
    low=0.0,
    high=1.0,
    perfect=1.0,
    source="share of errors of at most 3 LU",
)
def within_3_lu(*, reference: float, estimate: float) -> float:
    """1 for a level that is right to within 3 LU, else 0; its mean is the share of such levels.

    Never undefined (NaN): a source without a level is not asked for.
    """
    return float(abs(estimate - reference) <= 3.0)

"""Error of a level."""

from __future__ import annotations

from automix_bench.answer_metrics.values_metric import value_metric

__all__ = ["level_error"]


@value_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    ranks=True,
    source="mean absolute error in LU, as for the loudness balance of Ward et al., Estimating the "
    "loudness balance of musical mixtures using audio source separation, WIMP 2017",
)
def level_error(*, reference: float, estimate: float) -> float:
    """Absolute error of a level in LU; its mean over levels is the MAE.

    | e - r |

    Never undefined (NaN): a source without a level is not asked for.
    """
    return abs(estimate - reference)

"""Agreement on which effects there are."""

from __future__ import annotations

from collections import Counter

from automix_bench.answer_metrics.settings_metric import placed, settings_metric
from automix_bench.effect import Chain

__all__ = ["effect_presence_f1"]


@settings_metric(
    unit="1",
    better="higher",
    low=0.0,
    high=1.0,
    perfect=1.0,
    source="F1 of van Rijsbergen, Information Retrieval, 1979, on multisets of effects",
)
def effect_presence_f1(*, reference: Chain, estimate: Chain) -> float:
    """Agreement on which effects there are, and how many of each.

        F1 = 2 sum_k min(r_k, e_k) / sum_k (r_k + e_k)

    r_k and e_k are the numbers of effects of kind k in the reference and the estimate. Neither the
    order nor the knobs count: an effect with all knobs at their neutral settings counts. Two empty
    chains agree: 1. Never undefined (NaN).
    """
    expected, got = (Counter(one.name for one in placed(chain)) for chain in (reference, estimate))
    total = expected.total() + got.total()
    return 2.0 * (expected & got).total() / total if total else 1.0

"""Agreement on the order of the effects."""

from __future__ import annotations

import itertools
import math

from automix_bench.answer_metrics.settings_metric import matched, settings_metric
from automix_bench.effect import Chain

__all__ = ["order_tau"]


@settings_metric(
    unit="1",
    better="higher",
    low=-1.0,
    high=1.0,
    perfect=1.0,
    source="M. G. Kendall, A new measure of rank correlation, Biometrika 30, 1938; over the "
    "reference's pairs",
)
def order_tau(*, reference: Chain, estimate: Chain) -> float:
    """Kendall's tau between the orders of the effects.

        tau = (pairs in the same order - pairs that are not) / pairs of the reference

    A pair is two effects of the reference. The estimate has them in the same order, in the opposite
    order, or lacks one of them. Lacking one counts like the opposite order, as leaving out a
    doubtful effect must not pay. Of several effects of one kind, the first is matched with the
    first, the second with the second. Effects that only the estimate has do not count.

    Undefined (NaN) for a reference of fewer than two effects.
    """
    places = [
        None if other is None else other.place
        for _, other in matched(reference=reference, estimate=estimate)
    ]
    pairs = list(itertools.combinations(places, 2))
    if not pairs:
        return math.nan
    right = sum(one is not None and other is not None and one < other for one, other in pairs)
    return (2 * right - len(pairs)) / len(pairs)

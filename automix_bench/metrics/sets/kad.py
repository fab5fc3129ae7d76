"""Distance of two sets of sounds of any distribution."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist, pdist

from automix_bench.set_metric import Set, set_metric

__all__ = ["kad"]

SCALE = 100.0


@set_metric(
    unit="% of a kernel",
    better="lower",
    perfect=0.0,
    symmetric=False,
    source="Y. Chung, P. Eu, J. Lee, K. Choi, J. Nam, B. S. Chon, 'KAD: no more FAD!', ICML 2025, "
    "arXiv:2502.15602; A. Gretton et al., JMLR 13, 2012, equation 3",
)
def kad(*, reference: Set, estimate: Set) -> float:
    """Kernel audio distance: an unbiased estimate of the maximum mean discrepancy, squared.

        100 ( mean k(r, r') + mean k(e, e') - 2 mean k(r, e) ),
        k(x, y) = exp( -||x - y||^2 / (2 s^2) )

    The first two means are over pairs of two different vectors of one set, the third is over all
    pairs of a vector of each set. s is the median distance of two vectors of the reference.

    For two sets of one distribution the value is 0 on average, whatever their numbers, so it may be
    negative. For a set and itself it is a little below 0, as only the third mean pairs each vector
    with itself. The distance makes no assumption on the distribution. It sees what the embedding
    sees.

    Raises ValueError on fewer than two vectors a set. NaN where the median distance is 0, that is,
    where half of the reference is one sound: then there is no scale to compare on.
    """
    scale = float(np.median(pdist(reference)))
    if scale == 0.0:
        return float("nan")
    own = _mean_kernel(pdist(reference, "sqeuclidean"), scale)
    theirs = _mean_kernel(pdist(estimate, "sqeuclidean"), scale)
    across = _mean_kernel(cdist(reference, estimate, "sqeuclidean"), scale)
    return SCALE * (own + theirs - 2.0 * across)


def _mean_kernel(squared: np.ndarray, scale: float) -> float:
    """The mean of the kernel at squared distances."""
    return float(np.exp(squared / (-2.0 * scale**2)).mean())

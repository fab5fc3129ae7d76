"""How far apart two sets of sounds are, whatever their distribution."""

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

    The first two means are over pairs of two different vectors of a set, the third over all pairs
    of one and the other; s is the median distance of two vectors of the reference.

    Of two sets of one distribution it is 0 on average, whatever their numbers, so it may be
    negative. Of a set and itself it is a little below 0, as each vector then meets itself in the
    third mean alone. It makes no assumption on the distribution. Sees what the embedding sees.

    Raises ValueError on fewer than two vectors a set. Where the median distance is 0, so that half
    the reference is one sound, there is no scale to compare on and the value is NaN.
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

"""Distance of two sets of sounds as two Gaussians."""

from __future__ import annotations

from automix_bench.set_metric import Set, set_metric
from automix_bench.statistics.frechet import frechet

__all__ = ["fad"]


@set_metric(
    unit="squared embedding unit",
    better="lower",
    perfect=0.0,
    symmetric=True,
    source="K. Kilgour, M. Zuluaga, D. Roblek, M. Sharifi, 'Fréchet audio distance', Interspeech "
    "2019, arXiv:1812.08466; M. Heusel et al., NeurIPS 2017",
)
def fad(*, reference: Set, estimate: Set) -> float:
    """Fréchet audio distance.

        || m_R - m_E ||^2  +  tr C_R  +  tr C_E  -  2 tr (C_R C_E)^(1/2)

    with m the mean and C the covariance (divisor n - 1) of each set's vectors. The last trace is
    the sum of the singular values of the product of the centred sets, `X_R X_E^T / sqrt((n_R -
    1)(n_E - 1))`. This is exact for any number of vectors, and needs neither a matrix root nor a
    small number on the diagonal.

    The distance is biased: it is too large by about a constant over the number of vectors, and the
    bias grows with the number of dimensions (M. J. Chong & D. Forsyth, CVPR 2020). It is given as
    published, uncorrected. Compare only values of equal numbers of vectors; see `sets/fad_inf` for
    the limit of many vectors, and `sets/kad` for a distance without that bias. A set and itself
    have distance 0. The distance sees what the embedding sees. It assumes, and does not test, that
    the vectors are Gaussian.

    Raises ValueError on fewer than two vectors a set. Never NaN.
    """
    return frechet(reference, estimate)

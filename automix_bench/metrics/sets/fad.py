"""How far apart two sets of sounds are, as two Gaussians."""

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
    the sum of the singular values of the product of the centred sets,
    `X_R X_E^T / sqrt((n_R - 1)(n_E - 1))`, which is exact and needs no matrix root and no small
    number on its diagonal, whatever the number of vectors.

    Biased: of few vectors it is too large, by about a constant over their number, and the more so
    the more dimensions there are (M. J. Chong & D. Forsyth, CVPR 2020). It is given as published,
    uncorrected; compare values of equal numbers of vectors alone, and see `sets/fad_inf` for what
    it tends to, `sets/kad` for a distance without that bias. Zero of a set and itself. Sees what
    the embedding sees; that the vectors are Gaussian is assumed, not tested.

    Raises ValueError on fewer than two vectors a set. NaN is not known here.
    """
    return frechet(reference, estimate)

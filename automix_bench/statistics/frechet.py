"""The Fréchet distance of two sets of vectors, each taken for a Gaussian."""

from __future__ import annotations

import numpy as np

Vectors = np.ndarray


def frechet(reference: Vectors, estimate: Vectors) -> float:
    """`||m_R - m_E||^2 + tr C_R + tr C_E - 2 tr (C_R C_E)^(1/2)`, of sets `(vectors, dimensions)`
    of two vectors and more, in float64.

    The trace of the root is the sum of the singular values of `F_R F_E^T`, where `C = F^T F`: the
    eigenvalues of `C_R C_E` are their squares.
    """
    apart = float(np.sum((reference.mean(0) - estimate.mean(0)) ** 2))
    spread = float(reference.var(0, ddof=1).sum() + estimate.var(0, ddof=1).sum())
    one, other = _factor(reference), _factor(estimate)
    common = float(np.linalg.svd(one @ other.T, compute_uv=False).sum())
    return max(apart + spread - 2.0 * common, 0.0)


def _factor(vectors: Vectors) -> Vectors:
    """A matrix F of as few rows as there are vectors or dimensions, with `F^T F` the covariance."""
    centred: Vectors = (vectors - vectors.mean(0)) / np.sqrt(len(vectors) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    factor: Vectors = np.asarray(np.linalg.qr(centred, "r"))
    return factor

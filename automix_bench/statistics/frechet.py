"""The squared Fréchet distance between two Gaussians that are fitted to two sets of vectors."""

from __future__ import annotations

import numpy as np

Vectors = np.ndarray


def frechet(reference: Vectors, estimate: Vectors) -> float:
    """The distance; 0 for equal sets.

        ||m_R - m_E||^2 + tr C_R + tr C_E - 2 tr (C_R C_E)^(1/2)

    m are the means, C the unbiased covariances (divisor n - 1). The trace of the square root is the
    sum of the singular values of F_R F_E^T, where C = F^T F: the eigenvalues of C_R C_E are the
    squares of these singular values (Dowson & Landau, "The Fréchet distance between multivariate
    normal distributions", 1982).

    Args:
        reference, estimate: float64 of shape (vectors, dimensions), two vectors or more each.
    """
    between_means = float(np.sum((reference.mean(0) - estimate.mean(0)) ** 2))
    traces = float(reference.var(0, ddof=1).sum() + estimate.var(0, ddof=1).sum())
    factor_r, factor_e = _factor(reference), _factor(estimate)
    root_trace = float(np.linalg.svd(factor_r @ factor_e.T, compute_uv=False).sum())
    return max(between_means + traces - 2.0 * root_trace, 0.0)


def _factor(vectors: Vectors) -> Vectors:
    """A matrix F with F^T F the covariance; it has min(vectors, dimensions) rows."""
    centred: Vectors = (vectors - vectors.mean(0)) / np.sqrt(len(vectors) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    factor: Vectors = np.asarray(np.linalg.qr(centred, "r"))
    return factor

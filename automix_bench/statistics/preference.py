"""The Bradley-Terry model: strengths of systems from choices between two of them.

    P(i is preferred to j) = 1 / (1 + exp(b_j - b_i)),   sum b = 0

Bradley & Terry, "Rank analysis of incomplete block designs", 1952. The strengths b are log odds:
they have no zero of their own, so their sum is set to 0.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def strengths(wins: Float64[np.ndarray, "systems systems"]) -> Float64[np.ndarray, " systems"]:
    """The maximum-likelihood strengths b, by Newton's method.

    Args:
        wins: how often the system of the row was preferred to the system of the column. A chain of
            wins must lead from every system to every other; otherwise the likelihood has no
            maximum, and this function does not detect it.
    """
    played, strength = wins + wins.T, np.zeros(len(wins))
    for _ in range(100):
        slope, curve = _likelihood(wins, played, strength)
        step = np.linalg.pinv(curve) @ slope
        strength = strength + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(strength - strength.mean())


def _likelihood(
    wins: np.ndarray, played: np.ndarray, strength: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of the log-likelihood, and its Hessian times -1."""
    expected = 1.0 / (1.0 + np.exp(strength[None, :] - strength[:, None]))
    weight = played * expected * (1.0 - expected)
    slope = (wins - played * expected).sum(axis=-1)
    return slope, np.diag(weight.sum(axis=1)) - weight


def covariance(
    wins: Float64[np.ndarray, "raters systems systems"], strength: Float64[np.ndarray, " systems"]
) -> Float64[np.ndarray, "systems systems"]:
    """The covariance of the strengths, with each rater's choices as a cluster.

    The choices of one person are not independent. Hence the sandwich estimator for clusters
    (Liang & Zeger, "Longitudinal data analysis using generalized linear models", 1986),

        H^+ (R / (R - 1) sum over raters of g g^T) H^+

    with R raters, H the Hessian of the log-likelihood times -1, H^+ its pseudo-inverse, and g a
    rater's part of the gradient. It assumes that raters are independent of each other.

    Args:
        wins: as in `strengths`, for each rater; two raters or more.
    """
    total = wins.sum(axis=0)
    inverse = np.linalg.pinv(_likelihood(total, total + total.T, strength)[1])
    slopes = [_likelihood(own, own + own.T, strength)[0] for own in wins]
    between = sum(np.outer(slope, slope) for slope in slopes) * len(wins) / (len(wins) - 1)
    return np.asarray(inverse @ between @ inverse)

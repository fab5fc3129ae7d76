"""How strong systems are, judged by which of two was preferred.

    P(i is preferred to j) = 1 / (1 + exp(b_j - b_i)),   sum b = 0

Bradley & Terry, "Rank analysis of incomplete block designs", 1952.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def strengths(wins: Float64[np.ndarray, "systems systems"]) -> Float64[np.ndarray, " systems"]:
    """The strengths b, by Newton's method.

    Args:
        wins: how often the system of the row was preferred to that of the column. From every
            system a chain of wins must lead to every other, else there is no greatest likelihood.
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
    """The slope of the log-likelihood, and its curvature with the sign turned."""
    expected = 1.0 / (1.0 + np.exp(strength[None, :] - strength[:, None]))
    weight = played * expected * (1.0 - expected)
    slope = (wins - played * expected).sum(axis=-1)
    return slope, np.diag(weight.sum(axis=1)) - weight


def covariance(
    wins: Float64[np.ndarray, "raters systems systems"], strength: Float64[np.ndarray, " systems"]
) -> Float64[np.ndarray, "systems systems"]:
    """Of the strengths, when the choices of one person hang together: the sandwich estimate

        H^+ (R / (R - 1) sum over raters of g g^T) H^+

    with H the curvature of the log-likelihood and g a rater's part of its slope.
    """
    total = wins.sum(axis=0)
    inverse = np.linalg.pinv(_likelihood(total, total + total.T, strength)[1])
    slopes = [_likelihood(own, own + own.T, strength)[0] for own in wins]
    between = sum(np.outer(slope, slope) for slope in slopes) * len(wins) / (len(wins) - 1)
    return np.asarray(inverse @ between @ inverse)

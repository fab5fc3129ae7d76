"""How far two rows of numbers agree on an order, over the last axis of arrays."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike


def _signs(values: np.ndarray) -> np.ndarray:
    """For every pair in the last axis: 1 if the first is larger, -1 if smaller, 0 if equal."""
    first, second = np.array(list(combinations(range(values.shape[-1]), 2))).T
    return np.asarray(np.sign(values[..., first] - values[..., second]))


def pairs_right(truth: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of pairs in the same order; NaN where no two of the truth differ."""
    of_truth, of_values = _signs(truth), _signs(values)
    differs = of_truth != 0.0
    right = np.where(differs, 0.5 + 0.5 * of_truth * of_values, 0.0).sum(axis=-1)
    return _ratio(right, differs.sum(axis=-1))


def kendall(truth: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Kendall's tau-b; NaN where no two of the truth differ, else 0 where all values are equal."""
    of_truth, of_values = _signs(truth), _signs(values)
    norm = np.sqrt((of_truth**2).sum(axis=-1) * np.maximum((of_values**2).sum(axis=-1), 1e-300))
    return _ratio((of_truth * of_values).sum(axis=-1), norm)


def spearman(truth: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman's rho; NaN where no two of the truth differ, else 0 where all values are equal."""
    from scipy.stats import rankdata

    one, other = (rankdata(of, axis=-1) - (of.shape[-1] + 1) / 2.0 for of in (truth, values))
    norm = np.sqrt((one**2).sum(axis=-1) * np.maximum((other**2).sum(axis=-1), 1e-300))
    return _ratio((one * other).sum(axis=-1), norm)


def _ratio(above: ArrayLike, below: ArrayLike) -> np.ndarray:
    """The quotient; NaN where the divisor is not above 0."""
    below = np.asarray(below, np.float64)
    nothing = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0.0))

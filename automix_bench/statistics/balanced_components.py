"""Variance components of a balanced design with two crossed random effects, in closed form.

The restricted likelihood depends on the data by five mean squares alone: of the rest (e), of two
interactions with the fixed effect (a, b), and of the two main effects that they belong to (A, B).
Each is about its expectation, l_e, l_a, l_A, l_b, l_B, and no variance is negative:

    l_e <= l_a <= l_A    and    l_e <= l_b <= l_B

The likelihood is largest at the isotonic regression of the mean squares under that order, with the
degrees of freedom as weights (Robertson, Wright & Dykstra, "Order restricted statistical
inference", 1988, section 1.5). `variance_components` finds the same by iteration, for any design.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from jaxtyping import Float64


def restricted_estimates(
    squares: Float64[np.ndarray, "tests 5"], freedom: Sequence[float]
) -> Float64[np.ndarray, "tests 3"]:
    """The estimates of l_e, l_a and l_b.

    Args:
        squares: those of e, a, A, b and B.
        freedom: their degrees of freedom.
    """
    rest = squares[:, 0].copy()
    weight = np.full(len(rest), float(freedom[0]))
    values, weights = [], []
    for inner, outer in ((1, 2), (3, 4)):  # of each branch the blocks, from the rest outwards
        a, b = squares[:, inner], squares[:, outer]
        f, g = float(freedom[inner]), float(freedom[outer])
        pooled = a > b
        mean = (f * a + g * b) / (f + g)
        values.append([np.where(pooled, mean, a), np.where(pooled, inf, b)])
        weights.append([np.where(pooled, f + g, f), np.full(len(a), g)])
    place = np.zeros((2, len(rest)), np.int64)
    blocks = np.array([[*of, np.full(len(rest), inf)] for of in values])  # branch, block, test
    sizes = np.array([[*of, np.ones(len(rest))] for of in weights])
    each = np.arange(len(rest))
    for _ in range(4):
        heads = np.array([blocks[branch, place[branch], each] for branch in (0, 1)])
        least = heads.argmin(axis=0)
        head = heads[least, each]
        merged = head < rest
        size = sizes[least, place[least, each], each]
        safe = np.where(merged, head, 0.0)
        rest = np.where(merged, (weight * rest + size * safe) / (weight + size), rest)
        weight = np.where(merged, weight + size, weight)
        place[least[merged], each[merged]] += 1
    branches = [np.where(place[branch] > 0, rest, blocks[branch, 0]) for branch in (0, 1)]
    return np.stack([rest, *branches], axis=1)

"""Solve equations whose matrix holds the inner products of sounds at all delays, without storing
that matrix.

For sounds x_a, each delayed by 0 to T - 1 samples, the inner products are

    G[(p, a), (q, b)] = r_ab[p - q],    r_ab[l] = sum over n of x_a[n] x_b[n + l]

This matrix is block-Toeplitz: along its diagonals the blocks are equal. Schur's algorithm finds the
columns of its Cholesky factor one after the other from the first block column alone. It takes n^2
steps for each sound, where n is the number of unknowns; the general factorisation takes n^3 / 3. It
is as stable as that, as its rotations are done in the mixed form.

I. Schur, Über Potenzreihen, die im Innern des Einheitskreises beschränkt sind, Crelle 147, 1917; A.
W. Bojanczyk, R. P. Brent, P. Van Dooren & F. R. de Hoog, A note on downdating the Cholesky
factorization, SIAM J. Sci. Stat. Comput. 8(3), 1987.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.dsp.compiled import compiled

Inner = Float64[np.ndarray, "inputs inputs lags"]
Products = Float64[np.ndarray, "inputs lags outputs"]


def solved(inner: Inner, products: Products) -> Products:
    """The filters h of all inputs that solve G h = products, for each output.

    Where some inputs are weighted sums of others (a mono sound in two channels), there is more than
    one solution, and all give the same sound: those inputs then get filters of zeros. Where inputs
    can otherwise be made of each other to within rounding, white noise as quiet as the rounding of
    its power is assumed in each.

    Args:
        inner: r_ab[l] for l from 0 up.
        products: the inner products of every input, at every delay, with every output.
    """
    free = _independent(inner)
    filters = np.zeros_like(products)
    chosen = inner[np.ix_(free, free)]
    diagonal = np.arange(len(free))
    least = chosen[diagonal, diagonal, 0] * _rounding(inner)
    solution, noise = _by_schur(chosen, products[free], least), 2.0
    while solution is None:
        noisy = chosen.copy()
        noisy[diagonal, diagonal, 0] += noise * least
        solution, noise = _by_schur(noisy, products[free], least), 4.0 * noise
    filters[free] = solution
    return filters


def _independent(inner: Inner) -> list[int]:
    """The inputs that are not a weighted sum, sample by sample, of those before them."""
    free: list[int] = []
    rows = inner[:, :, 0].copy()
    for a in range(len(rows)):
        if rows[a, a] > _rounding(inner) * inner[a, a, 0]:
            free.append(a)
            rows[a + 1 :] -= np.outer(rows[a + 1 :, a] / rows[a, a], rows[a])
    return free


def _rounding(inner: Inner) -> float:
    """The part of a sound's power under which everything is rounding error: LAPACK's bound."""
    unknowns: int = inner.shape[0] * inner.shape[2]
    return unknowns * float(np.finfo(float).eps)


def _by_schur(
    inner: Inner, products: Products, least: Float64[np.ndarray, " inputs"]
) -> Products | None:
    """The filters; None where no more than `least` of an input's power is left once the part that
    other inputs can make is removed."""
    inputs, lags, outputs = products.shape
    first = np.ascontiguousarray(inner.transpose(1, 2, 0)).reshape(inputs, lags * inputs)
    unknowns = np.ascontiguousarray(products.transpose(2, 1, 0)).reshape(outputs, -1)
    factor = np.empty(inputs * inputs * (lags * (lags + 1) // 2))
    if not _factored(first, least, factor):
        return None
    _substitute(factor, inputs, unknowns)
    return np.ascontiguousarray(unknowns.reshape(outputs, lags, inputs).transpose(2, 1, 0))


@compiled
@no_type_check
def _factored(first: np.ndarray, least: np.ndarray, factor: np.ndarray) -> bool:
    """Write the columns of the factor, each from its diagonal block on, one after the other.
    `first[b]` is column b of the matrix. False where the square of a pivot is not above `least`."""
    inputs, size = first.shape
    plus = first.copy()
    for b in range(inputs):
        for i in range(b):
            by = plus[i, b]
            for m in range(size):
                plus[b, m] -= by * plus[i, m]
        if not plus[b, b] > least[b]:
            return False
        by = 1.0 / math.sqrt(plus[b, b])
        for m in range(size):
            plus[b, m] *= by
        for m in range(b):
            plus[b, m] = 0.0
    minus = plus.copy()
    sums = np.empty(size)
    written = 0
    for start in range(0, size, inputs):
        if start > 0:
            for i in range(inputs):
                _gather_into_first(minus, start + i, sums)
                if not _rotated(plus[i], minus[0], i, start + i, least[i]):
                    return False
        for i in range(inputs):
            for m in range(size - start):
                factor[written + m] = plus[i, m]
            written += size - start
    return True


@compiled
@no_type_check
def _gather_into_first(rows: np.ndarray, column: int, sums: np.ndarray) -> None:
    """Reflect the rows, so that in `column` only the first row is not 0."""
    count, size = rows.shape
    square = 0.0
    for j in range(count):
        square += rows[j, column] * rows[j, column]
    if square == 0.0:
        return
    norm = math.sqrt(square)
    weights = rows[:, column].copy()
    weights[0] += math.copysign(norm, weights[0])
    scale = 1.0 / (norm * abs(weights[0]))
    for m in range(column, size):
        sums[m] = weights[0] * rows[0, m]
    for j in range(1, count):
        for m in range(column, size):
            sums[m] += weights[j] * rows[j, m]
    for j in range(count):
        by = scale * weights[j]
        for m in range(column, size):
            rows[j, m] -= by * sums[m]
    for j in range(1, count):
        rows[j, column] = 0.0


@compiled
@no_type_check
def _rotated(plus: np.ndarray, minus: np.ndarray, at: int, column: int, least: float) -> bool:
    """Rotate hyperbolically, so that `minus` is 0 in `column`, which is index `at` of `plus`. False
    where the square of the pivot would not be above `least`."""
    ratio = minus[column] / plus[at]
    remains = (1.0 - ratio) * (1.0 + ratio)
    if not remains * plus[at] * plus[at] > least:
        return False
    root = math.sqrt(remains)
    over = 1.0 / root
    for m in range(minus.shape[0] - column):
        high = (plus[at + m] - ratio * minus[column + m]) * over
        minus[column + m] = root * minus[column + m] - ratio * high
        plus[at + m] = high
    minus[column] = 0.0
    return True


@compiled
@no_type_check
def _substitute(factor: np.ndarray, inputs: int, unknowns: np.ndarray) -> None:
    """Solve forwards, then backwards; the solution replaces the right-hand sides."""
    outputs, size = unknowns.shape
    at = 0
    for column in range(size):
        start = column - column % inputs
        for c in range(outputs):
            value = unknowns[c, column] / factor[at + column - start]
            unknowns[c, column] = value
            for m in range(column + 1, size):
                unknowns[c, m] -= factor[at + m - start] * value
        at += size - start
    for column in range(size - 1, -1, -1):
        start = column - column % inputs
        at -= size - start
        below = factor[at + column + 1 - start : at + size - start]
        for c in range(outputs):
            known = _product(below, unknowns[c, column + 1 :])
            unknowns[c, column] = (unknowns[c, column] - known) / factor[at + column - start]


@compiled
@no_type_check
def _product(one: np.ndarray, other: np.ndarray) -> float:
    """The inner product, as four sums, which a processor adds at once."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(one) // 4 * 4
    for m in range(0, whole, 4):
        a += one[m] * other[m]
        b += one[m + 1] * other[m + 1]
        c += one[m + 2] * other[m + 2]
        d += one[m + 3] * other[m + 3]
    for m in range(whole, len(one)):
        a += one[m] * other[m]
    return (a + b) + (c + d)

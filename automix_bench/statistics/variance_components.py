"""A linear mixed model with crossed random effects, fitted by restricted maximum likelihood.

    y = X beta + sum over k of Z_k b_k + e,   b_k ~ N(0, s^2 t_k I),   e ~ N(0, s^2 I)

X assigns every value to one fixed group, and Z_k to one group of the random effect k. The t_k are
variances in units of the rest's. For given t, beta and s have a closed form by way of the Cholesky
factor of I + T Z'Z T, with T the square roots of t. That matrix is never singular, whatever the
data (Bates et al., "Fitting linear mixed-effects models using lme4", 2015, section 3). What is left
is to minimise a smooth criterion over t >= 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float64

START = 0.5
"""The first guess of every t."""
MOST = 1e6
"""The largest t that is tried: beyond it the rest is as good as zero."""
EXACT = 1e-9
"""Relative to the largest value: smaller differences are rounding errors."""


class NotFitted(Exception):
    """The model cannot be fitted to these values. The message says why."""


@dataclass(frozen=True)
class VarianceComponents:
    """A fitted model.

    Attributes:
        means: one per fixed group.
        covariances: of the means.
        deviations: the standard deviation of each random effect, by name.
        rest: the standard deviation of what the effects do not explain.
    """

    means: Float64[np.ndarray, " groups"]
    covariances: Float64[np.ndarray, "groups groups"]
    deviations: Mapping[str, float]
    rest: float


def fit_variance_components(
    values: Sequence[float], fixed: Sequence[int], random: Mapping[str, Sequence[object]]
) -> VarianceComponents:
    """Fit the model. The unit of the values changes nothing but the unit of the result.

    Where all values of each fixed group are equal, all deviations and covariances are zero.

    Args:
        fixed: each value's fixed group, from 0 on; every group has a value.
        random: each value's group of each random effect, by any labels.

    Raises:
        NotFitted: there are no more values than fixed groups, or no minimum was found.
    """
    y, groups = np.asarray(values, np.float64), np.asarray(fixed)
    means = np.bincount(groups, weights=y) / np.bincount(groups)
    if len(y) <= len(means):
        raise NotFitted(f"{len(y)} values are too few for {len(means)} means")
    residuals = y - means[groups]
    if float(np.abs(residuals).max()) <= EXACT * float(np.abs(y).max()):
        nothing = np.zeros((len(means), len(means)))
        return VarianceComponents(means, nothing, dict.fromkeys(random, 0.0), 0.0)
    unit = float(residuals.std())
    criterion = _Criterion(residuals / unit, groups, tuple(random.values()))
    solution = criterion.solve(_minimum(criterion))
    inverse, rest = np.linalg.inv(solution.root), unit * sqrt(solution.variance)
    return VarianceComponents(
        means + unit * solution.beta,
        rest**2 * (inverse.T @ inverse),
        {name: rest * sqrt(t) for name, t in zip(random, solution.ratios, strict=True)},
        rest,
    )


@dataclass(frozen=True)
class _Solution:
    """The best beta and s for given t.

    Attributes:
        ratios: the t.
        criterion: -2 times the restricted log-likelihood, up to a constant.
        slopes: the derivative of the criterion by each t.
        root: the Cholesky factor of the precision of beta, in units of 1 / s squared.
        variance: s squared.
    """

    ratios: np.ndarray
    criterion: float
    slopes: np.ndarray
    beta: np.ndarray
    root: np.ndarray
    variance: float


class _Criterion:
    """-2 times the restricted log-likelihood, as a function of the variance ratios t."""

    def __init__(
        self, y: np.ndarray, groups: np.ndarray, random: Sequence[Sequence[object]]
    ) -> None:
        from scipy.sparse import csr_array, hstack

        fixed, *parts = (_indicators(labels) for labels in (groups.tolist(), *random))
        columns = hstack([*parts, fixed, csr_array(y[:, None])], format="csr")
        self.sizes = [part.shape[1] for part in parts]
        self.products = (columns.T @ columns).toarray()
        self.effects = self.products[: sum(self.sizes)]
        self.freedom = len(y) - fixed.shape[1]

    def solve(self, ratios: np.ndarray) -> _Solution:
        from scipy.linalg import solve_triangular

        scale = np.repeat(np.sqrt(ratios), self.sizes)
        factor = np.linalg.cholesky(
            scale[:, None] * self.effects[:, : len(scale)] * scale + np.eye(len(scale))
        )
        solved = solve_triangular(
            factor, scale[:, None] * self.effects, lower=True, check_finite=False
        )
        # inner = (Z, X, y)' V^-1 (Z, X, y), with V the covariance of y in units of s squared
        inner = self.products - solved.T @ solved
        n, p = len(scale), len(inner) - len(scale) - 1
        z, x, y = slice(0, n), slice(n, n + p), n + p
        root = np.linalg.cholesky(inner[x, x])
        half = solve_triangular(root, np.column_stack([inner[x, y], inner[x, z]]), lower=True)
        beta = solve_triangular(root.T, half[:, 0], lower=False)
        squares = max(
            float(inner[y, y] - half[:, 0] @ half[:, 0]), 1e-12 * float(self.products[y, y])
        )
        variance = squares / self.freedom
        logs = 2.0 * float(np.log(np.diag(factor)).sum() + np.log(np.diag(root)).sum())
        traces = np.diag(inner)[z] - (half[:, 1:] ** 2).sum(axis=0)
        pulls = (inner[z, y] - inner[z, x] @ beta) ** 2 / variance
        starts = np.cumsum([0, *self.sizes[:-1]])
        return _Solution(
            ratios,
            logs + self.freedom * float(np.log(variance)),
            np.add.reduceat(traces - pulls, starts),
            beta,
            root,
            variance,
        )


def _indicators(labels: Sequence[object]) -> Any:
    """A sparse matrix with a row for every value and a column for every label."""
    from scipy.sparse import csr_array

    codes = {label: code for code, label in enumerate(dict.fromkeys(labels))}
    rows, columns = np.arange(len(labels)), np.array([codes[label] for label in labels])
    if all(isinstance(label, int) for label in labels):
        columns = np.array(labels)
    return csr_array((np.ones(len(labels)), (rows, columns)))


def _minimum(criterion: _Criterion) -> Float64[np.ndarray, " effects"]:
    """The variance ratios at which the criterion is smallest."""
    from scipy.optimize import minimize

    def value_and_slopes(ratios: np.ndarray) -> tuple[float, np.ndarray]:
        solution = criterion.solve(ratios)
        return solution.criterion, solution.slopes

    start, bounds = np.full(len(criterion.sizes), START), [(0.0, MOST)] * len(criterion.sizes)
    try:
        minimum = minimize(value_and_slopes, start, jac=True, method="L-BFGS-B", bounds=bounds)
    except np.linalg.LinAlgError as error:
        raise NotFitted(f"its equations cannot be solved: {error}") from error
    if not minimum.success or not np.isfinite(minimum.fun):
        raise NotFitted("its variances do not converge")
    return np.asarray(minimum.x, np.float64)

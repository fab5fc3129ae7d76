"""Distributions over several settings at once, for `Effect.random(jointly=…)`.

Real settings depend on each other: more compression usually comes with more make-up gain. Each of
these distributions draws a mapping of settings, and has the `marginal` distribution of each name.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from automix_bench.distributions.shaped import Empirical, Normal
from automix_bench.sampling import finite

Row = tuple[float, ...]


@dataclass(frozen=True)
class Rows:
    """A random row of a table of real settings, for example of fitted vocal chains. All rows are
    equally likely, and the settings of a row stay together.

    Attributes:
        names: the settings, one per column.
        rows: the table. It is part of the value, so it becomes part of a recipe.

    Raises:
        ValueError: there is no row, or a row does not have a finite number for every name. The
            message gives the number of the row, counted from 1.
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _distinct(self, self.names))
        if not len(self.rows):
            raise ValueError("Rows.rows must be one row or more, got none")
        rows = tuple(self._row(place, row) for place, row in enumerate(self.rows, 1))
        object.__setattr__(self, "rows", rows)

    def _row(self, place: int, row: Row) -> Row:
        if len(row) != len(self.names):
            raise ValueError(
                f"Rows.rows: row {place} must have {len(self.names)} numbers "
                f"({', '.join(self.names)}), got {len(row)}"
            )
        numbers = zip(self.names, row, strict=True)
        return tuple(finite(self, f"rows: row {place}, {name},", value) for name, value in numbers)

    @classmethod
    def from_csv(cls, path: Path, columns: Mapping[str, str]) -> Rows:
        """The table in a CSV file (UTF-8, commas, names in its first line).

        Args:
            columns: the column of each setting, in the order of the settings. Other columns are not
                read.

        Raises:
            ValueError: a column is missing, or a line lacks a finite number in one.
        """
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            header = next(lines, [])
            missing = [column for column in columns.values() if column not in header]
            if missing:
                known = ", ".join(header)
                raise ValueError(f"{path.name}: wanted a column {missing[0]!r}, has: {known}")
            places = {name: header.index(column) for name, column in columns.items()}
            rows = []
            for line in lines:
                where = f"{path.name}, line {lines.line_num}"
                if len(line) != len(header):
                    raise ValueError(f"{where}: wanted {len(header)} columns, got {len(line)}")
                row = [_parsed(line[at], f"{where}, {header[at]}") for at in places.values()]
                rows.append(tuple(row))
        return cls(tuple(columns), tuple(rows))

    def sample(self, rng: np.random.Generator) -> dict[str, float]:
        row = self.rows[int(rng.integers(len(self.rows)))]
        return dict(zip(self.names, row, strict=True))

    def marginal(self, name: str) -> Empirical:
        """The distribution of one column of the table.

        Raises:
            ValueError: the table has no setting of that name.
        """
        column = _place(self, self.names, name)
        return Empirical(tuple(row[column] for row in self.rows))

    def __str__(self) -> str:
        return f"a row of a table of {len(self.rows)}: {', '.join(self.names)}"


@dataclass(frozen=True)
class Correlated:
    """Correlated settings with truncated normal distributions: a normal copula.

        z = L g,  L L^T = correlation,  x_i = Q_i(F(z_i))

    g are independent standard normal numbers, F is their cumulative distribution and Q_i the
    quantile function of `Normal(means[i], deviations[i], low[i], high[i])` (R. B. Nelsen, "An
    Introduction to Copulas", 2nd ed., 2006). If the ends lie far out, this is the multivariate
    normal distribution with these means, deviations and correlation. If the ends truncate it, each
    setting still has exactly that truncated normal distribution; redrawing until all settings lie
    within the ends would not give that. The correlation of the settings is then close to
    `correlation`, which is that of z.

    Attributes:
        names: the settings; the other fields have a number, or a row, for each.
        correlation: symmetric, positive definite, 1 on its diagonal.

    Raises:
        ValueError: the fields differ in length, or `correlation` is not a correlation matrix.
    """

    names: tuple[str, ...]
    means: Row
    deviations: Row
    correlation: tuple[Row, ...]
    low: Row
    high: Row

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _distinct(self, self.names))
        for field in ("means", "deviations", "low", "high", "correlation"):
            numbers = getattr(self, field)
            if len(numbers) != len(self.names):
                raise ValueError(
                    f"Correlated.{field} must have one for each of {', '.join(self.names)}, "
                    f"got {len(numbers)}"
                )
            if field != "correlation":
                row = tuple(finite(self, field, number) for number in numbers)
                object.__setattr__(self, field, row)
        object.__setattr__(self, "correlation", self._correlation())
        try:
            _ = self._marginals
        except ValueError as error:
            raise ValueError(f"Correlated: {error}") from error

    def _correlation(self) -> tuple[Row, ...]:
        rows = tuple(tuple(finite(self, "correlation", n) for n in r) for r in self.correlation)
        rule = "Correlated.correlation must be symmetric and positive definite, with 1 on its "
        if any(len(row) != len(rows) for row in rows):
            raise ValueError(f"{rule}diagonal, got rows of other lengths than {len(rows)}")
        matrix = np.array(rows)
        if (matrix != matrix.T).any() or (np.diag(matrix) != 1.0).any():
            raise ValueError(f"{rule}diagonal, got {rows}")
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            least = np.linalg.eigvalsh(matrix).min()
            raise ValueError(f"{rule}diagonal, got one with the eigenvalue {least:g}") from None
        return rows

    def sample(self, rng: np.random.Generator) -> dict[str, float]:
        normals = self._factor @ rng.standard_normal(len(self.names))
        drawn = zip(self.names, self._marginals, ndtr(normals), strict=True)
        return {name: marginal.quantile(float(share)) for name, marginal, share in drawn}

    def marginal(self, name: str) -> Normal:
        """The truncated normal distribution of one setting.

        Raises:
            ValueError: there is no setting of that name.
        """
        return self._marginals[_place(self, self.names, name)]

    @cached_property
    def _marginals(self) -> tuple[Normal, ...]:
        numbers = zip(self.means, self.deviations, self.low, self.high, strict=True)
        return tuple(Normal(*four) for four in numbers)

    @cached_property
    def _factor(self) -> np.ndarray:
        """L, lower triangular."""
        return np.linalg.cholesky(np.array(self.correlation))

    def __str__(self) -> str:
        return f"correlated, {'; '.join(f'{name} {self.marginal(name)}' for name in self.names)}"


def _distinct(owner: object, names: Sequence[str]) -> tuple[str, ...]:
    distinct = tuple(names)
    if not distinct or len(set(distinct)) < len(distinct):
        raise ValueError(
            f"{type(owner).__name__}.names must be one or more, none twice, got {distinct}"
        )
    return distinct


def _place(owner: object, names: tuple[str, ...], name: str) -> int:
    if name not in names:
        known = ", ".join(names)
        raise ValueError(f"{type(owner).__name__} draws {known}, got {name!r}")
    return names.index(name)


def _parsed(cell: str, where: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        raise ValueError(f"{where}: wanted a finite number, got {cell!r}") from None
    if not np.isfinite(number):
        raise ValueError(f"{where}: wanted a finite number, got {cell!r}")
    return number

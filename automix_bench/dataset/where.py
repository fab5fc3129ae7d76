"""Choose examples of a data set by their rows in the manifest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.dataset.manifest import MANIFEST, ManifestRow, read_columns, read_manifest
from automix_bench.dataset.schema import ROW
from automix_bench.errors import DatasetError, UsageError
from automix_bench.plugin import did_you_mean

Where = Mapping[str, Any] | Callable[[ManifestRow], Any]
"""What chooses examples: the values of columns, or a function of the row.

    {"rate": 44100, "split": ("train", "valid"), "stems": "vocals"}
    lambda row: row["mix_severity_db"] > 3.0

A value in a list, tuple or set of values is enough. A column of lists, such as `stems`, must hold
the value, or one of the values.
"""

COLUMNS = tuple(name for name in ROW if name not in ("knobs", "console", "labels"))
_SHOWN = 8


def chosen_numbers(folder: Path, split: str | None, where: Where) -> np.ndarray:
    """The numbers of the rows in the manifest that are in a split and that `where` chooses, in
    order.

    Raises:
        UsageError: `where` is neither a mapping nor a function, or names a column that is not
            there.
        DatasetError: no example is chosen, or the manifest is damaged.
    """
    if isinstance(where, Mapping):
        flags = _by_values(folder, split, where)
    elif callable(where):
        flags = _by_function(folder, split, where)
    else:
        raise UsageError(
            f"where must be a mapping such as {{'rate': 44100}} or a function of a row, "
            f"got {where!r:.80}"
        )
    numbers = np.flatnonzero(np.fromiter(flags, bool))
    if not len(numbers):
        raise DatasetError(f"{folder}: no example is chosen{_reason(folder, split, where)}")
    return numbers


def _by_function(
    folder: Path, split: str | None, where: Callable[[ManifestRow], Any]
) -> Iterable[bool]:
    for row in read_manifest(folder):
        try:
            yield split in (None, row["split"]) and bool(where(row))
        except KeyError as error:
            name = error.args[0] if error.args else None
            if not isinstance(name, str) or name in row:
                raise
            raise UsageError(_unknown(name, list(row))) from error


def _by_values(folder: Path, split: str | None, where: Mapping[str, Any]) -> Iterable[bool]:
    for name in where:
        if name not in COLUMNS:
            raise UsageError(_unknown(name, COLUMNS))
    demanded = [(name, _values(value)) for name, value in where.items()]
    if split is not None:
        demanded.append(("split", [split]))
    # A column that every manifest has comes first: without conditions every example is chosen.
    names = list(dict.fromkeys(("id", *(name for name, _ in demanded))))
    table = read_columns(folder, names)
    columns = {name: table.column(name).to_pylist() for name in names}
    return (
        all(_holds(columns[name][number], values) for name, values in demanded)
        for number in range(table.num_rows)
    )


def _values(value: Any) -> Collection[Any]:
    several = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
    return list(value) if several else [value]


def _holds(stored: Any, values: Collection[Any]) -> bool:
    own = stored if isinstance(stored, list) else [stored]
    return any(one in values for one in own)


def _unknown(name: object, known: Collection[str]) -> str:
    """The message on a column that is not there. A word of the name that is a column, such as the
    last one of `sample_rate`, is the guess."""
    words = [word for word in str(name).split("_") if word in known]
    guess = did_you_mean(str(name), known)
    if words:
        guess = f", did you mean {words[-1]!r}? there are {', '.join(known)}"
    return f"where: no column {name!r}{guess}"


def _reason(folder: Path, split: str | None, where: Where) -> str:
    """Which values the columns have that were asked for."""
    if not isinstance(where, Mapping):
        return f" by the function{f' in split {split}' if split else ''}"
    asked = {**where, **({"split": split} if split else {})}
    lines = []
    for name, value in asked.items():
        column = read_columns(folder, [name]).column(name).to_pylist()
        every = {one for cell in column for one in (cell if isinstance(cell, list) else [cell])}
        known = sorted(every, key=str)
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        listed = ", ".join(map(repr, known[:_SHOWN]))
        lines.append(f"asked for {name}={value!r:.80}, {MANIFEST} has {listed}{more}")
    return f": {'; '.join(lines)}"

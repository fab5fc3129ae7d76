"""Print tables that fit the terminal: every name whole, every row one line.

On a terminal a table that is too wide leaves out its least important columns, or is printed in
blocks of columns. With `--wide`, or in a file or a pipe, it has all columns side by side.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.table import Table
from rich.text import Text

from automix_bench.cli.output.terminal import console, options, styled

WIDEST = 100_000


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        head: may have several lines.
        spare: 0 if the column is always shown. Where the terminal is too narrow, the column of the
            highest number is left out first.
        style: of the head and the cells.
    """

    head: str
    right: bool = False
    spare: int = 0
    style: str = ""


@dataclass(frozen=True)
class TableRow:
    """The cells of a row, one for each column, and the row's style."""

    cells: tuple[str | Text, ...]
    style: str = ""


def columns(*heads: str, right: Sequence[str] = (), spare: Sequence[str] = ()) -> list[Column]:
    """Columns by their heads.

    Args:
        right: those aligned right.
        spare: those that may be left out, the first to go first.
    """
    turn = {head: len(spare) - place for place, head in enumerate(spare)}
    return [Column(head, head in right, turn.get(head, 0)) for head in heads]


def available_width() -> int | None:
    """The width that a table may have; None if it may be as wide as it is."""
    if options().wide or not sys.stdout.isatty():
        return None
    return console().width


def print_table(heads: Sequence[Column], rows: Sequence[TableRow]) -> None:
    """Print a table without the columns that do not fit, and name those."""
    width = available_width()
    shown, left_out = list(range(len(heads))), list[int]()
    while width is not None and natural_width(_table(heads, rows, shown)) > width:
        spare = [place for place in shown if heads[place].spare]
        if not spare:
            break
        left_out.append(max(spare, key=lambda place: heads[place].spare))
        shown.remove(left_out[-1])
    _print_whole(_table(heads, rows, shown))
    if left_out:
        names = ", ".join(" ".join(heads[place].head.split()) for place in sorted(left_out))
        console().print(f"Not shown at this width: {names}. --wide shows all.", style="dim")


def print_blocks(heads: Sequence[Column], rows: Sequence[TableRow], repeated: int) -> None:
    """Print a table in blocks of as many columns as fit.

    Args:
        repeated: how many of the first columns stand in every block.
    """
    first, rest = list(range(repeated)), list(range(repeated, len(heads)))
    width = available_width()
    while rest:
        count = len(rest)
        while (
            width is not None
            and count > 1
            and natural_width(_table(heads, rows, [*first, *rest[:count]])) > width
        ):
            count -= 1
        _print_whole(_table(heads, rows, [*first, *rest[:count]]))
        rest = rest[count:]


def fits(heads: Sequence[Column], rows: Sequence[TableRow]) -> bool:
    """Whether the whole table fits."""
    width = available_width()
    return width is None or natural_width(whole_table(heads, rows)) <= width


def natural_width(table: Table) -> int:
    """The width at which no cell of a table is folded."""
    wide = console(WIDEST, fixed=True)
    return wide.measure(table).maximum


def whole_table(heads: Sequence[Column], rows: Sequence[TableRow]) -> Table:
    """A table with all its columns."""
    return _table(heads, rows, range(len(heads)))


def _print_whole(table: Table) -> None:
    console(natural_width(table), fixed=True).print(table)


def _table(heads: Sequence[Column], rows: Sequence[TableRow], shown: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE)
    for place in shown:
        head = heads[place]
        justify: Literal["left", "right"] = "right" if head.right else "left"
        table.add_column(styled(head.head), justify=justify, style=head.style, no_wrap=True)
    for row in rows:
        table.add_row(*(row.cells[place] for place in shown), style=row.style)
    return table

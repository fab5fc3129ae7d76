"""Print on the terminal: JSON, tables, messages.

Results go to standard output, messages to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from automix_bench.files.canonical_json import nulled
from automix_bench.untrusted.shown import for_json, for_terminal, for_terminal_lines


@dataclass(frozen=True)
class OutputOptions:
    """How a command prints.

    Attributes:
        quiet: print results, failures and errors alone: no progress and no notes.
        wide: print all columns of tables, however narrow the terminal is.
    """

    quiet: bool = False
    wide: bool = False


_DEFAULT = OutputOptions()
_OPTIONS: ContextVar[OutputOptions] = ContextVar("output options", default=_DEFAULT)


def options() -> OutputOptions:
    """How the command that is running prints."""
    return _OPTIONS.get()


def set_options(chosen: OutputOptions) -> None:
    """Choose how the command that is running prints."""
    _OPTIONS.set(chosen)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; NaN is null."""
    print(json_text(value))


def json_text(value: Any) -> str:
    """A value as JSON of several lines; NaN is null."""
    return for_json(json.dumps(nulled(value), indent=1, ensure_ascii=False))


def print_line(line: str) -> None:
    """Print one line on standard output, whatever names stand in it."""
    print(for_terminal(line))


def print_lines(text: str) -> None:
    """Print a text of ours on standard output, without its last line break. Its lines stay lines:
    a stranger's name in it must be in one line already."""
    print(for_terminal_lines(text.removesuffix("\n")))


def message(line: str) -> None:
    """Print a line on standard error, unless the command is to be quiet."""
    if not options().quiet:
        warning(line)


def warning(line: str) -> None:
    """Print a line on standard error, also where the command is to be quiet: a failure."""
    print(for_terminal(line), file=sys.stderr)


def warning_lines(text: str) -> None:
    """Print a text of ours on standard error, as `warning` and `print_lines` do."""
    print(for_terminal_lines(text.removesuffix("\n")), file=sys.stderr)


def styled(text: str, style: str = "") -> Text:
    """A text in a style, for a console. Its lines stay lines."""
    return Text(for_terminal_lines(text), style)


def messages(what: str, lines: Sequence[str], most: int = 10) -> None:
    """Print the first of many lines on standard error, each after `what`, and how many are left."""
    for line in lines[:most]:
        message(f"{what} {line}")
    if len(lines) > most:
        message(f"{what} {len(lines) - most} more")


class _PlainConsole(Console):
    """A console that shows a text in one line, and its escape sequences instead of sending them."""

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(for_terminal(text), **settings)


def console(width: int = 160, *, fixed: bool = False) -> Console:
    """A console on standard output, as wide as the terminal. It shows any text as text.

    Args:
        width: in characters, where the output goes to a file or a pipe.
        fixed: have that width on a terminal too.
    """
    own = None if sys.stdout.isatty() and not fixed else width
    height = own and 25  # without one, rich ignores the width on a terminal of type dumb
    return _PlainConsole(width=own, height=height, highlight=False, markup=False, emoji=False)


def table(*heads: str, right: Collection[str] = (), title: str | None = None) -> Table:
    """A table with lines only below its heads.

    Args:
        right: the heads of columns that are aligned right.
        title: above the table, aligned left.
    """
    made = Table(box=box.SIMPLE, title=title, title_justify="left")
    for head in heads:
        made.add_column(head, justify="right" if head in right else "left")
    return made


def no_interval(songs: int) -> str:
    """Why a mean over so few songs stands without an interval."""
    return f"{count_text(songs, 'song')}: no interval"


def unit_text(unit: str) -> str:
    """A unit as it is printed: the unit 1 is left out."""
    return unit.removeprefix("1")


def count_text(count: int, noun: str) -> str:
    """A count with its noun: "no items", "1 item", "2 items"."""
    return f"{count or 'no'} {noun}{'s' * (count != 1)}"

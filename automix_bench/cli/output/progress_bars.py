"""Progress bars."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from automix_bench.untrusted.shown import for_terminal


class Bars:
    """Progress bars on standard error with rate, time gone and time left; silent where it is no
    terminal. The bar itself takes what width the texts leave."""

    def __init__(self, console: Console, quiet: bool = False) -> None:
        """
        Args:
            quiet: show nothing.
        """
        self._bars = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(None, table_column=Column(ratio=1, min_width=4)),
            TextColumn("{task.fields[done]} {task.fields[unit]}", table_column=_whole()),
            TextColumn("{task.fields[rate]}", table_column=_whole()),
            TimeElapsedColumn(table_column=_whole()),
            TextColumn("left", style="dim", table_column=_whole()),
            TimeRemainingColumn(table_column=_whole()),
            console=console,
            disable=quiet or not console.is_terminal,
            expand=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: float, total: float, unit: str) -> None:
        """Show that `done` of `total` are finished."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(
                for_terminal(what), total=total, unit=unit, rate="", done=""
            )
        task = self._tasks[what]
        speed = self._bars.tasks[self._bars.task_ids.index(task)].speed
        rate = f"{speed:.1f}/s" if speed and speed >= 0.1 else ""
        of_total = f"{_short(done)}/{_short(total)}"
        self._bars.update(task, completed=done, total=total, rate=rate, done=of_total)

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()


def _whole() -> Column:
    """A column whose text is never cut."""
    return Column(no_wrap=True, justify="right")


def _short(count: float) -> str:
    """A count with one decimal, unless it is whole."""
    return f"{count:.1f}".removesuffix(".0")

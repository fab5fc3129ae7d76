"""Progress bars."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from automix_bench.untrusted.shown import for_terminal


class Bars:
    """Progress bars on standard error with rate and time left; silent where it is no terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: float, total: float, unit: str) -> None:
        """Show that `done` of `total` are finished."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(
                for_terminal(what), total=total, unit=unit, rate=""
            )
        task = self._tasks[what]
        speed = self._bars.tasks[self._bars.task_ids.index(task)].speed
        rate = f"{speed:.1f} {unit}/s" if speed else ""
        self._bars.update(task, completed=done, total=total, rate=rate)

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

"""Boards, progress and lists as people read them in a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from automix_bench.leaderboard import ARROWS, Board, Row, interval, percent, titled


def print_board(board: Board, console: Console) -> None:
    """The ranking by the first metric, then every metric with its interval."""
    first, *others = board.task.metrics
    table = Table(title=f"{board.task.name}: {board.task.description}", title_justify="left")
    for head in ("rank", "model"):
        table.add_column(head)
    for head in (
        f"{first.name}\n{first.unit} {ARROWS[first.better]}",
        "better than\nthe floor by",
        "covered floor\nto ceiling",
        "items\nanswered",
        "× real\ntime",
    ):
        table.add_column(head, justify="right")
    for row in board.rows:
        table.add_row(
            str(row.rank or "–"), titled(row), interval(row.estimates[first.name]),
            interval(row.gain) if row.part != "floor" else "–", percent(row.covered),
            percent(row.coverage), f"{row.speed:.0f}" if row.speed == row.speed else "–",
            style=_style(row),
        )  # fmt: skip
    console.print(table)
    detail = Table(title="the other metrics", title_justify="left")
    detail.add_column("metric")
    detail.add_column("unit")
    for row in board.rows:
        detail.add_column(row.model, justify="right", style=_style(row))
    for metric in others:
        cells = [interval(row.estimates[metric.name]) for row in board.rows]
        detail.add_row(metric.name, f"{metric.unit} {ARROWS[metric.better]}", *cells)
    console.print(detail)
    songs = max(row.estimates[first.name].songs for row in board.rows)
    console.print(
        f"Means over {songs} songs; in brackets 95 % intervals by bootstrap over songs. "
        f"Data {board.dataset[:12]}.",
        style="dim",
    )


def _style(row: Row) -> str:
    if row.coverage < 1.0:
        return "red"
    return "" if row.part == "entry" else "dim"


class Bars:
    """Progress bars on standard error with rate and time left; silent where it is no terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
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
            self._tasks[what] = self._bars.add_task(what, total=total, unit=unit, rate="")
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

"""Print boards and scorecards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.table import Table

from automix_bench.cli.output.terminal import print_json, tell, tell_lines, terminal
from automix_bench.evaluation.evaluate import Evaluation
from automix_bench.evaluation.leaderboard import (
    ARROWS,
    Board,
    Row,
    interval,
    percent,
    ranked,
    titled,
)
from automix_bench.metric import Metric
from automix_bench.scorecard import Scorecard


def print_board(board: Board) -> None:
    """The ranking by the first metric, then every metric with its interval."""
    console = terminal()
    first, *others = board.task.metrics
    table = Table(title=f"{board.task.name}: {board.task.description}", title_justify="left")
    for head in ("rank", "model"):
        table.add_column(head)
    for head in (
        f"{first.name}\n{_unit(first)}",
        "better than\nthe floor by",
        "covered floor\nto ceiling",
        "items\nanswered",
        "× real\ntime",
    ):
        table.add_column(head, justify="right")
    for row in board.rows:
        table.add_row(
            ranked(row),
            titled(row),
            interval(row.estimates[first.name]),
            interval(row.gain) if row.part != "floor" else "–",
            percent(row.covered),
            percent(row.coverage),
            f"{row.speed:.0f}" if row.part == "entry" else "–",
            style=_style(row),
        )
    console.print(table)
    detail = Table(title="the other metrics", title_justify="left")
    detail.add_column("metric")
    detail.add_column("unit")
    for row in board.rows:
        detail.add_column(row.model, justify="right", style=_style(row))
    for metric in others:
        cells = [interval(row.estimates[metric.name]) for row in board.rows]
        detail.add_row(metric.name, _unit(metric), *cells)
    if others:
        console.print(detail)
    songs = max(row.estimates[first.name].songs for row in board.rows)
    intervals = "in brackets 95 % intervals over songs" if songs > 1 else "one song: no interval"
    told = "Models that share a letter are not told apart. " if _tied(board) else ""
    console.print(
        f"Means over {songs} songs; {intervals}. {told}Data {board.dataset[:12]}.",
        style="dim",
    )


def _tied(board: Board) -> bool:
    return any(row.standing is not None and row.standing.group for row in board.rows)


def show_board(board: Board, as_json: bool) -> None:
    """The board as a table, or as JSON."""
    if as_json:
        print_json(board.to_json())
    else:
        print_board(board)


def tell_failures(evaluated: Evaluation) -> None:
    """Which models failed on which items, and why."""
    for model, lines in evaluated.failures.items():
        tell_lines(f"{model} failed on", lines)


def print_card(card: Scorecard, metrics: Sequence[Metric], as_json: bool) -> None:
    """A scorecard's means and intervals."""
    found = {metric: card.estimate(metric) for metric in metrics}
    if as_json:
        values = {metric.name: asdict(estimate) for metric, estimate in found.items()}
        print_json({"model": card.model, "coverage": card.coverage, "metrics": values})
        return
    for metric, e in found.items():
        print(f"{metric.name}: {e.value:.3f} [{e.low:.3f}, {e.high:.3f}] {metric.unit}")
    print(f"coverage {card.coverage:.1%}")


def tell_kept(kept: Mapping[str, int]) -> None:
    """Whose answers were not asked for again."""
    for model, count in kept.items():
        tell(f"{model}: {count} answers kept from an earlier run; --fresh asks again")


def _unit(metric: Metric) -> str:
    """The unit, where there is one, and which way is up."""
    return f"{metric.unit.removeprefix('1')} {ARROWS[metric.better]}".strip()


def _style(row: Row) -> str:
    if row.coverage < 1.0:
        return "red"
    return "" if row.part == "entry" else "dim"

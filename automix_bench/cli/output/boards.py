"""Print boards and scorecards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.table import Table

from automix_bench.cli.output.terminal import console, message, messages, print_json, unit_text
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


def show_board(board: Board, as_json: bool = False) -> None:
    """Print the ranking by the task's first metric, then every other metric with its interval."""
    if as_json:
        print_json(board.to_json())
        return
    first, *others = board.task.metrics
    terminal = console()
    terminal.print(ranking_table(board))
    if others:
        terminal.print(_other_metrics(board, others))
    songs = max(row.estimates[first.name].songs for row in board.rows)
    intervals = "in brackets 95 % intervals over songs" if songs > 1 else "one song: no interval"
    tied = any(row.standing is not None and row.standing.group for row in board.rows)
    letters = "Models that share a letter do not differ significantly. " if tied else ""
    if board.note:
        terminal.print(f"{board.note[0].upper()}{board.note[1:]}.")
    terminal.print(
        f"Means over {songs} songs; {intervals}. {letters}Data {board.dataset[:12]}.", style="dim"
    )


def ranking_table(board: Board) -> Table:
    """The ranking of a board by its task's first metric."""
    first = board.task.metrics[0]
    table = Table(title=f"{board.task.name}: {board.task.description}", title_justify="left")
    table.add_column("rank")
    table.add_column("model")
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
    return table


def _other_metrics(board: Board, metrics: Sequence[Metric]) -> Table:
    table = Table(title="the other metrics", title_justify="left")
    table.add_column("metric")
    table.add_column("unit")
    for row in board.rows:
        table.add_column(row.model, justify="right", style=_style(row))
    for metric in metrics:
        cells = [interval(row.estimates[metric.name]) for row in board.rows]
        table.add_row(metric.name, _unit(metric), *cells)
    return table


def _unit(metric: Metric) -> str:
    """The unit, and an arrow to where better values are."""
    return f"{unit_text(metric.unit)} {ARROWS[metric.better]}".strip()


def _style(row: Row) -> str:
    if row.coverage < 1.0:
        return "red"
    return "" if row.part == "entry" else "dim"


def show_scorecard(card: Scorecard, metrics: Sequence[Metric], as_json: bool) -> None:
    """Print a scorecard's means, with their intervals."""
    estimates = {metric: card.estimate(metric) for metric in metrics}
    if as_json:
        values = {metric.name: asdict(estimate) for metric, estimate in estimates.items()}
        facts = {"model": card.model, "coverage": card.coverage, "note": card.note}
        print_json({**facts, "metrics": values})
        return
    for metric, e in estimates.items():
        print(f"{metric.name}: {e.value:.3f} [{e.low:.3f}, {e.high:.3f}] {metric.unit}")
    print(f"coverage {card.coverage:.1%}")
    if card.note:
        print(card.note)


def show_reused(counts: Mapping[str, int]) -> None:
    """Print how many stored answers of each model were used again."""
    for model, count in counts.items():
        message(f"{model}: {count} stored answers used again; --fresh runs the model again")


def show_failures(failures: Mapping[str, Sequence[str]]) -> None:
    """Print on which items each model failed, and why."""
    for model, lines in failures.items():
        messages(f"{model} failed on", lines)

"""Print boards and scorecards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from math import isfinite

from rich.table import Table

from automix_bench.cli.output.terminal import (
    console,
    count_text,
    message,
    messages,
    no_interval,
    print_json,
    print_line,
    styled,
    unit_text,
)
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
from automix_bench.untrusted.shown import for_terminal

ABOUT = ("model", "weights", "recipe", "split", "songs", "note")
"""What `score --json` prints of a scorecard beside its scores."""


def show_board(board: Board, as_json: bool = False) -> None:
    """Print the ranking by the task's first metric, then every other metric with its interval."""
    if as_json:
        print_json(board.to_json())
        return
    others = board.task.metrics[1:]
    terminal = console()
    terminal.print(ranking_table(board))
    if others:
        terminal.print(_other_metrics(board, others))
    songs = count_text(board.scored_songs, "song")
    one = board.scored_songs < 2
    intervals = "no interval" if one else "in brackets 95 % intervals over songs"
    tied = any(row.standing is not None and row.standing.group for row in board.rows)
    letters = "Models that share a letter do not differ significantly. " if tied else ""
    terminal.print(f"Means over {songs}: {intervals}. {letters}".rstrip(), style="dim")
    for line in board.about():
        terminal.print(line)


def ranking_table(board: Board) -> Table:
    """The ranking of a board by its task's first metric."""
    first = board.task.metrics[0]
    title = f"{board.task.name}: {board.task.description}"
    table = Table(title=title, title_justify="left")
    table.add_column("rank")
    table.add_column("model")
    for head in (
        f"{for_terminal(first.name)}\n{_unit(first)}",
        "better than\nthe floor by",
        "covered floor\nto ceiling",
        "items\nanswered",
        "× real\ntime",
    ):
        table.add_column(styled(head), justify="right")
    for row in board.rows:
        table.add_row(
            ranked(row),
            titled(row),
            interval(row.estimates[first.name]),
            interval(row.gain) if row.part != "floor" else "–",
            percent(row.covered),
            percent(row.coverage),
            f"{row.speed:.0f}" if row.part == "entry" and isfinite(row.speed) else "–",
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
        about = {key: getattr(card, key) for key in ABOUT}
        print_json({**about, "coverage": card.coverage, "metrics": values})
        return
    for metric, mean in estimates.items():
        line = f"{metric.name}: {interval(mean, 3)} {metric.unit}"
        print_line(line if mean.songs > 1 else f"{line} ({no_interval(mean.songs)})")
    print_line(f"coverage {percent(card.coverage)}")


def show_reused(counts: Mapping[str, int], unknown: Collection[str] = ()) -> None:
    """Print how many stored answers of each model were used again.

    Args:
        unknown: the models whose weights are unknown, so that the answers may be of older ones.
    """
    for model, count in counts.items():
        again = (
            "its weights are unknown: after new training give --fresh"
            if model in unknown
            else "--fresh runs the model again"
        )
        message(f"{model}: {count} stored answers used again; {again}")


def show_note(note: str) -> None:
    """Print what a reader of the scores must know about the data, if there is anything."""
    if note:
        message(f"note: {note}")


def show_failures(failures: Mapping[str, Sequence[str]]) -> None:
    """Print on which items each model failed, and why."""
    for model, lines in failures.items():
        messages(f"{model} failed on", lines)

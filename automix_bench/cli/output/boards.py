"""Print boards and scorecards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite, nan
from pathlib import Path

from automix_bench.charts.number_text import examples_text, interval, percent
from automix_bench.cli.output.tables import (
    Column,
    TableRow,
    fits,
    print_blocks,
    print_table,
)
from automix_bench.cli.output.terminal import (
    console,
    count_text,
    message,
    no_interval,
    print_json,
    print_line,
    unit_text,
    warning,
    warning_lines,
)
from automix_bench.evaluation.board_cells import ARROWS, Row, covered_text, ranked, titled
from automix_bench.evaluation.failures import Failure, by_cause, from_here
from automix_bench.evaluation.leaderboard import Board
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard
from automix_bench.statistics import Estimate
from automix_bench.untrusted.shown import for_terminal

ABOUT = ("model", "weights", "recipe", "split", "songs", "note", "examples", "left_out")
"""What `score --json` prints of a scorecard beside its scores."""


def show_board(
    board: Board, as_json: bool = False, failed: Mapping[str, Sequence[Failure]] | None = None
) -> None:
    """Print the ranking by the metric that ranks, then every other metric with its interval.

    Args:
        failed: by model, the examples on which it failed; for JSON alone.
    """
    if as_json:
        failures = {} if failed is None else {"failures": failures_json(failed)}
        print_json(board.to_json() | failures)
        return
    terminal = console()
    terminal.print(f"{board.task.name}: {board.task.description}", style="italic")
    if board.loud:
        terminal.print(board.loud, style="bold red")
    print_table(*ranking(board))
    if others := board.metrics[1:]:
        terminal.print("the other metrics", style="italic")
        _print_other_metrics(board, others)
    songs = count_text(board.scored_songs, "song")
    one = board.scored_songs < 2
    intervals = "no interval" if one else "in brackets 95 % intervals over songs"
    tied = any(row.standing is not None and row.standing.group for row in board.rows)
    letters = "Models that share a letter do not differ significantly. " if tied else ""
    terminal.print(f"Means over {songs}: {intervals}. {letters}".rstrip(), style="dim")
    for line in board.about():
        terminal.print(line)


def ranking(board: Board) -> tuple[list[Column], list[TableRow]]:
    """The ranking of a board by the metric that ranks it. What tells models apart is kept longest
    where the terminal is narrow."""
    first = board.metrics[0]
    all_answered = all(row.coverage == 1.0 for row in board.rows)
    heads = [
        Column("rank"),
        Column("model"),
        Column(f"{for_terminal(first.name)}\n{_unit(first)}", right=True),
        Column("better than\nthe floor by", right=True, spare=3),
        Column("covered\nfloor to\nceiling", right=True, spare=1),
        Column("items\nanswered", right=True, spare=4 if all_answered else 2),
        Column("× real\ntime", right=True, spare=5),
    ]
    rows = [
        TableRow(
            (
                ranked(row) if row.coverage == 1.0 else "failed",
                titled(row),
                interval(row.estimates[first.name]),
                interval(row.gain) if row.part != "floor" else "–",
                covered_text(row),
                percent(row.coverage),
                f"{row.speed:.0f}" if row.part == "entry" and isfinite(row.speed) else "–",
            ),
            _style(row),
        )
        for row in board.rows
    ]
    return heads, rows


def _print_other_metrics(board: Board, metrics: Sequence[Ranged]) -> None:
    """Print a line for each metric, a column for each model; without intervals and in blocks of
    models where they do not fit."""
    heads = [Column("metric"), Column("unit")]
    heads += [Column(for_terminal(row.model), True, style=_style(row)) for row in board.rows]

    def rows(show: Callable[[Estimate], str]) -> list[TableRow]:
        return [
            TableRow((m.name, _unit(m), *(show(row.estimates[m.name]) for row in board.rows)))
            for m in metrics
        ]

    if fits(heads, rows(interval)):
        print_table(heads, rows(interval))
        return
    print_blocks(heads, rows(lambda one: interval(replace(one, low=nan, high=nan))), 2)
    console().print("Not shown at this width: intervals. --wide shows all.", style="dim")


def _unit(metric: Ranged) -> str:
    """The unit, and an arrow to where better values are."""
    return f"{unit_text(metric.unit)} {ARROWS[metric.better]}".strip()


def _style(row: Row) -> str:
    if row.coverage < 1.0:
        return "red"
    return "" if row.part == "entry" else "dim"


def show_scorecard(card: Scorecard, metrics: Sequence[Ranged], as_json: bool) -> None:
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
    if counted := examples_text(card.examples, card.left_out):
        print_line(counted)


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


def show_answers(runs: Mapping[str, Path], ends: Collection[str]) -> None:
    """Print where the answers of each model lie, which `submit pack` wants.

    Args:
        ends: the floor and the ceiling of the task, of which nobody asks.
    """
    for model, folder in runs.items():
        if model not in ends:
            message(f"{model}: its answers lie in {folder}")


def show_note(note: str) -> None:
    """Print what a reader of the scores must know about the data, if there is anything."""
    if note:
        message(f"note: {note}")


def show_failures(failed: Mapping[str, Sequence[Failure]], most: int = 10) -> None:
    """Print why each model failed: each cause once, with the place in the model's own code.

    Args:
        most: how many causes of a model are printed.
    """
    for model, failures in failed.items():
        causes = by_cause(failures)
        for cause in causes[:most]:
            first, more = cause.first, len(cause.items) - 1
            warning(f"{model} failed on {first}")
            if first.frames:
                warning_lines(first.frames)
            if more:
                warning(f"  the same on {count_text(more, 'more example')}")
            if first.file:
                warning("  the whole traceback:")
                warning(from_here(first.file))
        if left := causes[most:]:
            items = sum(len(cause.items) for cause in left)
            warning(f"{model} failed on {items} more, for {count_text(len(left), 'other reason')}")


def show_model_error(failure: Failure) -> None:
    """Print the whole traceback of a model's error."""
    if failure.trace:
        warning_lines(failure.trace)


def failures_json(failed: Mapping[str, Sequence[Failure]]) -> dict[str, list[dict[str, str]]]:
    """By model, the examples on which it failed, and why."""
    return {
        model: [
            {
                "item": one.item,
                "reason": one.reason,
                "frames": one.frames,
                "traceback": str(one.file or ""),
            }
            for one in failures
        ]
        for model, failures in failed.items()
    }

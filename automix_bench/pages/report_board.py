"""The board of a report as cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isnan
from typing import Any

from automix_bench.charts.number_text import interval, percent
from automix_bench.evaluation.board_cells import ARROWS, Row, covered_text, ranked, titled
from automix_bench.evaluation.leaderboard import Board
from automix_bench.pages.board_site import Cell, figure, interval_picture


def board_table(board: Board, style_of: Callable[[str], str]) -> dict[str, Any]:
    """The values of the table for the template: the rows of the board, best first, with every
    metric's mean over songs and its interval."""
    first = board.metrics[0].name
    estimates = [row.estimates[first] for row in board.rows]
    ends = [end for e in estimates for end in (e.value, e.low, e.high) if not isnan(end)]
    span = (min(ends, default=0.0), max(ends, default=1.0))
    return {
        "heads": list(_heads(board)),
        "rows": [
            {
                "kind": "" if row.part == "entry" else "end",
                "style": style_of(row.model),
                "cells": list(_cells(row, board, span)),
            }
            for row in board.rows
        ],
        "notes": list(filter(None, [board.loud, *board.about()])),
    }


def _heads(board: Board) -> Iterator[dict[str, Any]]:
    titles = [f"{m.name} ({m.unit}) {ARROWS[m.better]}" for m in board.metrics]
    right = [titles[0], "gain", "covered", "answered", *titles[1:]]
    for name in ("rank", "model", "95 % interval", *right):
        sorts = name != "95 % interval"
        yield {"name": name, "sorts": sorts, "classes": "figure" if name in right else ""}


def _cells(row: Row, board: Board, span: tuple[float, float]) -> Iterator[Cell]:
    first, *further = board.metrics
    estimate = row.estimates[first.name]
    yield Cell(ranked(row), row.rank or "")
    yield Cell(titled(row), row.model)
    yield Cell(picture=interval_picture(estimate, span))
    yield figure(interval(estimate), estimate.value)
    is_entry = row.part == "entry"
    yield figure(interval(row.gain), row.gain.value) if is_entry else Cell("–", classes="figure")
    yield figure(covered_text(row), row.covered)
    yield figure(percent(row.coverage), row.coverage)
    for metric in further:
        of = row.estimates[metric.name]
        yield figure(interval(of), of.value)

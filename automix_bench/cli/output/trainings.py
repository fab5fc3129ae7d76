"""Print the result of a training, and of trying one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from automix_bench.cli.output.tables import TableRow, columns, print_table
from automix_bench.cli.output.terminal import count_text, print_json, print_line, styled
from automix_bench.training.results import CARD, PAGE, TrainingResult
from automix_bench.training.training_check import CheckLine


def show_result(name: str, result: TrainingResult, as_json: bool) -> None:
    """Print how far a training is, and where its files are."""
    if as_json:
        print_json(result.to_json())
        return
    best = ""
    if math.isfinite(result.best):
        best = f"; best validation {result.best:.4g}, at step {result.best_step}"
    state = result.ended or "not at its end: the same command goes on"
    print_line(f"{name}: {result.step} of {result.steps} steps, {state}{best}")
    if result.skipped:
        skipped = count_text(result.skipped, "step")
        print_line(f"{skipped} skipped: the loss or its gradient was not finite")
    if result.weights is not None:
        print_line(f"weights: {result.weights}")
        print_line(f"card: {result.folder / CARD}")
    if (result.folder / PAGE).is_file():
        print_line(f"curves: {result.folder / PAGE}")


def show_check(name: str, lines: Sequence[CheckLine], as_json: bool) -> None:
    """Print a line for each thing that was tried."""
    if as_json:
        print_json({"training": name, "lines": [line.to_json() for line in lines]})
        return
    rows = [
        TableRow(
            (
                line.name,
                styled("pass", "green") if line.holds else styled("FAILS", "bold red"),
                line.figure,
                line.expected,
            )
        )
        for line in lines
    ]
    print_table(columns("tried", "", "figure", "expected", spare=("expected",)), rows)

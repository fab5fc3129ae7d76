"""Print the state of jobs on a SLURM cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from automix_bench.cli.output.terminal import count_text, print_json, print_line, print_lines
from automix_bench.untrusted.shown import for_terminal
from automix_bench.workers.slurm.status import ArrayStatus, Failure, to_text


def show_statuses(spool: Path, statuses: Sequence[ArrayStatus], as_json: bool) -> None:
    """Print how far each array of jobs is."""
    if as_json:
        print_json([asdict(status) for status in statuses])
    else:
        print_lines(to_text(list(statuses)) if statuses else f"{for_terminal(str(spool))}: no jobs")


def show_failed_items(spool: Path, failures: Sequence[Failure], as_json: bool) -> None:
    """Print the items that failed, each with its error and log file, and their number."""
    if as_json:
        print_json([asdict(failure) for failure in failures])
        return
    for failure in failures:
        print_line(f"{failure.item}: {failure.error}")
        print_line(f"  {failure.log}")
    print_line(f"{spool}: {count_text(len(failures), 'item')} failed")

"""Print the state of jobs on a SLURM cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from automix_bench.cli.output.terminal import count_text, print_json
from automix_bench.workers.slurm.status import ArrayStatus, Failure, to_text


def show_statuses(spool: Path, statuses: Sequence[ArrayStatus], as_json: bool) -> None:
    """Print how far each array of jobs is."""
    if as_json:
        print_json([asdict(status) for status in statuses])
    else:
        print(to_text(list(statuses)) if statuses else f"{spool}: no jobs")


def show_failed_items(spool: Path, failures: Sequence[Failure], as_json: bool) -> None:
    """Print the items that failed, each with its error and log file, and their number."""
    if as_json:
        print_json([asdict(failure) for failure in failures])
        return
    for failure in failures:
        print(f"{failure.item}: {failure.error}\n  {failure.log}")
    print(f"{spool}: {count_text(len(failures), 'item')} failed")

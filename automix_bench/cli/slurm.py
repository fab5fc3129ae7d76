"""The commands about jobs on a SLURM cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json

Spool = Annotated[
    Path | None,
    typer.Argument(
        help="The folder that the jobs share, as given to the executor. Default: the executor's."
    ),
]


def status(spool: Spool = None, as_json: Json = False) -> None:
    """Show the state of SLURM jobs."""
    from automix_bench.cli.output.slurm import show_statuses
    from automix_bench.workers.slurm.status import array_statuses

    folder = _folder(spool)
    show_statuses(folder, array_statuses(folder), as_json)


def failed(spool: Spool = None, as_json: Json = False) -> None:
    """List the failed items of SLURM jobs, each with its log.

    Exit code 5 if there are any.
    """
    from automix_bench.cli.output.slurm import show_failed_items
    from automix_bench.workers.slurm.status import failures

    folder = _folder(spool)
    items = failures(folder)
    show_failed_items(folder, items, as_json)
    if items:
        raise typer.Exit(5)


def _folder(spool: Path | None) -> Path:
    from automix_bench.errors import UsageError
    from automix_bench.files.cache_folder import cache_folder

    if spool is not None and not spool.is_dir():
        raise UsageError(f"{spool}: no such folder: give the spool of the jobs, or none")
    return spool or cache_folder("slurm")

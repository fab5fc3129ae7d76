"""The commands about jobs on a cluster."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json

Spool = Annotated[
    Path | None,
    typer.Argument(help="The folder that the jobs talk over; the executor's own if none is given."),
]


def status(spool: Spool = None, as_json: Json = False) -> None:
    """Say how the array jobs on a SLURM cluster stand."""
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.workers.slurm.status import array_statuses, to_text

    folder = _folder(spool)
    found = array_statuses(folder)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        typer.echo(to_text(found) if found else f"{folder}: no jobs")


def failed(spool: Spool = None, as_json: Json = False) -> None:
    """List the items of jobs on a SLURM cluster that failed, each with its log."""
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.workers.slurm.status import failures

    folder = _folder(spool)
    found = failures(folder)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            typer.echo(f"{one.item}: {one.error}\n  {one.log}")
        typer.echo(f"{folder}: {len(found) or 'no'} item{'s' * (len(found) != 1)} failed")
    if found:
        raise typer.Exit(5)


def _folder(spool: Path | None) -> Path:
    from automix_bench.errors import UsageError
    from automix_bench.files.cache_folder import cache_folder

    if spool is not None and not spool.is_dir():
        raise UsageError(f"{spool}: no such folder: give the spool of the jobs, or none")
    return spool or cache_folder("slurm")

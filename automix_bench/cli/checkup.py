"""The command that checks one model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import (
    Json,
    MemoryLimit,
    ModelReads,
    TimeLimit,
    bars,
    limits_of,
    readable,
)


def check(
    model: Annotated[
        str,
        typer.Argument(
            help="Name of a model, a .py file or a model.toml.",
            autocompletion=completion.plugins("models"),
        ),
    ],
    task: Annotated[
        str | None,
        typer.Option(
            help="What it is a model of: a task's name or .py file. Default: that of a built-in "
            "model, else mixing.",
            autocompletion=completion.plugins("tasks"),
        ),
    ] = None,
    trial: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Run only this trial. Repeatable. Default: all."),
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="Also try ten minutes of music.")] = False,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An HTML file to write the results to.")
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="A folder to write what is heard of failures to."),
    ] = None,
    time_limit: TimeLimit = 120.0,
    memory_limit: MemoryLimit = 16.0,
    model_reads: ModelReads = None,
    as_json: Json = False,
) -> None:
    """Check a model on what the field finds difficult.

    One trial at a time: order and number of tracks, levels, rates, lengths, names, bleed, latency,
    artifacts, consoles, settings, and whether it could cheat. Exit code 3 if a trial fails.
    """
    from automix_bench.checkup import check as check_model
    from automix_bench.checkup.check_page import write_check_page
    from automix_bench.cli.output.checkup import show_check
    from automix_bench.cli.output.terminal import message
    from automix_bench.errors import UsageError

    if page is not None and not page.parent.is_dir():
        raise UsageError(f"{page}: there is no folder {page.parent} to write it to: make it first")
    with bars() as progress:
        report = check_model(
            model,
            task=task,
            trials=tuple(trial or ()),
            long=long,
            limits=limits_of(time_limit, memory_limit),
            reads=readable(model_reads),
            progress=progress,
        )
    show_check(report, as_json)
    if page is not None:
        write_check_page(report, page)
        message(f"{page}: open it in a browser")
    for path in report.write_sounds(audio) if audio is not None else ():
        message(f"written: {path}")
    if report.failed:
        raise typer.Exit(3)

"""The command line: parse, call one function of the library, print. No other work is done here.

Heavy imports wait until a command needs them, so that `--help` is quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from automix_bench import __version__, errors
from automix_bench.cli import (
    cache,
    data_sets,
    listening_tests,
    metrics,
    models,
    pages,
    plugins,
    publish,
    set_distances,
    slurm,
    sounds,
    statistics,
)

EXIT_CODES = (
    "Exit codes: 0 done · 1 a fault of automix-bench (with a traceback) · 2 what was asked for "
    "cannot be · 3 what is on disk is not what is needed, or verify found a problem · 4 no room on "
    "the disk · 5 a model, or a job on a cluster, failed on some items · 130 interrupted."
)

app = typer.Typer(
    help="Make pseudo-multitrack data, run mixing and effect-removal models on it, and rank them.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


# In the order of the help.
app.command()(data_sets.demo)
app.command()(data_sets.make)
app.command()(data_sets.verify)
app.command()(data_sets.traits)
app.command()(pages.stats)
app.command()(data_sets.rebuild)
app.command()(publish.credits)
app.command()(publish.export)
app.command()(publish.push)
app.command()(cache.cache)
app.command()(models.run)
app.command()(models.score)
app.command()(models.evaluate)
app.command()(models.board)
app.command()(statistics.compare)
app.command()(statistics.strata)
app.command()(statistics.power)
app.command()(listening_tests.ratings)
app.command()(listening_tests.agreement)
app.command()(sounds.measure)
app.command()(sounds.artifacts)
app.command()(metrics.metric)
app.command()(metrics.sensitivity)
app.command()(set_distances.distance)
app.command()(slurm.status)
app.command()(slurm.failed)
app.command("list")(plugins.list_plugins)
app.command()(plugins.show)
app.command()(plugins.card)


def main() -> None:
    """Say an expected error in one line; let an unexpected one show where it happened."""
    try:
        app()
    except BaseException as error:
        ending = errors.ending(error)
        if ending is None:
            raise
        if ending.line:
            typer.echo(f"automix-bench: {ending.line}", err=True)
        raise SystemExit(ending.code) from None


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit

"""The program `automix-bench`: its commands in the order and groups of `--help`, and `main`.

A command parses its options, calls one function of the library and prints the result. Its imports
stand inside its function, so that `--help` loads nothing heavy.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from automix_bench import __version__
from automix_bench.cli import (
    agents,
    benchmarks,
    boards,
    cache,
    checkup,
    data_sets,
    demo,
    leaderboards,
    listen,
    listening_tests,
    metrics,
    models,
    overlaps,
    pages,
    plugins,
    publish,
    sealed_rounds,
    set_distances,
    slurm,
    sounds,
    statistics,
    submissions,
    train,
)
from automix_bench.cli.options import with_output_options
from automix_bench.cli.recipe_help import TAKERS, CommandWithSettings
from automix_bench.untrusted.shown import for_terminal
from automix_bench.workers import exit_codes
from automix_bench.workers.end_signals import raising_end_signals

EXIT_CODES = (
    "Exit codes: 0 success · 1 a bug in automix-bench (with a traceback) · 2 wrong usage · "
    "3 files are missing, damaged or do not match, or a check failed · 4 the disk is full · "
    "5 a model or a cluster job failed on some items, or a training diverged · "
    "130 interrupted · 143 ended by SIGTERM, 129 by SIGHUP."
)

GROUPS: dict[str, tuple[Callable[..., None], ...]] = {
    "Start here": (
        demo.demo,
        plugins.list_plugins,
        data_sets.make,
        models.evaluate,
        statistics.compare,
    ),
    "Data sets": (
        data_sets.verify,
        pages.stats,
        publish.credits,
        data_sets.traits,
        data_sets.rebuild,
        publish.export,
        publish.push,
        cache.cache,
    ),
    "Training": (train.train,),
    "Benchmark": (
        models.run,
        models.score,
        overlaps.overlap,
        boards.board,
        pages.report,
        checkup.check,
        set_distances.distance,
        agents.brief,
    ),
    "Statistics": (statistics.strata, statistics.power),
    "Metrics and sound": (metrics.metric, metrics.sensitivity, sounds.measure, sounds.artifacts),
    "Listening": (listening_tests.ratings, listening_tests.agreement),
    "Clusters": (slurm.status, slurm.failed),
    "Plug-ins": (plugins.show, plugins.card),
}
"""The commands in the panels of `--help`. A command is called by its function's name, but
`list_plugins` is `list`."""

NESTED: dict[str, dict[str, tuple[Callable[..., None], ...]]] = {
    "Leaderboards": {
        "benchmark": (
            benchmarks.list_benchmarks,
            benchmarks.make,
            benchmarks.verify,
            benchmarks.freeze,
            sealed_rounds.seal,
            sealed_rounds.results,
            sealed_rounds.reveal,
            sealed_rounds.regenerate,
        ),
        "submit": (submissions.card, submissions.pack, submissions.verify, submissions.rerun),
        "leaderboard": (
            leaderboards.add,
            leaderboards.round_,
            leaderboards.tables,
            leaderboards.site,
            leaderboards.check,
        ),
    },
    "Listening tests": {
        "listen": (listen.export, listen.check, listen.serve, listen.read, listen.power)
    },
}
"""Commands of commands, in further panels: `submit pack`."""

_ABOUT_NESTED = {
    "benchmark": "Make official benchmarks, and hold hidden rounds.",
    "submit": "Pack a run for a leaderboard, or score such an archive again.",
    "leaderboard": "Put submissions on boards, and write their tables.",
    "listen": "Make, hold, read and plan listening tests.",
}

TABLES = {
    train.train,
    models.evaluate,
    overlaps.overlap,
    boards.board,
    checkup.check,
    statistics.compare,
    statistics.strata,
    statistics.power,
    metrics.metric,
    metrics.sensitivity,
    sounds.measure,
    sounds.artifacts,
    agents.brief,
    listening_tests.ratings,
    listening_tests.agreement,
}
"""The commands that print tables whose width depends on what is compared."""


def _help(command: Callable[..., None]) -> str:
    """A command's docstring with each paragraph in one line, which the terminal wraps."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


app = typer.Typer(
    help="Make pseudo-multitrack data, run mixing and effect-removal models on it, and rank them.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for group, commands in GROUPS.items():
    for command in commands:
        name = "list" if command is plugins.list_plugins else None
        with_options = with_output_options(command, command in TABLES)
        takes_settings = set(TAKERS) & inspect.signature(command).parameters.keys()
        app.command(
            name,
            cls=CommandWithSettings if takes_settings else None,
            help=_help(command),
            rich_help_panel=group,
        )(with_options)

for group, nested in NESTED.items():
    for name, commands in nested.items():
        below = typer.Typer(
            help=_ABOUT_NESTED[name],
            no_args_is_help=True,
            context_settings={"help_option_names": ["-h", "--help"]},
            pretty_exceptions_enable=False,
            rich_markup_mode="rich",
        )
        for command in commands:
            title = command.__name__.partition("_")[0]  # list_benchmarks is `list`
            below.command(title, help=_help(command))(with_output_options(command, False))
        app.add_typer(below, name=name, rich_help_panel=group)


def main() -> None:
    """Run the program. An expected error is printed in one line; a bug keeps its traceback."""
    try:
        with raising_end_signals():
            app()
    except BaseException as error:
        ending = exit_codes.ending(error)
        if ending is None:
            raise
        if ending.line:
            typer.echo(f"automix-bench: {for_terminal(ending.line)}", err=True)
        raise SystemExit(ending.code) from None


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit

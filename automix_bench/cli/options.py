"""Arguments that several commands take, and the progress they show."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from automix_bench.cli.output.progress_bars import Bars

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Data = Annotated[Path, typer.Argument(help="A data set that `make` made.")]
TaskName = Annotated[str, typer.Argument(help="A task by name, or a .py file.")]
Split = Annotated[
    str | None, typer.Option(help="Only the examples of train, valid or test; all of them if none.")
]
Metrics = Annotated[
    str | None,
    typer.Option(
        help="Metrics beyond the task's own, with commas between them: names, .py files, or cheap "
        "for all that are quick."
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Ask again for answers that an earlier run has.")
]
Cache = Annotated[
    Path | None,
    typer.Option(help="Where separated stems are kept; the user's cache folder if none is given."),
]
CacheGb = Annotated[
    float | None,
    typer.Option(
        help="How many GB of them may be kept: those used longest ago go first; "
        "AUTOMIX_BENCH_CACHE_GB, or any number, if none is given."
    ),
]
Effects = Annotated[
    list[str] | None,
    typer.Option(
        "--effect", help="The .py file of an effect in the data that is not built in; repeatable."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting of the recipe, as name=value; repeatable."),
]


def load_effects(files: Sequence[str] | None) -> None:
    """Make the effects known that a data set names and that are not built in.

    Raises:
        UnknownPlugin: there is no such file.
        BrokenPlugin: it cannot be loaded, or offers no single effect.
    """
    from automix_bench import plugin

    for name in files or ():
        plugin.load("effects", name)


@contextlib.contextmanager
def bars() -> Iterator[Bars]:
    """Progress on standard error, and nothing but results on standard output."""
    from rich.console import Console

    from automix_bench.cli.output.progress_bars import Bars

    # What a model or a plug-in prints is no result of ours.
    with Bars(Console(stderr=True)) as shown, contextlib.redirect_stdout(sys.stderr):
        yield shown

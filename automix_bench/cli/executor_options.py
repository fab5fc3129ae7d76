"""The options that say who does the work of a command, and the executor they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from automix_bench.executor import Executor

Workers = Annotated[int | None, typer.Option(help="How many pieces are worked at side by side.")]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="Who does the work: an executor by name, or a .py file. If none is given, this "
        "process; with --workers, local.",
    ),
]
ExecutorSettings = Annotated[
    list[str] | None,
    typer.Option("--executor-set", help="A setting of the executor, as name=value; repeatable."),
]


def crew(
    name: str | None, workers: int | None, settings: Sequence[str] | None = None
) -> Executor | None:
    """The executor of that name; None, which is this process, if nothing is said.

    Raises:
        UnknownPlugin: there is no such executor.
        UsageError: it has no such setting, or not with that value; or it is no executor.
    """
    from automix_bench import plugin
    from automix_bench.errors import UsageError
    from automix_bench.recipe_parts.settings_from_text import arguments_of, parsed, settings_of

    if name is None and workers is None and not settings:
        return None
    what = f"executor {name or 'local'}"
    offered = plugin.load("executors", name or "local")
    given = parsed(what, settings or ())
    if not callable(offered):
        raise UsageError(f"{what}: wanted a class or a function that makes one, got {offered!r}")
    if workers is not None:
        if "workers" not in settings_of(offered):
            raise UsageError(f"{what}: takes no number of --workers")
        if "workers" in given:
            raise UsageError(f"{what}: workers is set twice")
        given["workers"] = str(workers)
    return _checked(what, offered(**arguments_of(what, offered, given, "--executor-set")))


def _checked(what: str, made: object) -> Executor:
    from automix_bench.errors import UsageError
    from automix_bench.executor import Executor

    if not isinstance(made, Executor):
        raise UsageError(f"{what}: wanted something with a `map`, got {made!r}")
    return made

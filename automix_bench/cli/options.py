"""Arguments and options that several commands share, and the progress bars that they show."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automix_bench.cli import completion
from automix_bench.executor import Executor

if TYPE_CHECKING:
    from automix_bench.cli.output.progress_bars import Bars
    from automix_bench.isolation.privileges import Limits

_OUTPUT = "Output"
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON on standard output.", rich_help_panel=_OUTPUT),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print results and failures alone: no progress and no notes.",
        rich_help_panel=_OUTPUT,
    ),
]
Wide = Annotated[
    bool,
    typer.Option(
        "--wide",
        help="Print all columns of tables, however narrow the terminal is.",
        rich_help_panel=_OUTPUT,
    ),
]
Data = Annotated[Path, typer.Argument(help="The folder of a data set made by `make`.")]
RecipeName = Annotated[
    str,
    typer.Argument(
        help="Name of a recipe, or a .py file.", autocompletion=completion.plugins("recipes")
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A setting of the recipe. Repeatable. All of them: make RECIPE --help.",
        autocompletion=completion.settings,
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        help="Use only the examples of this split: train, valid or test. Default: all.",
        autocompletion=completion.words(*completion.SPLITS),
    ),
]
ScoredSplit = Annotated[
    str | None,
    typer.Option(
        "--split",
        help="Score the examples of this split: train, valid, test, or all for all of them. "
        "Default: test; all if no example is in test.",
        autocompletion=completion.words(*completion.SPLITS, "all"),
    ),
]
AnyData = Annotated[
    bool,
    typer.Option(
        "--any-data",
        help="Also score data of a recipe that the task does not read; boards note it.",
    ),
]
Effects = Annotated[
    list[str] | None,
    typer.Option(
        "--effect",
        metavar="FILE",
        help="The .py file of an effect in the data set that is not built in. Repeatable.",
    ),
]
TaskName = Annotated[
    str,
    typer.Argument(
        help="Name of a task, or a .py file.", autocompletion=completion.plugins("tasks")
    ),
]
TaskFile = Annotated[
    str | None,
    typer.Option("--task", metavar="FILE", help="The .py file of the task, if not built in."),
]
Answers = Annotated[Path, typer.Argument(help="The folder of answers written by `run`.")]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Run the models again, even if answers are stored.")
]
_MODELS = "What a model may use"
Samples = Annotated[
    int,
    typer.Option(
        min=1,
        max=1_000,
        metavar="K",
        help="Ask each model so many times, with another seed; scores are means.",
        rich_help_panel=_MODELS,
    ),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        min=0.1,
        metavar="SECONDS",
        help="The longest that a model may take for one answer.",
        rich_help_panel=_MODELS,
    ),
]
MemoryLimit = Annotated[
    float,
    typer.Option(
        "--memory-limit",
        min=0.1,
        metavar="GIB",
        help="The most memory that a model may take.",
        rich_help_panel=_MODELS,
    ),
]
ModelReads = Annotated[
    list[Path] | None,
    typer.Option(
        "--model-reads",
        metavar="PATH",
        help="A file or folder that models may read, besides their own files and their weights. "
        "Repeatable.",
        rich_help_panel=_MODELS,
    ),
]
FailFast = Annotated[
    bool,
    typer.Option(
        "--fail-fast",
        help="Stop at the first example on which a model fails, and print the traceback.",
    ),
]
MoreMetrics = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        help="Metrics in addition to the task's own, separated by commas: names or .py files; or "
        "`cheap` for all quick metrics. Default: none.",
        autocompletion=completion.plugin_lists("metrics"),
    ),
]
Cards = Annotated[list[Path], typer.Argument(help="Scorecards of one task and one data set.")]
OnlyMetrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        help="Use only this metric of the task. Repeatable. Default: all.",
        autocompletion=completion.plugins("metrics"),
    ),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="NAME=SHOWN",
        help="What a model is called in the output. Repeatable.",
        rich_help_panel=_OUTPUT,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        help="A picture to write as well: a .png, .svg or .pdf file. Default: none.",
        rich_help_panel=_OUTPUT,
    ),
]

_STEMS = "Cache of separated stems"
Cache = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the cache of separated stems. Default: in the user's cache folder.",
        rich_help_panel=_STEMS,
    ),
]
CacheGb = Annotated[
    float | None,
    typer.Option(
        help="Largest size of the cache in GB; the stems unused for longest are removed first. "
        "Default: AUTOMIX_BENCH_CACHE_GB if set, else no limit.",
        rich_help_panel=_STEMS,
    ),
]

_PARALLEL = "Parallel work"
Workers = Annotated[
    int | None,
    typer.Option(
        help="Number of parallel workers. Default: 1, this process; with an executor, its own.",
        rich_help_panel=_PARALLEL,
    ),
]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="What runs the work: local, ray, slurm, another executor by name, or a .py file. "
        "Default: this process; with --workers, local.",
        autocompletion=completion.plugins("executors"),
        rich_help_panel=_PARALLEL,
    ),
]
ExecutorSettings = Annotated[
    list[str] | None,
    typer.Option(
        "--executor-set",
        metavar="NAME=VALUE",
        help="A setting of the executor. Repeatable.",
        rich_help_panel=_PARALLEL,
    ),
]


def with_executor(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options `--workers`, `--executor` and `--executor-set`.

    They take the place of its parameter `executor`, which receives the executor that they describe
    (see `executor_from`). A command with a parameter `workers` receives that number too.
    """
    signature = inspect.signature(command, eval_str=True)
    options = {"workers": Workers, "executor": ExecutorName, "executor_set": ExecutorSettings}
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name == "executor":
            parameters += [
                inspect.Parameter(name, parameter.kind, default=None, annotation=annotation)
                for name, annotation in options.items()
            ]
        elif parameter.name not in options:
            parameters.append(parameter)

    @functools.wraps(command)
    def with_options(
        *,
        workers: int | None,
        executor: str | None,
        executor_set: list[str] | None,
        **arguments: Any,
    ) -> None:
        if "workers" in signature.parameters:
            arguments["workers"] = workers
        command(**arguments, executor=executor_from(executor, workers, executor_set))

    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return with_options


def with_output_options(command: Callable[..., None], tables: bool) -> Callable[..., None]:
    """Give a command the option `--quiet`, and `--wide` if it prints tables."""
    signature = inspect.signature(command, eval_str=True)
    added = {"wide": Wide, "quiet": Quiet} if tables else {"quiet": Quiet}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in added.items()
    ]

    @functools.wraps(command)
    def with_options(*, quiet: bool, wide: bool = False, **arguments: Any) -> None:
        from automix_bench.cli.output.terminal import OutputOptions, set_options

        set_options(OutputOptions(quiet, wide))
        command(**arguments)

    every = [*signature.parameters.values(), *parameters]
    with_options.__signature__ = signature.replace(parameters=every)  # type: ignore[attr-defined]
    return with_options


def executor_from(
    name: str | None, workers: int | None, settings: Sequence[str] | None = None
) -> Executor | None:
    """The executor `name` with its settings; None, which means this process, if all are None.

    Raises:
        UnknownPlugin: there is no such executor.
        UsageError: it has no such setting, the value does not fit, or it is no executor.
    """
    from automix_bench import plugin
    from automix_bench.errors import UsageError
    from automix_bench.recipe_parts.settings_from_text import arguments_of, parsed, settings_of

    if name is None and workers is None and not settings:
        return None
    what = f"executor {name or 'local'}"
    maker = plugin.load("executors", name or "local")
    given = parsed(what, settings or ())
    if not callable(maker):
        raise UsageError(f"{what}: must be a class or a function, got {maker!r}")
    if workers is not None:
        if "workers" not in settings_of(maker):
            raise UsageError(f"{what}: takes no number of --workers")
        if "workers" in given:
            raise UsageError(f"{what}: workers is set twice")
        given["workers"] = str(workers)
    executor = maker(**arguments_of(what, maker, given, "--executor-set"))
    if not isinstance(executor, Executor):
        raise UsageError(f"{what}: must have a method `map`, got {executor!r}")
    return executor


def load_effects(files: Sequence[str] | None) -> None:
    """Load the effects of a data set that are not built in.

    Raises:
        UnknownPlugin: there is no such file.
        BrokenPlugin: it cannot be loaded, or offers no single effect.
    """
    from automix_bench import plugin

    for name in files or ():
        plugin.load("effects", name)


@contextlib.contextmanager
def bars() -> Iterator[Bars]:
    """Show progress on standard error. Standard output is left to results: what models and
    plug-ins print goes to standard error too."""
    from rich.console import Console

    from automix_bench.cli.output.progress_bars import Bars
    from automix_bench.cli.output.terminal import options

    quiet = options().quiet
    with Bars(Console(stderr=True), quiet) as progress, contextlib.redirect_stdout(sys.stderr):
        yield progress


def limits_of(seconds: float, memory_gib: float) -> Limits:
    """How much of the machine a model may use."""
    from automix_bench.isolation.privileges import Limits

    return Limits(memory=round(memory_gib * (1 << 30)), item_seconds=seconds)


def readable(paths: Sequence[Path] | None) -> tuple[Path, ...]:
    """What models may read besides their own files.

    Raises:
        UsageError: there is nothing at a path.
    """
    from automix_bench.errors import UsageError

    for path in paths or ():
        if not path.exists():
            raise UsageError(f"--model-reads {path}: expected a file or a folder, found nothing")
    return tuple(path.resolve() for path in paths or ())

"""The commands that write pages: about a data set, and of the answers of models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Data, Effects, Json, bars, load_effects, with_executor
from automix_bench.executor import Executor


def stats(
    data: Data,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("stats.html"),
    examples: Annotated[
        int, typer.Option("--heard", help="Number of examples to decode for levels and spectra.")
    ] = 64,
    listen: Annotated[
        int, typer.Option(min=0, max=100, help="Number of examples to listen to on the page.")
    ] = 3,
    effect: Effects = None,
    as_json: Json = False,
) -> None:
    """Write a web page of statistics of a data set.

    It shows durations, levels, spectra, effects, severities and licences, and plays a few examples
    before and after their consoles.
    """
    from automix_bench.cli.output.terminal import print_json, print_line
    from automix_bench.dataset.folder import refuse_inside
    from automix_bench.errors import UsageError
    from automix_bench.pages.dataset_page import dataset_report

    if not out.parent.is_dir():
        raise UsageError(f"{out}: there is no folder {out.parent} to write it to: make it first")
    refuse_inside(out, data)
    load_effects(effect)
    with bars() as progress:
        dataset_report(
            data, out, examples_decoded=examples, examples_heard=listen, progress=progress
        )
    if as_json:
        print_json({"page": str(out)})
    else:
        print_line(f"{out}: open it in a browser")


@with_executor
def report(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Folders of runs: of `run`, or what `evaluate` keeps in --runs."),
    ],
    data: Data,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("report"),
    task: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this task: a name, or the .py file of your own. Repeatable. Default: all."
        ),
    ] = None,
    items: Annotated[
        int,
        typer.Option(
            min=1,
            max=10_000,
            help="Number of items to hear: the worst half of so many, and others evenly spaced.",
        ),
    ] = 12,
    seconds: Annotated[
        float,
        typer.Option(min=0.5, max=600.0, help="Longest excerpt, where an item is loudest."),
    ] = 15.0,
    stems: Annotated[
        int, typer.Option(min=1, max=100, help="Number of stems of an item to hear, worst first.")
    ] = 4,
    effect: Effects = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Write web pages to hear and compare answers.

    The pages lie in a folder that opens from disk, one for each task: the board, all scores, and
    players that switch between what was shown, the answers and the reference without a gap. A run
    without a scorecard is scored first.
    """
    from tempfile import TemporaryDirectory

    from automix_bench.cli.output.terminal import print_json, print_line
    from automix_bench.dataset.folder import refuse_inside
    from automix_bench.evaluation.stored_runs import stored_runs
    from automix_bench.files.byte_sizes import in_units
    from automix_bench.pages.report_page import report as write_report

    refuse_inside(out, data)
    load_effects(effect)
    with TemporaryDirectory() as scratch, bars() as progress:
        tasks = stored_runs(
            runs, data, Path(scratch), tasks=task or (), executor=executor, progress=progress
        )
        page = write_report(
            out, tasks, items=items, seconds=seconds, stems=stems, progress=progress
        )
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    if as_json:
        names = [of.task.name for of in tasks]
        print_json({"page": str(page), "tasks": names, "bytes": size})
    else:
        print_line(f"{page}: open it in a browser ({in_units(size)} in {out})")

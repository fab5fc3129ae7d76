"""The commands of `leaderboard`: submissions on boards, and tables and pages of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json, bars, with_executor
from automix_bench.executor import Executor

Folder = Annotated[
    Path, typer.Argument(help="The folder of leaderboards: <benchmark>/<entry>.json.")
]


@with_executor
def add(
    archive: Annotated[Path, typer.Argument(help="The archive of a submission.")],
    data: Annotated[Path, typer.Argument(help="The data of the benchmark that it names.")],
    folder: Folder,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of one with its name.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="The system, to be run again on drawn items.")
    ] = None,
    number: Annotated[str, typer.Option(help="With --model: a public number, for the draw.")] = "",
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Score a submission again, and put it on its board.

    Floor and ceiling are run too, unless they stand there. Exit code 3 if it is refused.
    """
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.evaluation.entry import entry as entry_of
    from automix_bench.submissions.benchmark import demand_benchmark
    from automix_bench.submissions.board_folder import add as add_entry
    from automix_bench.submissions.board_folder import benchmark_of
    from automix_bench.submissions.board_tables import write_tables
    from automix_bench.submissions.verify import record_of

    benchmark = benchmark_of(folder, record_of(archive).get("benchmark", ""))
    dataset = demand_benchmark(benchmark, data)
    with bars() as progress:
        entry, verified = add_entry(
            archive,
            benchmark,
            dataset,
            folder,
            replace_entry=replace,
            system=(model and entry_of(model, (data.resolve(),))) or None,
            number=number,
            executor=executor,
            progress=progress,
        )
    write_tables(folder)
    path = folder / benchmark.name / entry.file_name
    if as_json:
        print_json({"entry": str(path), "badge": entry.badge})
    largest = max(verified.largest.values(), default=0.0)
    compared = "of the system run again" if model else "from the stated scores"
    message(f"{path}: {verified.badge}; largest difference {compared}: {largest:.2g}")


def round_(
    results: Annotated[Path, typer.Argument(help="What `benchmark results` printed.")],
    folder: Folder,
    name: Annotated[str, typer.Argument(help="The name of the round, in a-z 0-9 -.")],
    revealed: Annotated[
        Path | None, typer.Option(help="What was published at its end, see `benchmark reveal`.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put the results of a hidden round on the board of its benchmark."""
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.submissions.board_folder import benchmark_of
    from automix_bench.submissions.board_rounds import add_round
    from automix_bench.submissions.board_tables import write_tables
    from automix_bench.submissions.sealed_round import read_results

    of = read_results(results)["benchmark"]
    path = add_round(folder, benchmark_of(folder, of), name, results, revealed)
    write_tables(folder)
    if as_json:
        print_json({"round": str(path)})
    message(f"{path}: written")


def tables(folder: Folder, as_json: Json = False) -> None:
    """Write the tables of all boards: Markdown, CSV, LaTeX and JSON."""
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.submissions.board_tables import write_tables

    paths = write_tables(folder)
    if as_json:
        print_json([str(path) for path in paths])
    message(f"{folder}: {len(paths)} files written")


def site(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="The folder for the site.")],
    as_json: Json = False,
) -> None:
    """Write a static site of all boards: an index, and a page for each."""
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.pages.board_site import board_site

    paths = board_site(folder, out)
    if as_json:
        print_json([str(path) for path in paths])
    message(f"{out / 'index.html'}: {len(paths)} files written")


def check(folder: Folder, as_json: Json = False) -> None:
    """Check every entry, and that the tables are those of the entries.

    Exit code 3 if something is wrong.
    """
    from automix_bench.cli.output.terminal import message, print_json, print_lines
    from automix_bench.submissions.board_faults import faults
    from automix_bench.untrusted.shown import for_terminal

    found = faults(folder)
    if as_json:
        print_json(found)
    elif found:
        print_lines("\n".join(map(for_terminal, found)))
    if found:
        raise typer.Exit(3)
    message(f"{folder}: nothing is wrong")

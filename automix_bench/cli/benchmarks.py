"""The commands of `benchmark`: official data sets, made again and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Cache, Data, Json, Settings, bars, with_executor
from automix_bench.executor import Executor

Name = Annotated[
    str, typer.Argument(help="A benchmark, see `benchmark list`; or the .toml file of one.")
]


def list_benchmarks(as_json: Json = False) -> None:
    """List the official benchmarks."""
    from automix_bench.cli.output.terminal import console, print_json, table
    from automix_bench.submissions.benchmark import benchmark_named, benchmark_names

    all_named = [benchmark_named(name) for name in benchmark_names()]
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "title": each.title,
                    "tasks": dict(each.tasks),
                    "songs": each.songs or None,
                    "examples": each.examples or None,
                    "fingerprint": each.fingerprint or None,
                    "needs": dict(each.needs),
                }
                for each in all_named
            ]
        )
        return
    shown = table("name", "tasks", "songs", "examples", "fingerprint", right=("songs", "examples"))
    for each in all_named:
        pinned = each.fingerprint[:12] or f"none: make it with --set {', '.join(each.needs)}=…"
        counts = [str(count or "–") for count in (each.songs, each.examples)]
        shown.add_row(each.name, ", ".join(each.tasks), *counts, pinned)
    console().print(shown)


@with_executor
def make(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="The folder for the data.")],
    settings: Settings = None,
    cache: Cache = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Make the data of a benchmark, or finish it, and check that it is the published one.

    Exit code 3 if the data differ from the published ones. The message says how.
    """
    from automix_bench.cli.output.terminal import message
    from automix_bench.submissions.benchmark import benchmark_named, make_benchmark

    benchmark = benchmark_named(name)
    with bars() as progress:
        dataset = make_benchmark(
            benchmark,
            folder,
            settings or [],
            cache=cache,
            executor=executor,
            progress=progress,
            told=message,
        )
    _show(benchmark.name, folder, dataset.fingerprint, bool(benchmark.fingerprint), as_json)


@with_executor
def verify(
    name: Name,
    data: Data,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Check that a folder holds the data of a benchmark, every file and its fingerprint."""
    from automix_bench.cli.output.data_sets import show_problems
    from automix_bench.dataset.verify import verify as verify_data_set
    from automix_bench.submissions.benchmark import benchmark_named, demand_benchmark

    benchmark = benchmark_named(name)
    dataset = demand_benchmark(benchmark, data)
    with bars() as progress:
        problems = verify_data_set(data, executor=executor, progress=progress)
    if problems:
        show_problems(data, problems, as_json)
        raise typer.Exit(3)
    _show(benchmark.name, data, dataset.fingerprint, bool(benchmark.fingerprint), as_json)


def freeze(
    name: Name,
    data: Data,
    out: Annotated[Path, typer.Argument(help="The .toml file to write; it has the name.")],
    as_json: Json = False,
) -> None:
    """Write the definition of a benchmark with the fingerprint of its data.

    For a benchmark of your own: write a .toml file without a fingerprint, make its data, freeze it.
    """
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.files.atomic import write_whole
    from automix_bench.submissions.benchmark import benchmark_named, frozen, read_benchmark

    write_whole(out, frozen(benchmark_named(name), data).encode())
    pinned = read_benchmark(out)
    if as_json:
        print_json({"benchmark": pinned.name, "fingerprint": pinned.fingerprint})
    message(f"{out}: {pinned.examples} examples of {pinned.songs} songs, {pinned.fingerprint}")


def _show(name: str, data: Path, fingerprint: str, published: bool, as_json: bool) -> None:
    from automix_bench.cli.output.terminal import message, print_json

    if as_json:
        print_json({"benchmark": name, "fingerprint": fingerprint, "published": published})
        return
    state = "as published" if published else "nobody has published it: see docs/benchmarks.md"
    message(f"{data}: benchmark {name}, fingerprint {fingerprint}, {state}")

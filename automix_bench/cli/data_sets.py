"""The commands about data sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.executor_options import ExecutorName, ExecutorSettings, Workers, crew
from automix_bench.cli.options import (
    Cache,
    CacheGb,
    Data,
    Effects,
    Json,
    Settings,
    Split,
    bars,
    load_effects,
)

if TYPE_CHECKING:
    from automix_bench.recipe import Recipe


def demo(
    songs: Annotated[Path | None, typer.Argument(help="A folder of your own mixed music.")] = None,
    out: Annotated[Path, typer.Option(help="Where everything is put.")] = Path("automix_demo"),
    cache: Cache = None,
) -> None:
    """Music to data set to boards, in a few minutes and with no download."""
    from automix_bench.cli.demo_run import demo as made_by
    from automix_bench.cli.output import boards, terminal
    from automix_bench.separation.separate import wanted_cache

    with bars() as progress:
        result = made_by(
            out, songs, cache=wanted_cache(cache), progress=progress, told=terminal.tell
        )
    terminal.tell_made(result.made)
    for evaluated in result.evaluated.values():
        boards.print_board(evaluated.board)
        boards.tell_failures(evaluated)
    terminal.print_next_steps(out, result.page)


def make(
    recipe: Annotated[str, typer.Argument(help="A recipe by name, or a .py file.")],
    out: Annotated[Path, typer.Argument(help="Where the data set is put, or gone on with.")],
    settings: Settings = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    executor_set: ExecutorSettings = None,
    allow_license: Annotated[
        list[str] | None,
        typer.Option(help="An SPDX licence that songs may have; repeatable, any if none is given."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            help="both, or before: what left the consoles is then rendered when it is read."
        ),
    ] = None,
    bits: Annotated[
        int | None, typer.Option(help="Of every sound that is stored: 24 or 16.")
    ] = None,
    consoles: Annotated[
        int | None, typer.Option(help="How many are drawn for each excerpt, each for an example.")
    ] = None,
    append: Annotated[
        bool, typer.Option("--append", help="Put songs that came since into shards of their own.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would make, and write nothing.")
    ] = False,
    cache: Cache = None,
    cache_gb: CacheGb = None,
    as_json: Json = False,
) -> None:
    """Make a recipe's data set. Killed, it goes on where it was; run again, it changes no byte."""
    from automix_bench.cli.output.terminal import print_json, tell, tell_made
    from automix_bench.making.make import make as made_by
    from automix_bench.recipe_parts.settings_from_text import recipe_from
    from automix_bench.separation.separate import wanted_cache
    from automix_bench.sources.only_licensed import OnlyLicensed

    wanted = recipe_from(recipe, settings or ())
    wanted = replace(
        wanted,
        store=wanted.store if store is None else store,
        bits=wanted.bits if bits is None else bits,
        consoles=wanted.consoles if consoles is None else consoles,
    )
    if allow_license:
        wanted = replace(wanted, source=OnlyLicensed(wanted.source, tuple(allow_license)))
    chosen = crew(executor, workers, executor_set)
    if dry_run:
        from automix_bench.executors.local import Local, cores

        unnamed = (chosen.workers or cores()) if isinstance(chosen, Local) else 1
        _tell_estimate(wanted, workers or unnamed, as_json)
        return
    with bars() as progress:
        made = made_by(
            wanted,
            out,
            cache=wanted_cache(cache, cache_gb),
            progress=progress,
            told=tell,
            executor=chosen,
            append=append,
        )
    tell_made(made)
    if as_json:
        rejected = [{"item": r.item, "reason": r.reason} for r in made.rejected]
        print_json(
            {
                "folder": str(out),
                "plan_root": made.plan.root,
                "examples": len(made.rows),
                "rejected": rejected,
                "shards_rendered": made.rendered,
            }
        )


def _tell_estimate(wanted: Recipe, workers: int, as_json: bool) -> None:
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.making.estimate import estimate, to_text

    found = estimate(wanted)
    if as_json:
        print_json(found.to_json())
    else:
        typer.echo(to_text(found, workers))


def verify(
    data: Data,
    rerender: Annotated[
        bool, typer.Option("--rerender", help="Render every example from its settings again.")
    ] = False,
    regenerate: Annotated[
        int, typer.Option(help="Render so many examples again, the same ones every time.")
    ] = 0,
    effect: Effects = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    executor_set: ExecutorSettings = None,
    as_json: Json = False,
) -> None:
    """Find what is damaged, missing or foreign in a data set."""
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.dataset.verify import verify as problems_in

    load_effects(effect)
    chosen = crew(executor, workers, executor_set)
    with bars() as progress:
        problems = problems_in(
            data, rerender=rerender, regenerate=regenerate, executor=chosen, progress=progress
        )
    if as_json:
        print_json([{"item": p.item, "what": p.what} for p in problems])
    else:
        for problem in problems:
            typer.echo(f"{problem.item}: {problem.what}")
        typer.echo(f"{data}: {len(problems) or 'no'} problem{'s' * (len(problems) != 1)}")
    if problems:
        raise typer.Exit(3)


def traits(data: Data, split: Split = None, effect: Effects = None) -> None:
    """Measure the average traits of a data set's stems, which `fx_normalised` aims at, as JSON."""
    from automix_bench.dataset.corpus_traits import measured, to_json
    from automix_bench.dataset.reader import Dataset

    load_effects(effect)
    dataset = Dataset(data, split)
    corpus = f"{data.resolve().name}, {dataset.fingerprint}"
    typer.echo(to_json(measured(dataset), corpus), nl=False)


def rebuild(
    id: Annotated[str, typer.Argument(help="Of an example.")],
    data: Data,
    recipe: Annotated[str, typer.Argument(help="The recipe it was made by.")],
    settings: Settings = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the example's files are put; nowhere if not given.")
    ] = None,
    effect: Effects = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Make one example again from its recipe and songs, and say what differs from the data set."""
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.dataset.folder import refuse_inside
    from automix_bench.making.rebuild import rebuild as rebuilt
    from automix_bench.making.rebuild import write_example
    from automix_bench.recipe_parts.settings_from_text import recipe_from
    from automix_bench.separation.separate import wanted_cache

    if out is not None:
        refuse_inside(out, data)
    load_effects(effect)
    found = rebuilt(recipe_from(recipe, settings or ()), id, data, cache=wanted_cache(cache))
    if out is not None:
        write_example(found.example, out)
    causes, differences = [str(c) for c in found.causes], [str(d) for d in found.differences]
    if as_json:
        print_json({"id": id, "equal": found.equal, "causes": causes, "differences": differences})
    else:
        for line in (*causes, *differences):
            typer.echo(line)
        typer.echo(f"{id}: {'as it is in the data set' if found.equal else 'differs'}")
    if not found.equal:
        raise typer.Exit(3)

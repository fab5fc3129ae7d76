"""The commands that make and check data sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import (
    Cache,
    CacheGb,
    Data,
    Effects,
    Json,
    RecipeName,
    Settings,
    Split,
    Workers,
    bars,
    load_effects,
    with_executor,
)
from automix_bench.executor import Executor


@with_executor
def make(
    recipe: RecipeName,
    out: Annotated[Path, typer.Argument(help="The folder of the data set, new or unfinished.")],
    settings: Settings = None,
    allow_license: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPDX",
            help="Use only songs under this licence, an SPDX identifier. Repeatable. Default: any.",
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            help="What is stored: both (the sound before and after the effects) or before (less "
            "space; the sound after them is rendered on reading). Default: the recipe's, both."
        ),
    ] = None,
    bits: Annotated[
        int | None,
        typer.Option(
            help="Bits per sample of the stored sounds: 24 or 16. Default: the recipe's, 24."
        ),
    ] = None,
    consoles: Annotated[
        int | None,
        typer.Option(
            help="Number of random consoles per excerpt; each gives an example. Default: the "
            "recipe's, 1."
        ),
    ] = None,
    splits: Annotated[
        str | None,
        typer.Option(
            metavar="TRAIN,VALID,TEST",
            help="Shares of the splits, by artist, where the source has no split of its own: "
            "0.6,0.2,0.2. Default: the recipe's, 0.8,0.1,0.1.",
        ),
    ] = None,
    append: Annotated[
        bool,
        typer.Option("--append", help="Add songs that are new since to a finished data set."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Estimate examples, disk space and time, and write nothing."
        ),
    ] = False,
    as_json: Json = False,
    workers: Workers = None,
    executor: Executor | None = None,
    cache: Cache = None,
    cache_gb: CacheGb = None,
) -> None:
    """Make a data set from a recipe.

    If it is interrupted, the same command goes on where it stopped. On a finished data set it
    changes nothing.
    """
    from automix_bench.cli.output.data_sets import made_to_json, show_estimate, show_made
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.making.make import make as make_data_set
    from automix_bench.making.split_warnings import shares_from
    from automix_bench.recipe_parts.settings_from_text import recipe_from
    from automix_bench.separation.separate import wanted_cache
    from automix_bench.sources.only_licensed import OnlyLicensed

    chosen = recipe_from(recipe, settings or ())
    chosen = replace(
        chosen,
        store=chosen.store if store is None else store,
        bits=chosen.bits if bits is None else bits,
        consoles=chosen.consoles if consoles is None else consoles,
        splits=chosen.splits if splits is None else shares_from(splits),
    )
    if allow_license:
        chosen = replace(chosen, source=OnlyLicensed(chosen.source, tuple(allow_license)))
    if dry_run:
        from automix_bench.making.estimate import estimate

        show_estimate(estimate(chosen), workers or _workers_of(executor), as_json)
        return
    with bars() as progress:
        made = make_data_set(
            chosen,
            out,
            cache=wanted_cache(cache, cache_gb),
            progress=progress,
            told=message,
            executor=executor,
            append=append,
        )
    show_made(made)
    if as_json:
        print_json(made_to_json(made, out))


def _workers_of(executor: Executor | None) -> int:
    """The workers of an executor without `--workers`; 1 where that is not known."""
    from automix_bench.executors.local import Local, cores

    return (executor.workers or cores()) if isinstance(executor, Local) else 1


@with_executor
def verify(
    data: Data,
    rerender: Annotated[
        bool,
        typer.Option("--rerender", help="Also render every example again from its settings."),
    ] = False,
    regenerate: Annotated[
        int,
        typer.Option(help="Also render this many examples again, the same ones every time."),
    ] = 0,
    effect: Effects = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Check a data set for damaged, missing or unknown files.

    Exit code 3 if there are any.
    """
    from automix_bench.cli.output.data_sets import show_problems
    from automix_bench.dataset.verify import verify as verify_data_set

    load_effects(effect)
    with bars() as progress:
        problems = verify_data_set(
            data, rerender=rerender, regenerate=regenerate, executor=executor, progress=progress
        )
    show_problems(data, problems, as_json)
    if problems:
        raise typer.Exit(3)


def traits(data: Data, split: Split = None, effect: Effects = None, as_json: Json = False) -> None:
    """Measure the mean traits of stems, for recipe fx_normalised.

    Prints spectrum, peaks, stereo width and loudness by role, always as JSON. Write the output
    to a file and give it to the recipe: --set traits=FILE.
    """
    del as_json  # there is no other form
    from automix_bench.cli.output.terminal import print_lines
    from automix_bench.dataset.corpus_traits import measured, to_json
    from automix_bench.dataset.reader import Dataset
    from automix_bench.untrusted.shown import for_json

    load_effects(effect)
    dataset = Dataset(data, split)
    corpus = f"{data.resolve().name}, {dataset.fingerprint}"
    print_lines(for_json(to_json(measured(dataset), corpus)))


def rebuild(
    id: Annotated[str, typer.Argument(help="The id of an example.")],
    data: Data,
    recipe: Annotated[
        str,
        typer.Argument(
            help="The recipe that the data set was made from: a name, or a .py file.",
            autocompletion=completion.plugins("recipes"),
        ),
    ],
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder to write the example's files to. Default: none is written."),
    ] = None,
    effect: Effects = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Make one example again and list what differs.

    It is made from the recipe and the songs, and compared with the data set. Exit code 3 if it
    differs.
    """
    from automix_bench.cli.output.data_sets import show_rebuilt
    from automix_bench.dataset.folder import refuse_inside
    from automix_bench.making.rebuild import rebuild as rebuild_example
    from automix_bench.making.rebuild import write_example
    from automix_bench.recipe_parts.settings_from_text import recipe_from
    from automix_bench.separation.separate import wanted_cache

    if out is not None:
        refuse_inside(out, data)
    load_effects(effect)
    rebuilt = rebuild_example(
        recipe_from(recipe, settings or ()), id, data, cache=wanted_cache(cache)
    )
    if out is not None:
        write_example(rebuilt.example, out)
    show_rebuilt(id, rebuilt, as_json)
    if not rebuilt.equal:
        raise typer.Exit(3)

"""The commands about finished data sets: what is in one, making a part again, passing it on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.arguments import Cache, Data, Effects, Json, Settings, bars, load_effects


def stats(
    data: Data,
    out: Annotated[Path, typer.Option(help="The page that is written.")] = Path("stats.html"),
    heard: Annotated[int, typer.Option(help="How many examples are decoded for it.")] = 64,
    effect: Effects = None,
) -> None:
    """Write a page about a data set: durations, levels, spectra, effects, severities, licences."""
    from automix_bench.dataset_folder import refuse_inside
    from automix_bench.dataset_report import dataset_report
    from automix_bench.errors import UsageError

    if not out.parent.is_dir():
        raise UsageError(f"{out}: there is no folder {out.parent} to write it to: make it first")
    refuse_inside(out, data)
    load_effects(effect)
    with bars() as progress:
        dataset_report(data, out, heard=heard, progress=progress)
    typer.echo(f"{out}: open it in a browser")


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
    from automix_bench.dataset_folder import refuse_inside
    from automix_bench.rebuilding import rebuild as rebuilt
    from automix_bench.rebuilding import write_example
    from automix_bench.recipe_settings import recipe_from
    from automix_bench.report import print_json
    from automix_bench.separation import wanted_cache

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


def credits(data: Data) -> None:
    """Print who is to be credited for a data set, by licence, as Markdown."""
    from automix_bench.attribution import credits as credited
    from automix_bench.dataset import Dataset

    typer.echo(credited(Dataset(data).rows), nl=False)


def export(
    data: Data,
    out: Annotated[Path, typer.Argument(help="A folder, new or of this same export.")],
    to: Annotated[str, typer.Option(help="The format: parquet.")] = "parquet",
    effect: Effects = None,
) -> None:
    """Write a data set as Parquet with the hub's audio columns; goes on where it was."""
    from automix_bench.errors import UsageError
    from automix_bench.exporting import export_parquet

    if to != "parquet":
        raise UsageError(f"export: no format {to!r}; there is parquet")
    load_effects(effect)
    with bars() as progress:
        exported = export_parquet(data, out, progress=progress)
    typer.echo(f"{out}: {len(exported.files)} files, {exported.written} written now")


def push(
    data: Data,
    repo: Annotated[str, typer.Argument(help="On the hub, as owner/name.")],
    public: Annotated[bool, typer.Option("--public", help="For everybody to see.")] = False,
    regardless: Annotated[
        bool, typer.Option("--regardless", help="Even where a licence does not plainly allow it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go.")] = False,
) -> None:
    """Put a data set, or its export, on the Hugging Face hub."""
    from automix_bench.publishing import push as pushed

    with bars() as progress:
        sent = pushed(
            data,
            repo,
            private=not public,
            regardless=regardless,
            dry_run=dry_run,
            progress=progress,
        )
    typer.echo(str(sent))

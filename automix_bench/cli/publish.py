"""The commands about finished data sets: what is in one, making a part again, passing it on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Data, Effects, bars, load_effects


def credits(data: Data) -> None:
    """Print who is to be credited for a data set, by licence, as Markdown."""
    from automix_bench.dataset.credits import credits as credited
    from automix_bench.dataset.reader import Dataset

    typer.echo(credited(Dataset(data).rows), nl=False)


def export(
    data: Data,
    out: Annotated[Path, typer.Argument(help="A folder, new or of this same export.")],
    to: Annotated[str, typer.Option(help="The format: parquet.")] = "parquet",
    effect: Effects = None,
) -> None:
    """Write a data set as Parquet with the hub's audio columns; goes on where it was."""
    from automix_bench.errors import UsageError
    from automix_bench.publishing.parquet import export_parquet

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
    from automix_bench.publishing.hub import push as pushed

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

"""The commands that publish data sets: credits, export and upload."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Data, Effects, Json, bars, load_effects


def credits(data: Data, as_json: Json = False) -> None:
    """Print whom to credit for a data set, by licence, in Markdown."""
    from automix_bench.cli.output.terminal import print_json, print_lines
    from automix_bench.dataset.credits import credits as credits_of
    from automix_bench.dataset.credits import credits_json
    from automix_bench.dataset.reader import Dataset

    rows = Dataset(data).rows
    if as_json:
        print_json(credits_json(rows))
    else:
        print_lines(credits_of(rows))


def export(
    data: Data,
    out: Annotated[
        Path, typer.Argument(help="The folder to write to: new, or an unfinished export.")
    ],
    to: Annotated[str, typer.Option(help="The format. There is one: parquet.")] = "parquet",
    effect: Effects = None,
    as_json: Json = False,
) -> None:
    """Export a data set to Parquet.

    The files have audio columns as the Hugging Face Hub shows them. If it is interrupted, the same
    command goes on where it stopped.
    """
    from automix_bench.cli.output.terminal import print_json, print_line
    from automix_bench.errors import UsageError
    from automix_bench.publishing.parquet import export_parquet

    if to != "parquet":
        raise UsageError(f"export: no format {to!r}; there is parquet")
    load_effects(effect)
    with bars() as progress:
        exported = export_parquet(data, out, progress=progress)
    if as_json:
        files = list(exported.files)
        print_json({"folder": str(out), "files": files, "written": exported.written})
    else:
        print_line(f"{out}: {len(exported.files)} files, {exported.written} written now")


def push(
    data: Data,
    repo: Annotated[str, typer.Argument(help="The repository on the Hub: OWNER/NAME.")],
    public: Annotated[
        bool, typer.Option("--public", help="Make a public repository. Default: a private one.")
    ] = False,
    regardless: Annotated[
        bool,
        typer.Option(
            "--regardless", help="Upload even if a licence does not clearly allow sharing."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be uploaded, and upload nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Upload a data set or its export to the Hugging Face Hub."""
    from automix_bench.cli.output.terminal import print_json, print_lines
    from automix_bench.publishing.hub import push as push_to_hub

    with bars() as progress:
        sent = push_to_hub(
            data,
            repo,
            private=not public,
            regardless=regardless,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        print_json({**sent.to_json(), "sent": not dry_run})
    else:
        print_lines(str(sent))

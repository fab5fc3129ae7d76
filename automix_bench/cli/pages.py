"""Commands that write pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Data, Effects, bars, load_effects


def stats(
    data: Data,
    out: Annotated[Path, typer.Option(help="The page that is written.")] = Path("stats.html"),
    heard: Annotated[int, typer.Option(help="How many examples are decoded for it.")] = 64,
    effect: Effects = None,
) -> None:
    """Write a page about a data set: durations, levels, spectra, effects, severities, licences."""
    from automix_bench.dataset.folder import refuse_inside
    from automix_bench.errors import UsageError
    from automix_bench.pages.dataset_page import dataset_report

    if not out.parent.is_dir():
        raise UsageError(f"{out}: there is no folder {out.parent} to write it to: make it first")
    refuse_inside(out, data)
    load_effects(effect)
    with bars() as progress:
        dataset_report(data, out, examples_decoded=heard, progress=progress)
    typer.echo(f"{out}: open it in a browser")

"""The command that writes a page about a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Data, Effects, Json, bars, load_effects


def stats(
    data: Data,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("stats.html"),
    examples: Annotated[
        int, typer.Option("--heard", help="Number of examples to decode for levels and spectra.")
    ] = 64,
    effect: Effects = None,
    as_json: Json = False,
) -> None:
    """Write a web page of statistics of a data set.

    It shows durations, levels, spectra, effects, severities and licences.
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
        dataset_report(data, out, examples_decoded=examples, progress=progress)
    if as_json:
        print_json({"page": str(out)})
    else:
        print_line(f"{out}: open it in a browser")

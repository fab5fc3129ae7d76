"""The command `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Cache, Json, bars


def demo(
    songs: Annotated[
        Path | None,
        typer.Argument(help="A folder of your own mixed music. Default: a clip that is installed."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("automix_demo"),
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Make a small data set and rank models on it, in minutes.

    Mixed music is separated, every stem goes through random effects, and models are scored on
    mixing and on effect removal. The end is two boards and a page to listen to. Nothing is
    downloaded, but once the player of the composed songs, if it is not installed.
    """
    from automix_bench.cli.demo_run import demo as run_demo
    from automix_bench.cli.output.boards import show_board, show_failures
    from automix_bench.cli.output.data_sets import (
        made_to_json,
        show_made,
        show_next_steps,
    )
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.separation.separate import wanted_cache

    with bars() as progress:
        shown = run_demo(out, songs, cache=wanted_cache(cache), progress=progress, told=message)
    show_made(shown.made)
    if as_json:
        boards = {task: one.board.to_json() for task, one in shown.evaluated.items()}
        data = made_to_json(shown.made, shown.made.folder)
        print_json({"data": data, "boards": boards, "page": str(shown.page)})
        return
    for evaluated in shown.evaluated.values():
        show_board(evaluated.board)
        show_failures(evaluated.failed)
    show_next_steps(out, shown.page)

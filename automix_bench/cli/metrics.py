"""The commands that test metrics."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import Json, bars

if TYPE_CHECKING:
    from automix_bench.proofs.prove import Proved

SongsFolder = Annotated[
    Path | None,
    typer.Option(
        help="A folder of mixed music to test on. Default: an installed clip and two composed "
        "songs."
    ),
]


def metric(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of a metric, a .py file, or all for every metric.",
            autocompletion=completion.plugins("metrics"),
        ),
    ],
    songs: SongsFolder = None,
    as_json: Json = False,
) -> None:
    """Print a metric's card and test what it claims.

    Whether a metric is fit to rank a board is tested for one metric by name, and in all for those
    that claim it. Exit code 3 if a claim does not hold.
    """
    from automix_bench.catalogue.metrics import built_in, metrics_named
    from automix_bench.cli.output.proofs import show_all_proofs, show_proofs
    from automix_bench.proofs.pairs import pairs_of_mixes, proof_pairs
    from automix_bench.proofs.prove import prove
    from automix_bench.proofs.songs import proof_songs, songs_in

    music = songs_in(songs) if songs is not None else proof_songs()
    chosen = built_in() if name == "all" else metrics_named(name)
    results: list[Proved] = []
    pairs = functools.cache(lambda: proof_pairs() if songs is None else pairs_of_mixes(music))
    with bars() as progress:
        progress("proving", 0, len(chosen), "metrics")
        for number, one in enumerate(chosen, 1):
            to_rank = one.ranks or name != "all"
            results.append(prove(one, music, pairs() if to_rank else None))
            progress("proving", number, len(chosen), "metrics")
    if name == "all":
        show_all_proofs(results, as_json)
    else:
        for result in results:
            show_proofs(result, as_json)
    if any(result.failed for result in results):
        raise typer.Exit(3)


def sensitivity(
    songs: SongsFolder = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The folder to write a table, a picture and JSON to. Default: none is written."
        ),
    ] = None,
    metrics: Annotated[
        str,
        typer.Option(
            help="Metrics, separated by commas: names or .py files; or cheap for all quick "
            "metrics.",
            autocompletion=completion.plugin_lists("metrics"),
        ),
    ] = "cheap",
    as_json: Json = False,
) -> None:
    """Show which metrics respond to which degradations.

    There are eight degradations of real music, each in five grades.
    """
    from automix_bench.catalogue.metrics import metrics_named
    from automix_bench.cli.output.proofs import show_sensitivity
    from automix_bench.cli.output.terminal import message
    from automix_bench.proofs.sensitivity import sensitivity as sensitivity_of
    from automix_bench.proofs.sensitivity_files import write
    from automix_bench.proofs.songs import proof_songs, songs_in

    music = songs_in(songs) if songs is not None else proof_songs()
    with bars() as progress:
        result = sensitivity_of(metrics_named(metrics), music, progress=progress)
    show_sensitivity(result, as_json)
    for path in write(result, out) if out is not None else ():
        message(f"written: {path}")

"""The commands with which metrics prove themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json, bars

SongsFolder = Annotated[
    Path | None,
    typer.Option(
        help="A folder of mixed music to prove it on; a real clip and two composed songs if none "
        "is given."
    ),
]


def metric(
    name: Annotated[str, typer.Argument(help="A metric by name, a .py file, or all.")],
    songs: SongsFolder = None,
    as_json: Json = False,
) -> None:
    """Print the card of a metric and put what it claims to the test."""
    from automix_bench.catalogue.metrics import built_in, metrics_named
    from automix_bench.cli.output.proofs import show_all_proofs, show_proofs
    from automix_bench.proofs.prove import Proved, prove
    from automix_bench.proofs.songs import proof_songs, songs_in

    music = songs_in(songs) if songs is not None else proof_songs()
    chosen = built_in() if name == "all" else metrics_named(name)
    found: list[Proved] = []
    with bars() as progress:
        for number, one in enumerate(chosen, 1):
            found.append(prove(one, music))
            progress("proving", number, len(chosen), "metrics")
    if name == "all":
        show_all_proofs(found, as_json)
    else:
        for one_proved in found:
            show_proofs(one_proved, as_json)
    if any(one_proved.failed for one_proved in found):
        raise typer.Exit(3)


def sensitivity(
    songs: SongsFolder = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the table, the picture and the JSON are put.")
    ] = None,
    metrics: Annotated[
        str,
        typer.Option(help="Names or .py files with commas between them; cheap: all quick ones."),
    ] = "cheap",
    as_json: Json = False,
) -> None:
    """Show which metrics see what: eight degradations of real music, each in five grades."""
    from automix_bench.catalogue.metrics import metrics_named
    from automix_bench.cli.output.proofs import show_sensitivity
    from automix_bench.cli.output.terminal import tell
    from automix_bench.proofs.sensitivity import sensitivity as seen
    from automix_bench.proofs.sensitivity_files import write
    from automix_bench.proofs.songs import proof_songs, songs_in

    music = songs_in(songs) if songs is not None else proof_songs()
    with bars() as progress:
        found = seen(metrics_named(metrics), music, progress=progress)
    show_sensitivity(found, as_json)
    for path in write(found, out) if out is not None else ():
        tell(f"written: {path}")

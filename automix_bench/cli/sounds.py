"""The commands about sound files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json

Sound = Annotated[Path, typer.Argument(help="An audio file: wav, flac, mp3, …")]


def measure(
    sounds: Annotated[list[Path], typer.Argument(help="Audio files: wav, flac, mp3, …")],
    slow: Annotated[bool, typer.Option("--slow", help="Those that take long too.")] = False,
    as_json: Json = False,
) -> None:
    """Print the properties of sound files that metrics compare: loudness, peak, width, …"""
    from automix_bench.cli.output.sounds import show_properties
    from automix_bench.evaluation.sound_properties import properties
    from automix_bench.files.decode import decode

    show_properties({str(one): properties(decode(one), slow=slow) for one in sounds}, as_json)


def artifacts(
    sound: Sound,
    reference: Annotated[
        Path | None,
        typer.Option(help="The sound as it should be: its own faults are left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the clicks, clipped runs, gaps and DC offsets of a sound file, and where they are;
    against a reference drop-outs, pre-echoes and aliasing too."""
    from automix_bench.cli.output.sounds import show_artifacts
    from automix_bench.dsp.artifacts.find import artifacts as found_in
    from automix_bench.files.decode import decode

    heard = decode(sound)
    found = found_in(heard, decode(reference) if reference else None)
    show_artifacts(found, sound=str(sound), rate=heard.rate, seconds=heard.seconds, as_json=as_json)

"""The commands about sound files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json


def measure(
    sounds: Annotated[list[Path], typer.Argument(help="Audio files: wav, flac, mp3, …")],
    slow: Annotated[
        bool, typer.Option("--slow", help="Also measure properties that take long.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure loudness, peak, width, … of sound files.

    These are the properties that metrics compare. A file that cannot be read is named, the others
    are measured, and the exit code is 3.
    """
    from automix_bench.cli.output.sounds import show_properties
    from automix_bench.cli.output.terminal import warning
    from automix_bench.errors import Rejected
    from automix_bench.evaluation.sound_properties import Property, properties
    from automix_bench.files.decode import decode

    measured: dict[str, tuple[Property, ...]] = {}
    refused: dict[str, str] = {}
    for path in sounds:
        try:
            measured[str(path)] = properties(decode(path, name=str(path)), slow=slow)
        except Rejected as error:
            refused[str(path)] = error.reason
    show_properties(measured, refused, as_json)
    for sound, reason in refused.items():
        warning(f"{sound}: {reason}")
    if refused:
        raise typer.Exit(Rejected.exit_code)


def artifacts(
    sound: Annotated[Path, typer.Argument(help="An audio file: wav, flac, mp3, …")],
    reference: Annotated[
        Path | None,
        typer.Option(help="The same sound without artifacts. What is in both is not listed."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List clicks, clipped runs, gaps and DC offsets in a sound.

    Each has its place, length and size. With a reference drop-outs, pre-echoes and aliasing are
    found too.
    """
    from automix_bench.cli.output.sounds import show_artifacts
    from automix_bench.dsp.artifacts.find import artifacts as artifacts_in
    from automix_bench.files.decode import decode

    audio = decode(sound)
    show_artifacts(
        artifacts_in(audio, decode(reference) if reference else None),
        sound=str(sound),
        rate=audio.rate,
        seconds=audio.seconds,
        as_json=as_json,
    )

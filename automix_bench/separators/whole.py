"""No separation: the mix as the only stem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from automix_bench.song import Song

__all__ = ["Whole"]


@dataclass(frozen=True)
class Whole:
    """The mix becomes the song's only stem, `music`, whatever stems the song came with.

    For effects on finished music, such as mastering, limiting or clipping. The stem equals the mix,
    so there is no residual.
    """

    license: ClassVar[str] = ""

    def __call__(self, song: Song) -> Song:
        return replace(song, stems={"music": song.mix})

    def fingerprint(self) -> Mapping[str, Any]:
        """The separator's name; it has no settings."""
        return {"separator": "whole"}

"""No separation: the mix as the only stem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from automix_bench.song import Song

__all__ = ["Whole"]


@dataclass(frozen=True)
class Whole:
    """A song's mix becomes its one stem, `music`, whatever stems it came with.

    For what is done to finished music: mastering, limiting, clipping. Such a song sums to its mix
    as it is; there is no residual.
    """

    license: ClassVar[str] = ""

    def __call__(self, song: Song) -> Song:
        return replace(song, stems={"music": song.mix})

    def fingerprint(self) -> Mapping[str, Any]:
        """Its name: nothing else decides."""
        return {"separator": "whole"}

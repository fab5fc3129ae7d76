"""The stems a song came with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import Rejected
from automix_bench.separator import Separator
from automix_bench.song import Song

__all__ = ["AsRecorded"]


@dataclass(frozen=True)
class AsRecorded:
    """Keep a song as it is if it has stems. They need not sum to its mix: there is no residual.

    Attributes:
        otherwise: what separates the songs that came without stems.

    Raises:
        Rejected: a song has no stems and there is no `otherwise`.
    """

    otherwise: Separator | None = None

    def __call__(self, song: Song) -> Song:
        if self.keeps(song):
            return song
        if self.otherwise is None:
            raise Rejected(
                song.id,
                "wanted a song with stems of its own, got a mix alone: give the recipe a separator",
            )
        return self.otherwise(song)

    def keeps(self, song: Song) -> bool:
        """The song has stems, and comes back as it is."""
        return bool(song.stems)

    def fingerprint(self) -> Mapping[str, Any]:
        """That stems are kept, and what separates the songs without."""
        otherwise = None if self.otherwise is None else dict(self.otherwise.fingerprint())
        return {"separator": "as_recorded", "otherwise": otherwise}

    @property
    def license(self) -> str:
        """Of the weights of `otherwise`; empty where there are none."""
        return "" if self.otherwise is None else self.otherwise.license

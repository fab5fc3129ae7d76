"""No separation: the stems that a song came with."""

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
    """Leave a song that has stems as it is. They need not sum to its mix: there is no residual.

    Attributes:
        otherwise: separates the songs that have no stems; None: they are rejected.

    Raises:
        Rejected: a song has no stems and `otherwise` is None.
    """

    otherwise: Separator | None = None

    def __call__(self, song: Song) -> Song:
        if self.keeps(song):
            return song
        if self.otherwise is None:
            raise Rejected(
                song.id,
                "expected a song with stems of its own, got a mix alone: say what the folder holds "
                "(--set layout=stems, medleydb, …), or have it separated "
                "(--set separator=spleeter or demucs)",
            )
        return self.otherwise(song)

    def keeps(self, song: Song) -> bool:
        """Whether the song has stems, and so comes back as it is."""
        return bool(song.stems)

    def fingerprint(self) -> Mapping[str, Any]:
        """The separator's name, and the fingerprint of `otherwise`."""
        otherwise = None if self.otherwise is None else dict(self.otherwise.fingerprint())
        return {"separator": "as_recorded", "otherwise": otherwise}

    @property
    def license(self) -> str:
        """Of the weights of `otherwise`; empty without it."""
        return "" if self.otherwise is None else self.otherwise.license

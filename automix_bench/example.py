"""One item of a data set."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.console import Console
from automix_bench.song import Song


@dataclass(frozen=True)
class Example:
    """An excerpt of a song, the console it was played through, and the excerpt as it came out.

    `console(before)` is `after`, always: the example carries its own history.

    Attributes:
        song: the id of the song the excerpt is of: the unit of inference.
        split: train, valid or test.
        start: where the excerpt begins in the song, in samples.
        gain_db: what `before` was multiplied by on its way from the song, so that nothing clips.
    """

    song: str
    split: str
    start: int
    gain_db: float
    before: Song
    console: Console
    after: Song

    @property
    def id(self) -> str:
        """Unique within the data set."""
        return self.before.id

"""A few songs of a large source."""

from __future__ import annotations

from dataclasses import dataclass, replace

from automix_bench.errors import UsageError
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["Few"]


@dataclass(frozen=True)
class Few:
    """At most `most` songs of another source, spread evenly over its order.

    Use it to try a large collection quickly. The other songs are not listed, but all files that the
    source rejects are still listed with their reasons.

    Raises:
        UsageError: `most` is below 1.
    """

    source: Source
    most: int

    def __post_init__(self) -> None:
        if self.most < 1:
            raise UsageError(f"few: wanted 1 song or more, got {self.most}")

    def catalogue(self) -> Catalogue:
        """The chosen songs, in the source's order."""
        whole = self.source.catalogue()
        count = len(whole.listings)
        chosen = sorted({i * count // self.most for i in range(self.most)} if count else ())
        return replace(whole, listings=tuple(whole.listings[i] for i in chosen))

    def load(self, listing: Listing) -> Song:
        """Load the song from the source."""
        return self.source.load(listing)

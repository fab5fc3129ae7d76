"""Songs of another source without their stems, for separation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["Mixes"]

_SUFFIX = "-mix"


@dataclass(frozen=True)
class Mixes:
    """The released mixes of a source of multitracks.

    Artist, licence, origin and split stay the same. `-mix` is appended to the ids, so that a song
    and its mix can be in one data set.
    """

    source: Source

    def catalogue(self) -> Catalogue:
        inner = self.source.catalogue()
        listings = (replace(listing, id=listing.id + _SUFFIX) for listing in inner.listings)
        return replace(inner, listings=tuple(listings))

    def load(self, listing: Listing) -> Song:
        song = self.source.load(replace(listing, id=listing.id.removesuffix(_SUFFIX)))
        return replace(song, id=listing.id, stems={})

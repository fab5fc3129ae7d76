"""Several sources as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from automix_bench.errors import UsageError
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["Together"]


@dataclass(frozen=True)
class Together:
    """All songs of the first source, then all of the second, and so on.

    Raises:
        UsageError: no source is given; or, when listed, two songs have one id: whatever is random
            about a song is keyed by its id, so neither can be renamed here. `load` raises it for
            a song that none of the sources lists.
    """

    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        if not self.sources:
            raise UsageError("Together: no source given: give one at least")

    def catalogue(self) -> Catalogue:
        catalogues = [source.catalogue() for source in self.sources]
        _routes(catalogues)
        return Catalogue(
            tuple(listing for each in catalogues for listing in each.listings),
            tuple(rejected for each in catalogues for rejected in each.rejected),
        )

    def load(self, listing: Listing) -> Song:
        if listing.id not in self._source_of:
            raise UsageError(f"Together: no source lists {listing.id}: list the songs again")
        return self.sources[self._source_of[listing.id]].load(listing)

    @cached_property
    def _source_of(self) -> dict[str, int]:
        """Kept, as listing hashes every file; it travels with the source to other processes."""
        return _routes([source.catalogue() for source in self.sources])


def _routes(catalogues: list[Catalogue]) -> dict[str, int]:
    """The number of the source that has a song, by the song's id."""
    first: dict[str, tuple[int, Listing]] = {}
    for number, each in enumerate(catalogues):
        for listing in each.listings:
            if listing.id in first:
                other, taken = first[listing.id]
                raise UsageError(
                    f"Together: two songs are called {listing.id}: {taken.origin.name} of source "
                    f"{other + 1} and {listing.origin.name} of source {number + 1}; rename a file "
                    "or leave one out"
                )
            first[listing.id] = number, listing
    return {id: number for id, (number, _) in first.items()}

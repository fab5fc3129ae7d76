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
        UsageError: no source is given; or, when listed, two songs have the same id. An id seeds the
            random draws for a song, so songs are not renamed here. `load` raises it for a song that
            none of the sources lists.
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
        """The number of each song's source, by id. It is cached because listing hashes every file,
        and it is pickled with the source."""
        return _routes([source.catalogue() for source in self.sources])


def _routes(catalogues: list[Catalogue]) -> dict[str, int]:
    """The number of each song's source, by the song's id."""
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

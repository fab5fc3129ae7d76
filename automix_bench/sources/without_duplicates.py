"""Another source's songs, each recording on one side of the split at most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from automix_bench.errors import Rejected
from automix_bench.music.duplicates import Match, duplicates, united
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["WithoutDuplicates"]


@dataclass(frozen=True)
class WithoutDuplicates:
    """Songs that are the same recording as one before them, by audio fingerprint, whatever their
    format, level, bit rate, or what was cut from either end; see `automix_bench.music.duplicates`.

    They are left out, and the reason names the one that is kept. With `unite` they stay, and all
    artists of such songs become one, named as the first of them, so that a split by artist cannot
    part them; left out are only those that the source itself puts into another split.

    Listing decodes every song once; fingerprints are kept by the song's id and hash. What is said
    of a song left out has no measured numbers in it: plans of two machines are to be equal.

    Attributes:
        unite: keep the duplicates, on one side.
        cache: where fingerprints are kept; by default in the cache of this machine.
    """

    source: Source
    unite: bool = False
    cache: Path | None = None

    def catalogue(self) -> Catalogue:
        """The source's, in its order."""
        inner = self._inner
        matches = duplicates(self.source, inner.listings, cache=self.cache)
        if not self.unite:
            return _first_ones(inner, matches)
        return _without_torn(_with_one_artist(inner, matches), matches)

    def load(self, listing: Listing) -> Song:
        """As the source does; the artist is the one it was listed with."""
        if not self.unite:
            return self.source.load(listing)
        own = {each.id: each for each in self._inner.listings}.get(listing.id, listing)
        asked = replace(listing, artist=own.artist)
        return replace(self.source.load(asked), artist=listing.artist)

    @cached_property
    def _inner(self) -> Catalogue:
        """Kept, as listing hashes every file; it travels with the source to other processes."""
        return self.source.catalogue()


def _first_ones(whole: Catalogue, matches: tuple[Match, ...]) -> Catalogue:
    """Without songs that match a song which is kept. Of a match whose first song was left out
    itself nothing follows: two songs may both be in a third and not be one another."""
    partners: dict[str, list[str]] = {}
    for match in matches:
        partners.setdefault(match.other, []).append(match.one)
        partners.setdefault(match.one, []).append(match.other)
    firsts: dict[str, Listing] = {}
    rejected = list(whole.rejected)
    for listing in whole.listings:
        same = [firsts[id] for id in partners.get(listing.id, ()) if id in firsts]
        if same:
            reason = f"the same recording as {same[0].origin.name}, which is kept"
            rejected.append(Rejected(listing.origin.name, reason))
        else:
            firsts[listing.id] = listing
    return Catalogue(tuple(firsts.values()), tuple(rejected))


def _with_one_artist(whole: Catalogue, matches: tuple[Match, ...]) -> Catalogue:
    """All artists that share a recording, under the name of the first of them."""
    artist_of = {listing.id: listing.artist for listing in whole.listings}
    shared = ((artist_of[match.one], artist_of[match.other]) for match in matches)
    name = united(list(dict.fromkeys(artist_of.values())), shared)
    listings = (replace(each, artist=name[each.artist]) for each in whole.listings)
    return replace(whole, listings=tuple(listings))


def _without_torn(whole: Catalogue, matches: tuple[Match, ...]) -> Catalogue:
    """Without songs that the source puts into another split than an earlier copy of them."""
    pairs = ((match.one, match.other) for match in matches)
    first = united([listing.id for listing in whole.listings], pairs)
    by_id = {listing.id: listing for listing in whole.listings}
    whole_ones, rejected = list[Listing](), list(whole.rejected)
    for listing in whole.listings:
        other = by_id[first[listing.id]]
        if listing.split == other.split:
            whole_ones.append(listing)
        else:
            reason = (
                f"the same recording as {other.origin.name}, which the source puts into "
                f"{other.split or 'any split'}, and this into {listing.split or 'any split'}"
            )
            rejected.append(Rejected(listing.origin.name, reason))
    return Catalogue(tuple(whole_ones), tuple(rejected))

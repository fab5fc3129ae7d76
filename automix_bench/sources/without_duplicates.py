"""Songs of another source without repeated recordings."""

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
    """Removes songs that are the same recording as an earlier song, by audio fingerprint.

    Format, level, bit rate and cuts at either end do not matter; see
    `automix_bench.music.duplicates`. A removed song is listed as rejected, and the reason names the
    song that stays. With `unite` the duplicates stay, and all artists that share a recording become
    one artist, named as the first of them, so that a split by artist cannot separate copies. Only
    copies that the source itself puts into different splits are then removed.

    Listing decodes every song once. Fingerprints are cached by the song's id and hash. The reasons
    contain no measured numbers, because plans made on two machines must be equal.

    Attributes:
        unite: whether duplicates stay, on one side of the split.
        cache: the folder of the fingerprints; by default in the cache of this machine.
    """

    source: Source
    unite: bool = False
    cache: Path | None = None

    def catalogue(self) -> Catalogue:
        """The songs in the source's order."""
        inner = self._inner
        matches = duplicates(self.source, inner.listings, cache=self.cache)
        if not self.unite:
            return _first_ones(inner, matches)
        return _without_torn(_with_one_artist(inner, matches), matches)

    def load(self, listing: Listing) -> Song:
        """Load the song from the source, with the artist in its listing."""
        if not self.unite:
            return self.source.load(listing)
        own = {each.id: each for each in self._inner.listings}.get(listing.id, listing)
        asked = replace(listing, artist=own.artist)
        return replace(self.source.load(asked), artist=listing.artist)

    @cached_property
    def _inner(self) -> Catalogue:
        """The source's catalogue. It is cached because listing hashes every file, and it is pickled
        with this object."""
        return self.source.catalogue()


def _first_ones(whole: Catalogue, matches: tuple[Match, ...]) -> Catalogue:
    """Remove songs that match a song that stays.

    A match with a removed song removes nothing: two songs may both be contained in a third one
    without being the same recording.
    """
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
    """Give all artists that share a recording the name of the first of them."""
    artist_of = {listing.id: listing.artist for listing in whole.listings}
    shared = ((artist_of[match.one], artist_of[match.other]) for match in matches)
    name = united(list(dict.fromkeys(artist_of.values())), shared)
    listings = (replace(each, artist=name[each.artist]) for each in whole.listings)
    return replace(whole, listings=tuple(listings))


def _without_torn(whole: Catalogue, matches: tuple[Match, ...]) -> Catalogue:
    """Remove songs that the source puts into another split than an earlier copy."""
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

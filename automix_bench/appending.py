"""Songs added to a data set that was begun: old ones keep their shards, new ones get new shards."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.dataset.plan import Plan, in_shards
from automix_bench.errors import DatasetError
from automix_bench.source import Listing


def extended(begun: Plan, wanted: Plan) -> Plan:
    """The plan that makes what is wanted and leaves what was begun where it is: the songs of
    `begun` in their shards, then the new ones in shards of their own.

    It follows from the order in which songs were added: of the same songs, added in two ways, two
    plans can be made, with other shards and another root, and the same examples.

    Raises:
        DatasetError: a song that was begun is gone, or is not what it was.
    """
    now = {song.listing.id: song for song in wanted.songs}
    for song in begun.songs:
        listing, found = song.listing, now.pop(song.listing.id, None)
        if found is None:
            raise DatasetError(
                f"song {listing.id} ({listing.origin.name}) is in the data set and gone from "
                "the source: put it back, or choose another folder"
            )
        if found.listing != listing:
            raise DatasetError(
                f"song {listing.id} ({listing.origin.name}) is not what it was when the data set "
                f"was begun: its {_first_change(listing, found.listing)} changed: put it back as "
                "it was, or choose another folder"
            )
    last = max(song.shard for song in begun.songs)
    new = in_shards(now.values(), last + 1, begun.recipe)
    return replace(wanted, songs=(*begun.songs, *new))


def _first_change(was: Listing, now: Listing) -> str:
    if was.origin.sha256 != now.origin.sha256:
        return "content"
    names = ("origin", "artist", "license", "rate", "length", "split")
    return next(name for name in names if getattr(was, name) != getattr(now, name))

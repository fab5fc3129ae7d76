"""Plan a data set: which excerpt of which song goes to which shard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from automix_bench import __version__
from automix_bench.dataset.plan import Plan, PlannedSong
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.recipe import Recipe, described
from automix_bench.song import Origin
from automix_bench.source import Listing


def plan(recipe: Recipe) -> Plan:
    """Ask the source what it has, and decide what is made of it. No audio is decoded.

    Raises:
        UsageError: there is no song that an excerpt can be taken from, or two songs share an id.
    """
    catalogue = recipe.source.catalogue()
    rejected = list(catalogue.rejected)
    songs: list[PlannedSong] = []
    origins: dict[str, Origin] = {}
    splits: dict[str, str] = {}
    for listing in catalogue.listings:
        if listing.id in origins:
            raise UsageError(
                f"two songs have the id {listing.id}: {origins[listing.id].name} and "
                f"{listing.origin.name}: rename a file, or leave one out"
            )
        origins[listing.id] = listing.origin
        excerpts = recipe.excerpts(listing.id, listing.rate, listing.length)
        if not excerpts:
            rejected.append(_too_short(recipe, listing))
            continue
        if listing.artist not in splits:
            splits[listing.artist] = recipe.split(listing.artist)
        split = listing.split or splits[listing.artist]
        songs.append(PlannedSong(listing, split, 0, excerpts))
    if not songs:
        reasons = "; ".join(str(r) for r in rejected[:3]) or "it is empty"
        raise UsageError(f"recipe {recipe.name}: the source has no usable song: {reasons}")
    said = described(recipe)
    return Plan(
        said,
        dict(recipe.separator.fingerprint()),
        __version__,
        tuple(in_shards(songs, 0, said)),
        tuple(rejected),
    )


def in_shards(
    songs: Iterable[PlannedSong], first: int, recipe: Mapping[str, Any]
) -> Iterator[PlannedSong]:
    """The songs with their shards, each filled in turn, from number `first` on."""
    shard, filled = first, 0
    for song in songs:
        if filled >= recipe["examples_per_shard"]:
            shard, filled = shard + 1, 0
        yield song if song.shard == shard else replace(song, shard=shard)
        filled += len(song.excerpts) * recipe.get("consoles", 1)


def _too_short(recipe: Recipe, listing: Listing) -> Rejected:
    seconds = listing.length / listing.rate
    wanted = f"shorter than one excerpt of {recipe.excerpt_seconds:g} s"
    return Rejected(
        listing.origin.name, f"{seconds:.1f} s long, {wanted}: ask for shorter excerpts"
    )


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

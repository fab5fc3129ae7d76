"""Decide what is made of a recipe: which excerpt of which song, in which shard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from automix_bench import __version__
from automix_bench.dataset.left_out import counted, kind_of
from automix_bench.dataset.plan import Plan, PlannedRecipe, PlannedSong
from automix_bench.dsp.resampled import resampled_length
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.making.recipe_json import recipe_json
from automix_bench.recipe import Recipe
from automix_bench.song import Origin
from automix_bench.source import Listing


def plan(recipe: Recipe) -> Plan:
    """Ask the recipe's source which songs it has, and plan the data set. No audio is decoded.

    Raises:
        UsageError: no song is long enough for an excerpt, or two songs share an id.
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
        excerpts = recipe.excerpts(listing.id, *_rate_and_length(recipe, listing))
        if not excerpts:
            rejected.append(_too_short(recipe, listing))
            continue
        if listing.artist not in splits:
            splits[listing.artist] = recipe.split(listing.artist)
        split = listing.split or splits[listing.artist]
        songs.append(PlannedSong(listing, split, 0, excerpts))
    if not songs:
        reasons = "; ".join(str(r) for r in rejected[:3]) or "it is empty"
        if len(rejected) > 3:
            reasons += f"; in all {counted(Counter(kind_of(r.reason) for r in rejected))}"
        raise UsageError(f"recipe {recipe.name}: the source has no usable song: {reasons}")
    planned = recipe_json(recipe)
    return Plan(
        planned,
        dict(recipe.separator.fingerprint()),
        __version__,
        tuple(_in_shards(songs, 0, planned)),
        tuple(rejected),
    )


def _rate_and_length(recipe: Recipe, listing: Listing) -> tuple[int, int]:
    """The rate of a song and its samples per channel, as they will be in the data set."""
    rate = recipe.rate or listing.rate
    return rate, resampled_length(listing.length, listing.rate, rate)


def _in_shards(
    songs: Iterable[PlannedSong], first: int, recipe: PlannedRecipe
) -> Iterator[PlannedSong]:
    """The songs with their shards. Shards are filled one after another, from number `first` on."""
    shard, filled = first, 0
    for song in songs:
        if filled >= recipe["examples_per_shard"]:
            shard, filled = shard + 1, 0
        yield song if song.shard == shard else replace(song, shard=shard)
        filled += len(song.excerpts) * recipe.get("consoles", 1)


def _too_short(recipe: Recipe, listing: Listing) -> Rejected:
    seconds, name = listing.length / listing.rate, listing.origin.name
    shortest = f"shorter than one excerpt of {recipe.excerpt_seconds:g} s"
    return Rejected(name, f"{seconds:.1f} s long, {shortest}: ask for shorter excerpts")


def extended(begun: Plan, current: Plan) -> Plan:
    """A plan for all songs of `current` that leaves the shards of `begun` as they are: the songs
    of `begun` stay in their shards, and new songs get shards of their own.

    The result depends on the order in which songs were added. The same songs, added in two ways,
    can give two plans, with other shards and another root, but the same examples.

    Raises:
        DatasetError: a song of `begun` is gone, or has changed.
    """
    remaining = {song.listing.id: song for song in current.songs}
    for song in begun.songs:
        was, now = song.listing, remaining.pop(song.listing.id, None)
        if now is None:
            raise DatasetError(
                f"song {was.id} ({was.origin.name}) is in the data set and gone from "
                "the source: put it back, or choose another folder"
            )
        if now.listing != was:
            raise DatasetError(
                f"song {was.id} ({was.origin.name}) is not what it was when the data set "
                f"was begun: its {_first_change(was, now.listing)} changed: put it back as "
                "it was, or choose another folder"
            )
    last = max(song.shard for song in begun.songs)
    new = _in_shards(remaining.values(), last + 1, begun.recipe)
    return replace(current, songs=(*begun.songs, *new))


def _first_change(was: Listing, now: Listing) -> str:
    if was.origin.sha256 != now.origin.sha256:
        return "content"
    names = ("origin", "artist", "license", "rate", "length", "split", "mix_kind")
    return next(name for name in names if getattr(was, name) != getattr(now, name))

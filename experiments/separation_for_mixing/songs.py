"""Composed songs for the ladder: their dry tracks, and groups of them as they are in the mix."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.consoles.console_json import console_from_json
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.song import Song, Stems, role
from automix_bench.source import Catalogue, Listing
from automix_bench.sources.composed import Composed

WET = "wet-"
"""What stands before the name of a group that has passed the engineer's strips."""
GROUPS: Mapping[str, frozenset[str]] = {
    "drums": frozenset({"drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion"}),
    "bass": frozenset({"bass"}),
    "lead": frozenset({"lead", "vocals", "backing", "brass", "winds"}),
}
"""The roles of each group; the group `other` has the rest."""
OTHER = "other"


def group_of(stem: str) -> str:
    """The group of a track, by its role."""
    return next((name for name, roles in GROUPS.items() if role(stem) in roles), OTHER)


def grouped(stems: Stems) -> dict[str, Audio]:
    """The sums of the tracks of each group that has any."""
    members: dict[str, list[Audio]] = {}
    for name in sorted(stems):
        members.setdefault(group_of(name), []).append(stems[name])
    return {group: total(parts) for group, parts in sorted(members.items())}


@dataclass(frozen=True)
class ComposedWithGroups:
    """Composed songs whose stems are their dry tracks and, as `wet-NAME`, the groups of tracks that
    have passed the strips of the engineer's console, but not its bus.

    Attributes:
        shows: `both`; or `groups` alone, of dry tracks, named as they are.
        count, first, seconds: as in `Composed`.
    """

    count: int
    first: int
    seconds: float
    shows: str = "both"

    def catalogue(self) -> Catalogue:
        return Catalogue(tuple(self._of(one) for one in _composed(self).values()))

    def load(self, listing: Listing) -> Song:
        song = _source(self).load(_composed(self)[listing.id])
        if self.shows == "groups":
            stems = grouped(song.stems)
        else:
            console = console_from_json(song.origin.settings["console"])
            wet = {name: console.strips[name](stem) for name, stem in song.stems.items()}
            stems = {**song.stems, **{WET + name: one for name, one in grouped(wet).items()}}
        return replace(song, stems=stems, origin=replace(song.origin, sha256=listing.origin.sha256))

    def _of(self, listing: Listing) -> Listing:
        text = f"{self.shows} {listing.origin.sha256}"
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        return replace(listing, origin=replace(listing.origin, sha256=sha256))


def _source(songs: ComposedWithGroups) -> Composed:
    return Composed(songs.count, first=songs.first, seconds=songs.seconds)


@lru_cache(maxsize=4)
def _composed(songs: ComposedWithGroups) -> Mapping[str, Listing]:
    """The composed songs, by id. To list them is to compose them all, so it is done once."""
    return {one.id: one for one in _source(songs).catalogue().listings}


def training_recipe(
    count: int, first: int, seconds: float, excerpt: float, per_song: int
) -> Recipe:
    """Songs with dry tracks and wet groups, for the splits train and valid."""
    return Recipe(
        name="separation-for-mixing",
        version=1,
        seed=20261129,
        description="Dry tracks, wet groups and the released mix of composed songs.",
        source=ComposedWithGroups(count, first, seconds),
        separator=AsRecorded(),
        console=RandomConsole(),
        excerpt_seconds=excerpt,
        excerpts_per_song=per_song,
        splits=(0.9, 0.1, 0.0),
        store="before",
        tasks=("mixing_raw",),
    )


def tested_recipe(
    count: int,
    first: int,
    seconds: float,
    excerpt: float,
    groups: bool,
    prepared: RandomChain,
) -> Recipe:
    """Songs to test mixers on: their dry tracks, or the dry groups of these.

    Args:
        prepared: what every track passes before it is shown; an empty chain for nothing.
    """
    source = ComposedWithGroups(count, first, seconds, "groups")
    return Recipe(
        name="raw_multitrack",
        version=1,
        seed=20261129,
        description="Dry tracks or groups, and the released mix, of composed songs.",
        source=source if groups else Composed(count, first=first, seconds=seconds),
        separator=AsRecorded(),
        console=RandomConsole(prepared=prepared),
        excerpt_seconds=excerpt,
        excerpts_per_song=1,
        splits=(0.0, 0.0, 1.0),
        store="before",
    )


def number_of(song: str) -> int:
    """The number of a composed song, by its id."""
    return int(song.split("-")[1])


def is_silent(audio: Audio) -> bool:
    """Whether a sound is digital silence."""
    return not np.any(audio.samples)

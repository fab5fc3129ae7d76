"""What a recipe will make, decided before any audio is decoded, and frozen.

A plan names every song, with the hash of its file, every excerpt and the shard it goes to. Its
root is the sha256 of its canonical JSON: two data sets with one root are the same data set.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from automix_bench import __version__
from automix_bench.canonical import fingerprint, pretty
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.recipe import Recipe, described
from automix_bench.song import Origin
from automix_bench.source import Listing

FORMAT = 1


@dataclass(frozen=True)
class PlannedSong:
    """A song, its split, its shard and the numbers of its excerpts."""

    listing: Listing
    split: str
    shard: int
    excerpts: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What will be made.

    Attributes:
        recipe: as JSON: name, version, seed and every setting, without paths.
        separator: its fingerprint.
        code: the version of automix_bench.
    """

    recipe: dict[str, Any]
    separator: dict[str, Any]
    code: str
    songs: tuple[PlannedSong, ...]
    rejected: tuple[Rejected, ...]

    @cached_property
    def root(self) -> str:
        """The sha256 that stands for all of the plan."""
        return fingerprint(self.to_json())

    def shards(self) -> Iterator[tuple[int, tuple[PlannedSong, ...]]]:
        """Each shard's number and songs, in order."""
        by_number: dict[int, list[PlannedSong]] = {}
        for song in self.songs:
            by_number.setdefault(song.shard, []).append(song)
        for number, songs in sorted(by_number.items()):
            yield number, tuple(songs)

    @property
    def examples(self) -> int:
        """How many excerpts are planned; fewer are made where some turn out silent."""
        return sum(len(song.excerpts) for song in self.songs)

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {
            "format": FORMAT,
            "automix_bench": self.code,
            "recipe": self.recipe,
            "separator": self.separator,
            "songs": [
                {
                    **asdict(song.listing),
                    "split_of_source": song.listing.split,
                    "split": song.split,
                    "shard": song.shard,
                    "excerpts": list(song.excerpts),
                }
                for song in self.songs
            ],
            "rejected": [{"item": r.item, "reason": r.reason} for r in self.rejected],
        }

    def to_file(self) -> bytes:
        """The content of `plan.json`."""
        return pretty({**self.to_json(), "root": self.root}).encode()


def plan(recipe: Recipe) -> Plan:
    """Ask the source what it has, and decide what is made of it. No audio is decoded.

    Raises:
        UsageError: there is no song that an excerpt can be taken from, or two songs share an id.
    """
    catalogue = recipe.source.catalogue()
    rejected = list(catalogue.rejected)
    songs: list[PlannedSong] = []
    shard = filled = 0
    seen: set[str] = set()
    for listing in catalogue.listings:
        if listing.id in seen:
            raise UsageError(f"two songs have the id {listing.id}: {listing.origin.name} is one")
        seen.add(listing.id)
        excerpts = recipe.excerpts(listing.id, listing.rate, listing.length)
        if not excerpts:
            rejected.append(_too_short(recipe, listing))
            continue
        if filled >= recipe.examples_per_shard:
            shard, filled = shard + 1, 0
        split = listing.split or recipe.split(listing.artist)
        songs.append(PlannedSong(listing, split, shard, excerpts))
        filled += len(excerpts)
    if not songs:
        reasons = "; ".join(str(r) for r in rejected[:3]) or "it is empty"
        raise UsageError(f"recipe {recipe.name}: the source has no usable song: {reasons}")
    return Plan(
        described(recipe), dict(recipe.separator.fingerprint()), __version__, tuple(songs),
        tuple(rejected),
    )  # fmt: skip


def read_plan(folder: Path) -> Plan:
    """The plan a data set was made by.

    Raises:
        DatasetError: there is none, or it was changed.
    """
    path = folder / "plan.json"
    if not path.is_file():
        raise DatasetError(f"{folder}: no data set, it holds no plan.json")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise DatasetError(f"{path}: format {said['format']}, this version reads {FORMAT}")
        found = Plan(
            said["recipe"], said["separator"], said["automix_bench"],
            tuple(_song_from_json(song) for song in said["songs"]),
            tuple(Rejected(r["item"], r["reason"]) for r in said["rejected"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: damaged: {type(error).__name__} {error}") from error
    if found.root != said["root"]:
        raise DatasetError(f"{path}: changed since it was written: its root no longer fits")
    return found


def _song_from_json(said: dict[str, Any]) -> PlannedSong:
    listing = {key: said[key] for key in ("id", "artist", "license", "rate", "length")}
    origin, split = Origin(**said["origin"]), said["split_of_source"]
    planned = Listing(**listing, origin=origin, split=split)
    return PlannedSong(planned, said["split"], said["shard"], tuple(said["excerpts"]))


def _too_short(recipe: Recipe, listing: Listing) -> Rejected:
    seconds = listing.length / listing.rate
    wanted = f"shorter than one excerpt of {recipe.excerpt_seconds:g} s"
    return Rejected(
        listing.origin.name, f"{seconds:.1f} s long, {wanted}: ask for shorter excerpts"
    )

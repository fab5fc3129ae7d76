"""What a recipe will make, decided before any audio is decoded, and frozen.

A plan names every song, with the hash of its file, every excerpt and the shard it goes to. Its
root is the sha256 of its canonical JSON: two data sets with one root are the same data set. A
shard's *part* is the sha256 of what of the plan decides that shard, and of nothing else: a plan
that songs are appended to has another root, and its old shards have their old parts.

`plan.json` has a song a line, so that neither writing nor reading a million of them holds all of
the text.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError, Rejected
from automix_bench.files.atomic import whole_file
from automix_bench.files.canonical_json import canonical
from automix_bench.song import Origin
from automix_bench.source import Listing

FORMAT = 1
PLAN = "plan.json"
_SONGS = '"songs":[\n'


@dataclass(frozen=True, slots=True)
class PlannedSong:
    """A song, its split, its shard and the numbers of its excerpts."""

    listing: Listing
    split: str
    shard: int
    excerpts: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON."""
        listing, origin = self.listing, self.listing.origin
        return {
            "id": listing.id,
            "artist": listing.artist,
            "license": listing.license,
            "origin": {
                "name": origin.name,
                "sha256": origin.sha256,
                "attribution": origin.attribution,
                "settings": origin.settings,
            },
            "rate": listing.rate,
            "length": listing.length,
            "split_of_source": listing.split,
            "split": self.split,
            "shard": self.shard,
            "excerpts": self.excerpts,
        }


@dataclass(frozen=True)
class _Hashes:
    """Of one walk through a plan; `file` of `plan.json`, `parts` by the shard's number."""

    root: str
    file: str
    parts: Mapping[int, str]


@dataclass(frozen=True)
class Plan:
    """What will be made.

    Attributes:
        recipe: as JSON: name, version, seed and every setting, without paths.
        separator: its fingerprint.
        code: the version of automix_bench.
        songs: shard by shard.
    """

    recipe: dict[str, Any]
    separator: dict[str, Any]
    code: str
    songs: tuple[PlannedSong, ...]
    rejected: tuple[Rejected, ...]

    @property
    def root(self) -> str:
        """The sha256 that stands for all of the plan: of its canonical JSON."""
        return self._hashes.root

    @property
    def file_sha256(self) -> str:
        """Of `plan.json` as it is written."""
        return self._hashes.file

    def part(self, shard: int) -> str:
        """The sha256 that stands for what decides a shard: the recipe, the separator, the code,
        and the songs of that shard."""
        return self._hashes.parts[shard]

    def shards(self) -> Iterator[tuple[int, tuple[PlannedSong, ...]]]:
        """Each shard's number and songs, in order."""
        by_number: dict[int, list[PlannedSong]] = {}
        for song in self.songs:
            by_number.setdefault(song.shard, []).append(song)
        for number, songs in sorted(by_number.items()):
            yield number, tuple(songs)

    @property
    def examples(self) -> int:
        """How many are planned; fewer are made where some excerpts turn out silent."""
        return self.consoles * sum(len(song.excerpts) for song in self.songs)

    @property
    def consoles(self) -> int:
        """How many each excerpt is played through; each makes an example."""
        return int(self.recipe.get("consoles", 1))

    @property
    def store(self) -> str:
        """What the shards hold of an example, as in `Recipe`."""
        return str(self.recipe.get("store", "both"))

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {**self._head(), "songs": [song.to_json() for song in self.songs]}

    def write(self, folder: Path) -> None:
        """Put `plan.json` into a folder.

        Raises:
            DiskFull: there is no room; what was there before stays.
        """
        with whole_file(folder / PLAN) as file:
            file.writelines(self._file())

    def _head(self) -> dict[str, Any]:
        rejected = [{"item": each.item, "reason": each.reason} for each in self.rejected]
        return {**self._making(), "rejected": rejected}

    def _making(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "automix_bench": self.code,
            "recipe": self.recipe,
            "separator": self.separator,
        }

    @cached_property
    def _hashes(self) -> _Hashes:
        # The keys of the head sort before `songs`, so this is the canonical JSON of all of it.
        root = hashlib.sha256(f'{canonical(self._head())[:-1]},"songs":['.encode())
        file = hashlib.sha256(self._file_head())
        making = hashlib.sha256(canonical(self._making()).encode())
        parts: dict[int, Any] = {}
        for number, song in enumerate(self.songs):
            line = canonical(song.to_json()).encode()
            root.update(b"," + line if number else line)
            file.update(b",\n" + line if number else line)
            if song.shard not in parts:
                parts[song.shard] = making.copy()
            parts[song.shard].update(b"\n" + line)
        root.update(b"]}")
        file.update(file_end(root.hexdigest()))
        found = {shard: part.hexdigest() for shard, part in parts.items()}
        return _Hashes(root.hexdigest(), file.hexdigest(), found)

    def _file(self) -> Iterator[bytes]:
        yield self._file_head()
        for number, song in enumerate(self.songs):
            yield (",\n" * (number > 0) + canonical(song.to_json())).encode()
        yield file_end(self.root)

    def _file_head(self) -> bytes:
        said = (f'"{key}":{canonical(value)}' for key, value in sorted(self._head().items()))
        return ("{" + ",\n".join(said) + ",\n" + _SONGS).encode()


def file_end(root: str) -> bytes:
    """How `plan.json` ends, as it is written: by its root alone it tells which plan it is."""
    return f'\n],\n"root":"{root}"}}\n'.encode()


def read_plan(folder: Path) -> Plan:
    """The plan a data set was made by.

    Raises:
        DatasetError: there is none, or it was changed.
    """
    path = folder / PLAN
    if not path.is_file():
        raise DatasetError(f"{folder}: no data set, it holds no {PLAN}")
    try:
        said, songs = _read(path)
        if said["format"] != FORMAT:
            raise DatasetError(f"{path}: format {said['format']}, this version reads {FORMAT}")
        found = Plan(
            said["recipe"],
            said["separator"],
            said["automix_bench"],
            songs,
            tuple(Rejected(r["item"], r["reason"]) for r in said["rejected"]),
        )
        root = found.root
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged: {type(error).__name__} {error}") from error
    if root != said["root"]:
        raise DatasetError(f"{path}: changed since it was written: its root no longer fits")
    return found


def _read(path: Path) -> tuple[dict[str, Any], tuple[PlannedSong, ...]]:
    """What a plan says, without its songs, and these. Any layout of its JSON is read; that of
    `Plan.write` line by line."""
    with path.open(encoding="utf-8") as file:
        head = ""
        for line in file:
            if line == _SONGS:
                break
            head += line
        else:
            said = json.loads(head)
            return said, tuple(_song_from_json(song) for song in said.pop("songs"))
        songs = []
        for line in file:
            if line == "],\n":
                break
            songs.append(_song_from_json(json.loads(line.rstrip(",\n"))))
        return json.loads(head + file.read()), tuple(songs)


def _song_from_json(said: dict[str, Any]) -> PlannedSong:
    # Many songs share these, and would each have their own.
    artist, license, split = (sys.intern(said[key]) for key in ("artist", "license", "split"))
    planned = Listing(
        said["id"],
        artist,
        license,
        Origin(**said["origin"]),
        said["rate"],
        said["length"],
        said["split_of_source"],
    )
    return PlannedSong(planned, split, said["shard"], tuple(said["excerpts"]))

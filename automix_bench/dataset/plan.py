"""The plan of a data set, and its file, `plan.json`.

A plan is decided before any audio is decoded. It names every song, with the hash of its file, every
excerpt, and the shard it goes to. Its root is the sha256 of its canonical JSON: two data sets with
one root are the same data set. A shard's *part* is the sha256 of what decides that shard, and of
nothing else: where songs are appended to a plan, its root changes, and the parts of its old shards
stay.

`plan.json` has one song per line, so that a million of them are written and read without holding
all of the text in memory.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from automix_bench.dataset.schema import PLAN_HEAD, PLANNED_SONG, demand, fault, parsed
from automix_bench.errors import DatasetError, Rejected
from automix_bench.files.atomic import whole_file
from automix_bench.files.canonical_json import canonical
from automix_bench.separator import SeparatorFingerprint
from automix_bench.song import Origin
from automix_bench.source import Listing

FORMAT = 1
PLAN = "plan.json"
_SONGS = '"songs":[\n'


class PlannedRecipe(TypedDict):
    """A recipe in a plan, as JSON: its settings, as in `Recipe`, without paths. `source`,
    `separator` and `console` hold settings by name, and the name of their class as `type`."""

    type: str
    name: str
    version: int
    seed: int
    description: str
    source: dict[str, Any]
    separator: dict[str, Any]
    console: dict[str, Any]
    excerpt_seconds: float
    excerpts_per_song: int | None
    stereo: bool
    loudness_lufs: float | None
    headroom_dbtp: float
    silence_db: float
    splits: list[float]
    examples_per_shard: int
    audible_db: float | None
    draws: int
    stems_kept: int | None
    plain_mix: bool
    store: NotRequired[str]
    consoles: NotRequired[int]
    bits: NotRequired[int]
    tasks: NotRequired[list[str]]
    rate: NotRequired[int]


@dataclass(frozen=True, slots=True)
class PlannedSong:
    """A song, its split, its shard and the numbers of its excerpts."""

    listing: Listing
    split: str
    shard: int
    excerpts: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The song as it stands in `plan.json`."""
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
            # Plans of data sets that do not know it have no such key, and keep their roots.
            **({"mix_kind": listing.mix_kind} if listing.mix_kind != "unknown" else {}),
        }


@dataclass(frozen=True)
class _Hashes:
    """The hashes of a plan: `root`, that of `plan.json`, and the parts by the shard's number. One
    walk through the songs computes all of them."""

    root: str
    file: str
    parts: Mapping[int, str]


@dataclass(frozen=True)
class Plan:
    """What will be made.

    Attributes:
        code: the version of automix_bench.
        songs: shard by shard.
        rejected: songs that cannot be used, with the reason.
    """

    recipe: PlannedRecipe
    separator: SeparatorFingerprint
    code: str
    songs: tuple[PlannedSong, ...]
    rejected: tuple[Rejected, ...]

    @property
    def root(self) -> str:
        """The sha256 of the plan's canonical JSON, which stands for all of it."""
        return self._hashes.root

    @property
    def file_sha256(self) -> str:
        """The sha256 of `plan.json` as `write` writes it."""
        return self._hashes.file

    def part(self, shard: int) -> str:
        """The sha256 of what decides a shard: the recipe, the separator, the code, and the songs of
        that shard."""
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
        """How many examples are planned. Fewer are made where some excerpts are rejected."""
        return self.consoles * sum(len(song.excerpts) for song in self.songs)

    @property
    def consoles(self) -> int:
        """How many consoles each excerpt is played through; each makes an example."""
        return self.recipe.get("consoles", 1)

    @property
    def store(self) -> str:
        """What the shards hold of an example: `both` or `before`, as in `Recipe`."""
        return self.recipe.get("store", "both")

    @property
    def bits(self) -> int:
        """What every sound is stored in: 24 or 16."""
        return self.recipe.get("bits", 24)

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON, without its root."""
        return {**self._head(), "songs": [song.to_json() for song in self.songs]}

    def write(self, folder: Path) -> None:
        """Write `plan.json` into a folder.

        Raises:
            DiskFull: there is no room; an older file stays as it was.
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
        by_shard = {shard: part.hexdigest() for shard, part in parts.items()}
        return _Hashes(root.hexdigest(), file.hexdigest(), by_shard)

    def _file(self) -> Iterator[bytes]:
        yield self._file_head()
        for number, song in enumerate(self.songs):
            yield (",\n" * (number > 0) + canonical(song.to_json())).encode()
        yield file_end(self.root)

    def _file_head(self) -> bytes:
        lines = (f'"{key}":{canonical(value)}' for key, value in sorted(self._head().items()))
        return ("{" + ",\n".join(lines) + ",\n" + _SONGS).encode()


def file_end(root: str) -> bytes:
    """The last bytes of `plan.json`: they hold the root, which tells one plan from another."""
    return f'\n],\n"root":"{root}"}}\n'.encode()


def read_plan(folder: Path) -> Plan:
    """The plan that the data set in a folder was made by.

    Raises:
        DatasetError: there is none, or it was changed.
    """
    path = folder / PLAN
    if not path.is_file():
        raise DatasetError(f"{folder}: no data set, it holds no {PLAN}")
    try:
        head, songs = _read(path)
        if not isinstance(head.get("format"), int):
            raise DatasetError(f"{path}: damaged: it states no format")
        if head["format"] != FORMAT:
            raise DatasetError(f"{path}: format {head['format']}, this version reads {FORMAT}")
        demand(head, PLAN_HEAD, f"{path}: damaged")
        plan = Plan(
            head["recipe"],
            head["separator"],
            head["automix_bench"],
            songs,
            tuple(Rejected(r["item"], r["reason"]) for r in head["rejected"]),
        )
        root = plan.root
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged: {type(error).__name__} {error}") from error
    if root != head["root"]:
        raise DatasetError(f"{path}: changed since it was written: its root no longer fits")
    return plan


def _read(path: Path) -> tuple[dict[str, Any], tuple[PlannedSong, ...]]:
    """All of a plan's JSON but the songs, and the songs.

    JSON in any layout is read. That of `Plan.write` is read line by line.
    """
    with path.open(encoding="utf-8") as file:
        text = ""
        for line in file:
            if line == _SONGS:
                break
            text += line
        else:
            whole = parsed(text)
            if not isinstance(whole, dict) or not isinstance(whole.get("songs"), list):
                raise ValueError("expected an object with a list of songs")
            return whole, tuple(_song_from_json(song) for song in whole.pop("songs"))
        songs = []
        for line in file:
            if line == "],\n":
                break
            songs.append(_song_from_json(parsed(line.rstrip(",\n"))))
        return parsed(text + file.read()), tuple(songs)


def _song_from_json(record: Any) -> PlannedSong:
    if wrong := fault(record, PLANNED_SONG):
        raise ValueError(f"a song, {wrong}")
    # Many songs have these in common: interned, each value is in memory once.
    artist, license, split = (sys.intern(record[key]) for key in ("artist", "license", "split"))
    listing = Listing(
        record["id"],
        artist,
        license,
        Origin(**record["origin"]),
        record["rate"],
        record["length"],
        record["split_of_source"],
        record.get("mix_kind", "unknown"),
    )
    return PlannedSong(listing, split, record["shard"], tuple(record["excerpts"]))

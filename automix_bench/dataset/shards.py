"""Examples on disk: tar files of 24-bit FLAC and JSON, and how one example is found in them.

<folder>/00000.tar                              the examples of whole songs, one after another
    song_0003.json                              song, artist, licence, split, gain, every knob
    song_0003.before.vocals.flac                a stem as it entered its strip
    song_0003.before.mix.flac                   the mix as released
    song_0003.after.vocals.flac                 the stem as it left its strip
    song_0003.after.mix.flac                    the sum of those, through the bus
        (`after` is not there in data sets that store `before` alone: see `compact.py`)
<folder>/00000.json                             its index: what is where, and hashes

Names are sorted, times are 0: the same examples are the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from automix_bench.audio import Audio
from automix_bench.console import Console
from automix_bench.consoles.console_json import console_from_json, console_to_json
from automix_bench.dataset.shard_index import shard_name, write_index
from automix_bench.dataset.shard_reader import BLOCK, example_hash, read_files
from automix_bench.dataset.shared_dry import Dry, sounds_sha256
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.dsp.severity import severity_bin, severity_db
from automix_bench.example import Example, played
from automix_bench.files import flac
from automix_bench.files.atomic import whole_file
from automix_bench.files.canonical_json import canonical
from automix_bench.song import Origin, Song


class ShardWriter:
    """Writes one shard, example by example, and puts it in place when it is whole.

    A kill leaves only a hidden `.tmp` file, of a name that no other writer uses.

    Args:
        store: as in `Recipe`.
    """

    def __init__(self, folder: Path, number: int, part: str, store: str = "both") -> None:
        self._folder, self._number, self._part, self._store = folder, number, part, store
        self._name, self._begins = shard_name(number), 0
        self._rows: list[str] = []
        self._digest = hashlib.sha256()

    def write(self, examples: Iterable[Example], rejected: list[dict[str, str]]) -> None:
        """Write all examples. `rejected` is read when they are exhausted.

        Raises:
            DiskFull: there is no room; the unfinished file is removed.
        """
        with whole_file(self._folder / self._name) as file:
            for one in packed(examples, self._store):
                self._append(file, one)
            self._write(file, bytes(2 * BLOCK))
            sha256 = self._digest.hexdigest()
            head = {"part": self._part, "sha256": sha256, "rejected": rejected}
            write_index(self._folder, self._number, head, self._rows)

    def _append(self, file: IO[bytes], one: Packed) -> None:
        if not one.shared:
            self._begins = file.tell()
        for name, content in one.files.items():
            for part in _member(name, content):
                self._write(file, part)
        size = file.tell() - self._begins
        where = {"shard": self._name, "offset": self._begins, "size": size}
        sha256 = example_hash({**one.shared, **one.files})
        self._rows.append(canonical({**row(one.example), **where, "sha256": sha256}))

    def _write(self, file: IO[bytes], content: bytes) -> None:
        file.write(content)
        self._digest.update(content)


@dataclass(frozen=True)
class Packed:
    """An example as it goes into a shard: files of its own, and those it shares, written before."""

    example: Example
    files: Mapping[str, bytes]
    shared: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """Of its own files in a tar file, in bytes."""
        files = self.files.items()
        return sum(len(part) for name, content in files for part in _member(name, content))


def packed(examples: Iterable[Example], store: str) -> Iterator[Packed]:
    """Examples as they follow each other in a shard."""
    dry: Dry | None = None
    for example in examples:
        if dry and dry.serves(example):
            yield Packed(example, encode(example, store, dry.example.id), dry.files)
            continue
        files = encode(example, store)
        if store == "before":
            sounds = {name: content for name, content in files.items() if name.endswith(".flac")}
            dry = Dry(example, sounds)
        yield Packed(example, files, {})


def encode(example: Example, store: str = "both", before_of: str = "") -> dict[str, bytes]:
    """The files of one example, by name, in order.

    Args:
        store: as in `Recipe`.
        before_of: the example that its `before` is stored with; empty if that is its own.
    """
    said, bits = settings(example), example.bits
    sides = {"before": example.before, "after": example.after}
    if store == "before":
        said |= {"store": store, "after_sha256": sounds_sha256(example.after)}
        sides = {"before": example.before}
    if before_of:
        said |= {"before_of": before_of}
        sides = {}
    sounds = {
        f"{example.id}.{side}.{name}.flac": flac.encode(audio, bits)
        for side, song in sides.items()
        for name, audio in sorted({**song.stems, "mix": song.mix}.items())
    }
    return {f"{example.id}.json": canonical(said).encode(), **sounds}


def settings(example: Example) -> dict[str, Any]:
    """All of an example but its audio, as JSON."""
    before = example.before
    bits = {"bits": example.bits} if example.bits != 24 else {}
    return {
        **bits,
        "id": example.id,
        "song": example.song,
        "artist": before.artist,
        "license": before.license,
        "split": example.split,
        "start": example.start,
        "rate": before.mix.rate,
        "gain_db": example.gain_db,
        "draw": example.draw,
        "console": console_to_json(example.console),
        "origin": {
            "name": before.origin.name,
            "sha256": before.origin.sha256,
            "attribution": before.origin.attribution,
            "settings": dict(before.origin.settings),
        },
    }


def row(example: Example) -> dict[str, Any]:
    """What the manifest says of an example: its settings and what was measured on it."""
    said = settings(example)
    before, after = example.before, example.after
    stems, mix_severity_db = sorted(before.stems), severity_db(before.mix, after.mix)
    return {
        **{key: said[key] for key in ("id", "song", "artist", "license", "split", "start", "rate")},
        "length": before.mix.length,
        "channels": before.mix.channels,
        "gain_db": example.gain_db,
        "draw": example.draw,
        "origin": before.origin.name,
        "origin_sha256": before.origin.sha256,
        "attribution": before.origin.attribution,
        "stems": stems,
        "before_lufs": _finite(integrated_lufs(before.mix)),
        "after_lufs": _finite(integrated_lufs(after.mix)),
        "before_true_peak_dbtp": _finite(true_peak_dbtp(before.mix)),
        "after_true_peak_dbtp": _finite(true_peak_dbtp(after.mix)),
        "mix_severity_db": mix_severity_db,
        "mix_severity": severity_bin(mix_severity_db),
        "stem_severity_db": [severity_db(before.stems[n], after.stems[n]) for n in stems],
        "console": said["console"],
    }


def said_in(files: Mapping[str, bytes]) -> dict[str, Any]:
    """All that is said of the example whose files these are."""
    name = next(name for name in files if name.endswith(".json"))
    said: dict[str, Any] = json.loads(files[name])
    return said


def decode_before(files: Mapping[str, bytes]) -> Song:
    """What entered the console of the example whose files these are."""
    return _song(said_in(files), "before", files)


@dataclass(frozen=True)
class Unplayed:
    """An example of which nothing has been through a console yet; names are those of `Example`."""

    song: str
    split: str
    start: int
    gain_db: float
    before: Song
    console: Console
    bits: int

    @property
    def id(self) -> str:
        """Unique within the data set."""
        return self.before.id


def decode_unplayed(files: Mapping[str, bytes]) -> Unplayed:
    """What entered the console of the example whose files these are, and what that was."""
    said = said_in(files)
    before, console = _song(said, "before", files), console_from_json(said["console"])
    where = said["song"], said["split"], said["start"], said["gain_db"]
    return Unplayed(*where, before, console, said.get("bits", 24))


def decode(files: Mapping[str, bytes]) -> Example:
    """The example whose files these are; what is not stored of it is rendered."""
    said, one = said_in(files), decode_unplayed(files)
    stored = said.get("store", "both") == "both"
    return Example(
        song=one.song,
        split=one.split,
        start=one.start,
        gain_db=one.gain_db,
        before=one.before,
        console=one.console,
        after=_song(said, "after", files) if stored else played(one.console, one.before, one.bits),
        draw=said["draw"],
        bits=one.bits,
    )


def read_example(folder: Path, row: Mapping[str, Any], check: bool = True) -> Example:
    """The example that a manifest's row stands for, without reading any other.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    return decode(read_files(folder, row, check))


def read_unplayed(folder: Path, row: Mapping[str, Any], check: bool = True) -> Unplayed:
    """What entered the console of the example that a manifest's row stands for.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    return decode_unplayed(read_files(folder, row, check))


def _member(name: str, content: bytes) -> tuple[bytes, bytes, bytes]:
    """A file as it stands in a tar file: its header, itself, and what fills its last block."""
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o644
    return header.tobuf(tarfile.PAX_FORMAT), content, bytes(-len(content) % BLOCK)


def _song(said: Mapping[str, Any], side: str, files: Mapping[str, bytes]) -> Song:
    prefix = f"{said.get('before_of', said['id'])}.{side}."
    sounds: dict[str, Audio] = {
        name.removeprefix(prefix).removesuffix(".flac"): flac.decode_trusted(content)
        for name, content in files.items()
        if name.startswith(prefix)
    }
    mix = sounds.pop("mix")
    origin = Origin(**said["origin"])
    return Song(said["id"], said["artist"], sounds, mix, said["license"], origin)


def _finite(value: float) -> float | None:
    return round(value, 4) if abs(value) != float("inf") else None

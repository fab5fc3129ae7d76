"""Examples on disk: tar files of 24-bit FLAC and JSON, and how one example is found in them.

<folder>/00000.tar                              the examples of whole songs, one after another
    song_0003.json                              song, artist, licence, split, gain, every knob
    song_0003.before.vocals.flac                a stem as it entered its strip
    song_0003.before.mix.flac                   the mix as released
    song_0003.after.vocals.flac                 the stem as it left its strip
    song_0003.after.mix.flac                    the sum of those, through the bus
<folder>/00000.json                             the rows of this shard: what is where, and hashes

Names are sorted, times are 0: the same examples are the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from automix_bench import flac
from automix_bench.audio import Audio
from automix_bench.canonical import canonical, pretty, put_in_place, sealed, write_whole
from automix_bench.console import console_from_json, console_to_json
from automix_bench.errors import DatasetError, naming_a_full_disk
from automix_bench.example import Example
from automix_bench.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.severity import severity_bin, severity_db
from automix_bench.song import Origin, Song

BLOCK = 512


def shard_name(number: int) -> str:
    """The name of a shard's file."""
    return f"{number:05d}.tar"


def read_index(folder: Path, number: int) -> Any:
    """What lies under the name of a shard's index, as JSON; whether it is whole, its seal tells."""
    path = (folder / shard_name(number)).with_suffix(".json")
    return json.loads(path.read_text(encoding="utf-8"))


class ShardWriter:
    """Writes one shard, example by example, and puts it in place when it is whole.

    A kill leaves only a hidden `.tmp` file, which the next run writes over.
    """

    def __init__(self, folder: Path, number: int, plan_root: str) -> None:
        self._plan_root = plan_root
        self.path = folder / shard_name(number)
        self._unfinished = folder / f".{shard_name(number)}.tmp"
        self._rows: list[dict[str, Any]] = []
        self._digest = hashlib.sha256()

    def write(self, examples: Iterable[Example], rejected: list[dict[str, str]]) -> None:
        """Write all examples. `rejected` is read when they are exhausted.

        Raises:
            DiskFull: there is no room; the unfinished file is removed.
        """
        try:
            with naming_a_full_disk(self.path.parent), self._unfinished.open("wb") as file:
                for example in examples:
                    self._append(file, example)
                self._write(file, bytes(2 * BLOCK))
                file.flush()
                os.fsync(file.fileno())
            index = {
                "shard": self.path.name,
                "plan": self._plan_root,
                "sha256": self._digest.hexdigest(),
                "examples": self._rows,
                "rejected": rejected,
            }
            write_whole(self.path.with_suffix(".json"), pretty(sealed(index)).encode())
            put_in_place(self._unfinished, self.path)
        except BaseException:
            self._unfinished.unlink(missing_ok=True)
            raise

    def _append(self, file: io.BufferedWriter, example: Example) -> None:
        offset = file.tell()
        files = encode(example)
        for name, content in files.items():
            self._write(file, _member(name, content))
        where = {"shard": self.path.name, "offset": offset, "size": file.tell() - offset}
        self._rows.append({**row(example), **where, "sha256": _example_hash(files)})

    def _write(self, file: io.BufferedWriter, content: bytes) -> None:
        file.write(content)
        self._digest.update(content)


def encode(example: Example) -> dict[str, bytes]:
    """The files of one example, by name, in order."""
    sides = {"before": example.before, "after": example.after}
    sounds = {
        f"{example.id}.{side}.{name}.flac": flac.encode(audio)
        for side, song in sides.items()
        for name, audio in sorted({**song.stems, "mix": song.mix}.items())
    }
    return {f"{example.id}.json": canonical(settings(example)).encode(), **sounds}


def settings(example: Example) -> dict[str, Any]:
    """All of an example but its audio, as JSON."""
    before = example.before
    return {
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


def decode(files: Mapping[str, bytes]) -> Example:
    """The example whose files these are."""
    name = next(name for name in files if name.endswith(".json"))
    said = json.loads(files[name])
    return Example(
        song=said["song"],
        split=said["split"],
        start=said["start"],
        gain_db=said["gain_db"],
        before=_song(said, "before", files),
        console=console_from_json(said["console"]),
        after=_song(said, "after", files),
        draw=said["draw"],
    )


def read_example(folder: Path, row: Mapping[str, Any]) -> Example:
    """The example that a manifest's row stands for, without reading any other.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    return decode(read_files(folder, row))


def read_files(folder: Path, row: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of one example, checked against the row's hash.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    path = folder / str(row["shard"])
    if not path.is_file():
        raise DatasetError(f"{path}: missing; run `make` again to restore it")
    with path.open("rb") as file:
        file.seek(int(row["offset"]))
        content = file.read(int(row["size"]))
    try:
        files = dict(_members(content))
    except tarfile.TarError as error:
        raise DatasetError(f"{path}: damaged at example {row['id']}: {error}") from error
    if _example_hash(files) != row["sha256"]:
        raise DatasetError(
            f"{path}: example {row['id']} is not what the manifest says; "
            f"delete {path.name} and run `make` again to restore it"
        )
    return files


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content + bytes(2 * BLOCK)), mode="r:") as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is not None:
                yield member.name, stream.read()


def _member(name: str, content: bytes) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o644
    padding = bytes(-len(content) % BLOCK)
    return header.tobuf(tarfile.PAX_FORMAT) + content + padding


def _song(said: Mapping[str, Any], side: str, files: Mapping[str, bytes]) -> Song:
    prefix = f"{said['id']}.{side}."
    sounds: dict[str, Audio] = {
        name.removeprefix(prefix).removesuffix(".flac"): flac.decode(content)
        for name, content in files.items()
        if name.startswith(prefix)
    }
    mix = sounds.pop("mix")
    origin = Origin(**said["origin"])
    return Song(said["id"], said["artist"], sounds, mix, said["license"], origin)


def _example_hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _finite(value: float) -> float | None:
    return round(value, 4) if abs(value) != float("inf") else None

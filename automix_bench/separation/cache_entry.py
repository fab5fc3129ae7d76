"""An entry of the cache on disk.

A folder, named by the sha256 of its key, with a 24-bit FLAC file for each stem but the residual and
`separation.json`: the key, the power of two that the stems were divided by, the sha256 of each
file, and its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

from automix_bench.audio import Audio
from automix_bench.files import flac
from automix_bench.files.atomic import file_sha256, write_whole
from automix_bench.files.canonical_json import fingerprint, pretty
from automix_bench.files.quantise import Integers, from_integers, integers
from automix_bench.song import Stems

RECORD = "separation.json"


class StemFile(TypedDict):
    """A stem in the record of an entry, with the sha256 of its file."""

    stem: str
    sha256: str


class EntryRecord(TypedDict):
    """The content of `separation.json` but its own sha256. `mix` and `separator` are the key."""

    mix: str
    separator: dict[str, Any]
    exponent: int
    stems: list[StemFile]


class Damaged(Exception):
    """An entry of the cache is not as it was written."""


@dataclass(frozen=True)
class Separation:
    """Stems as they are stored.

    Attributes:
        steps: by stem, 24-bit integers `(channels, samples)`.
        exponent: the stems were divided by 2 to this power so that they fit.
        rate: in Hz.
    """

    steps: Mapping[str, Integers]
    exponent: int
    rate: int

    def stems(self) -> Stems:
        """The stems as audio."""
        return {
            name: _scaled(from_integers(steps, self.rate), self.exponent)
            for name, steps in self.steps.items()
        }


def in_steps(stems: Stems, rate: int) -> Separation:
    """Stems rounded to 24 bits. If one is beyond full scale, all are divided by a power of two."""
    exponent = flac.exponent_for(*stems.values())
    steps = {name: integers(_scaled(stem, -exponent)) for name, stem in stems.items()}
    return Separation(steps, exponent, rate)


def _scaled(stem: Audio, exponent: int) -> Audio:
    return stem.scaled(2.0**exponent) if exponent else stem


def write_entry(
    folder: Path, key: Mapping[str, Any], separation: Separation, most_bytes: int | None
) -> int | None:
    """Write an entry's files into a folder. Returns their bytes.

    Returns None, and leaves the folder half-written, once they are more than `most_bytes`.

    Raises:
        DiskFull: there is no room.
    """
    size = 0
    files: list[StemFile] = []
    for name, steps in separation.steps.items():
        content = flac.encode_integers(steps, separation.rate)
        size += len(content)
        if most_bytes is not None and size > most_bytes:
            return None
        write_whole(folder / f"{name}.flac", content)
        files.append({"stem": name, "sha256": hashlib.sha256(content).hexdigest()})
    record = {**key, "exponent": separation.exponent, "stems": files}
    content = pretty({**record, "sha256": fingerprint(record)}).encode()
    size += len(content)
    if most_bytes is not None and size > most_bytes:
        return None
    write_whole(folder / RECORD, content)
    return size


def read_entry(entry: Path) -> Stems:
    """The stems of an entry.

    Raises:
        Damaged: a file is not as it was written.
        FileNotFoundError: a file is missing.
    """
    record = _record_in(entry)
    stems = {}
    for name, sha256 in _files_of(record):
        content = (entry / f"{name}.flac").read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Damaged(f"{name}.flac has another sha256")
        stems[name] = _scaled(flac.decode_trusted(content), record["exponent"])
    return stems


def check_entry(entry: Path) -> None:
    """Compare the hash of every file; nothing is decoded.

    Raises:
        Damaged: a file is not as it was written, is missing, or does not belong there.
    """
    try:
        files = dict(_files_of(_record_in(entry)))
        for name, sha256 in files.items():
            if file_sha256(entry / f"{name}.flac") != sha256:
                raise Damaged(f"{name}.flac has another sha256")
    except FileNotFoundError as error:
        raise Damaged(f"{Path(error.filename).name} is missing") from error
    foreign = {path.name for path in entry.iterdir()} - {RECORD, *(f"{n}.flac" for n in files)}
    if foreign:
        raise Damaged(f"{min(foreign)} does not belong there")


def _files_of(record: EntryRecord) -> Iterator[tuple[str, str]]:
    for file in record["stems"]:
        yield file["stem"], file["sha256"]


def _record_in(entry: Path) -> EntryRecord:
    """The entry's record, if its own hash is right and its key is the one that names the entry."""
    try:
        record = dict(json.loads((entry / RECORD).read_bytes()))
    except (ValueError, TypeError) as error:
        raise Damaged(f"{RECORD} is not a JSON object") from error
    sha256 = record.pop("sha256", None)
    name = fingerprint({"mix": record.get("mix"), "separator": record.get("separator")})
    if sha256 != fingerprint(record) or name != entry.name:
        raise Damaged(f"{RECORD} has another sha256")
    return cast(EntryRecord, record)

"""Write a shard: a tar file with the files of many examples, and its index.

<folder>/00000.tar      the files of the examples of whole songs (see `example_files.py`)
<folder>/00000.json     the index: where each example lies, and hashes (see `shard_index.py`)

File names are sorted within an example and all times are 0, so equal examples give equal bytes.

With `--store before`, several examples may share the `before` files of the first of them. The place
of an example then reaches from the first file that it needs to its last one. Files of other
examples may lie in between; the reader passes over them.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from automix_bench.dataset.example_files import encode, example_hash, manifest_row
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.shard_index import ShardSummary, shard_name, write_index
from automix_bench.example import Example
from automix_bench.files.atomic import whole_file
from automix_bench.files.canonical_json import canonical


class ShardWriter:
    """Write one shard, example by example. The shard appears under its name once it is complete.

    A process that is killed leaves only a hidden `.tmp` file. No two writers use the same name for
    it.

    Args:
        part: the hash of the part of the plan that decides this shard: `Plan.part`.
        store: as in `Recipe`.
    """

    def __init__(self, folder: Path, number: int, part: str, store: str = "both") -> None:
        self._folder, self._number, self._part, self._store = folder, number, part, store
        self._name, self._offset = shard_name(number), 0
        self._rows: list[str] = []
        self._digest = hashlib.sha256()

    def write(self, examples: Iterable[Example], rejected: list[dict[str, str]]) -> None:
        """Write all examples.

        Args:
            rejected: what could not be used, as `item` and `reason`. The list is read after the
                last example, so the iterator of examples may fill it.

        Raises:
            DiskFull: the disk is full; the unfinished file is removed.
        """
        with whole_file(self._folder / self._name) as file:
            for packed in packed_examples(examples, self._store):
                self._append(file, packed)
            self._write(file, bytes(2 * tarfile.BLOCKSIZE))
            summary: ShardSummary = {
                "part": self._part,
                "sha256": self._digest.hexdigest(),
                "rejected": rejected,
            }
            write_index(self._folder, self._number, summary, self._rows)

    def _append(self, file: IO[bytes], packed: PackedExample) -> None:
        if not packed.shared:
            self._offset = file.tell()
        for name, content in packed.files.items():
            for piece in tar_member(name, content):
                self._write(file, piece)
        row: ManifestRow = {
            **manifest_row(packed.example),
            "shard": self._name,
            "offset": self._offset,
            "size": file.tell() - self._offset,
            "sha256": example_hash({**packed.shared, **packed.files}),
        }
        self._rows.append(canonical(row))

    def _write(self, file: IO[bytes], content: bytes) -> None:
        file.write(content)
        self._digest.update(content)


@dataclass(frozen=True)
class PackedExample:
    """An example as it goes into a shard.

    Attributes:
        files: its own files, by name.
        shared: files that it shares with an earlier example and that are already in the shard.
    """

    example: Example
    files: Mapping[str, bytes]
    shared: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """The size of its own files in a tar file, in bytes."""
        files = self.files.items()
        return sum(len(piece) for name, content in files for piece in tar_member(name, content))


def packed_examples(examples: Iterable[Example], store: str) -> Iterator[PackedExample]:
    """Examples with their files, in the order in which they go into a shard.

    Args:
        store: as in `Recipe`.
    """
    stored: _StoredBefore | None = None
    for example in examples:
        if stored and stored.is_before_of(example):
            yield PackedExample(example, encode(example, store, stored.example.id), stored.files)
            continue
        files = encode(example, store)
        if store == "before":
            sounds = {name: content for name, content in files.items() if name.endswith(".flac")}
            stored = _StoredBefore(example, sounds)
        yield PackedExample(example, files, {})


@dataclass(frozen=True)
class _StoredBefore:
    """The `before` files of an excerpt that later examples of the same excerpt can share.

    Attributes:
        example: the example that they are stored with.
        files: FLAC files by name.
    """

    example: Example
    files: Mapping[str, bytes]

    def is_before_of(self, example: Example) -> bool:
        """Whether `example` is of the same excerpt and its `before` has the same samples."""
        mine = self.example
        if (mine.song, mine.start) != (example.song, example.start):
            return False
        ours, theirs = ({**e.before.stems, "mix": e.before.mix} for e in (mine, example))
        return ours.keys() == theirs.keys() and all(
            np.array_equal(ours[name].samples, theirs[name].samples) for name in ours
        )


def tar_member(name: str, content: bytes) -> tuple[bytes, bytes, bytes]:
    """A file as it stands in a tar file: header, content, and the padding of the last block."""
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o644
    padding = bytes(-len(content) % tarfile.BLOCKSIZE)
    return header.tobuf(tarfile.PAX_FORMAT), content, padding

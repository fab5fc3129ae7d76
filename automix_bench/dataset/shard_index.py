"""The index beside a shard, and checks that a shard and its index are complete.

The first line of an index tells which shard of which plan it belongs to and what could not be used.
A line follows for each example: its row of the manifest. The last line is the sha256 of the lines
above, so that many indexes can be checked without parsing their rows.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypedDict, overload

from automix_bench.dataset.manifest import ManifestRow, row_name
from automix_bench.dataset.schema import INDEX_HEAD, ROW, Field, demand, fault, parsed
from automix_bench.errors import DatasetError, Rejected
from automix_bench.files.atomic import file_sha256, write_whole
from automix_bench.files.canonical_json import canonical

_ROWS = Field(
    "a list of objects",
    lambda value: isinstance(value, list) and all(isinstance(row, dict) for row in value),
)
_SEAL = b'"seal":"'


class ShardSummary(TypedDict):
    """What the writer of a shard knows of it as a whole.

    Attributes:
        part: the hash of the part of the plan that decides the shard: `Plan.part`.
        sha256: of the tar file.
        rejected: songs and excerpts that could not be used, each with `item` and `reason`.
    """

    part: str
    sha256: str
    rejected: list[dict[str, str]]


class ShardHead(ShardSummary):
    """The first line of an index.

    Attributes:
        shard: the name of the tar file.
        count: the number of examples.
    """

    shard: str
    count: int


class ShardIndex(ShardHead):
    """A whole index.

    Attributes:
        examples: their rows of the manifest, in the order in which the shard holds them.
        seal: the sha256 of the lines above its own.
    """

    examples: list[ManifestRow]
    seal: str


def shard_name(number: int) -> str:
    """The file name of a shard."""
    return f"{number:05d}.tar"


def index_name(number: int) -> str:
    """The file name of a shard's index."""
    return f"{number:05d}.json"


def write_index(folder: Path, number: int, summary: ShardSummary, rows: Sequence[str]) -> None:
    """Write the index of a shard.

    Args:
        rows: of the examples, as canonical JSON.

    Raises:
        DiskFull: the disk is full.
    """
    head: ShardHead = {**summary, "shard": shard_name(number), "count": len(rows)}
    body = (canonical(head)[:-1] + ',"examples":[\n' + ",\n".join(rows) + "\n],\n").encode()
    write_whole(_path(folder, number), body + _seal_line(body))


def read_index(folder: Path, number: int) -> ShardIndex:
    """The index of a shard. Its hash is not compared here: see `planned_head`.

    Raises:
        DatasetError: it is no JSON, or a field is not what it must be.
    """
    path = _path(folder, number)
    try:
        index: ShardIndex = parsed(path.read_bytes())
    except ValueError as error:
        raise DatasetError(f"{path}: damaged: {error}") from error
    demand(index, {**INDEX_HEAD, "examples": _ROWS}, str(path))
    for place, row in enumerate(index["examples"]):
        demand(row, ROW, f"{path}: {row_name(row, place)}")
    return index


def read_head(folder: Path, number: int) -> ShardHead:
    """The first line of an index, unchecked."""
    with _path(folder, number).open("rb") as file:
        return _head(file.readline())


def is_whole(folder: Path, number: int, part: str) -> bool:
    """Whether a shard and its index are there, as written, and belong to this part of a plan.

    Every byte of both is hashed: neither the size nor the date of a file shows that a sector was
    lost or that another file was copied over it.
    """
    head, tar = planned_head(folder, number, part), folder / shard_name(number)
    return bool(head and tar.is_file() and head["sha256"] == file_sha256(tar))


def planned_head(folder: Path, number: int, part: str) -> ShardHead | None:
    """The first line of an index; None unless the index is as written, for this shard of this part
    of a plan."""
    head = _whole_head(folder, number)
    if head is None or (head["shard"], head["part"]) != (shard_name(number), part):
        return None
    return head


def _whole_head(folder: Path, number: int) -> ShardHead | None:
    path = _path(folder, number)
    if not path.is_file():
        return None
    content = path.read_bytes()
    end = content.rfind(_SEAL)
    if end < 0 or content[end:] != _seal_line(content[:end]):
        return None
    try:
        head = _head(content[: content.index(b"\n")])
    except ValueError:
        return None
    return head if not fault(head, INDEX_HEAD) else None


def _head(line: bytes) -> ShardHead:
    head: ShardHead = parsed(line + b"]}")
    return head


def _seal_line(body: bytes) -> bytes:
    return _SEAL + hashlib.sha256(body).hexdigest().encode() + b'"}\n'


def _path(folder: Path, number: int) -> Path:
    return folder / index_name(number)


class ShardRows(Sequence[ManifestRow]):
    """The rows of a data set's shards in order, read from the indexes when they are asked for.

    The rows of one shard are in memory at a time, so memory does not grow with the data set.

    Attributes:
        sums: the sha256 of every shard, by its file name.
        rejected: what the shards could not use.
    """

    def __init__(self, folder: Path, numbers: Sequence[int]) -> None:
        self._folder, self._numbers = folder, tuple(numbers)
        self.sums: dict[str, str] = {}
        counts: list[int] = []
        rejected: list[Rejected] = []
        for number in self._numbers:
            head = read_head(folder, number)
            self.sums[head["shard"]] = head["sha256"]
            counts.append(head["count"])
            rejected += [Rejected(r["item"], r["reason"]) for r in head["rejected"]]
        self.rejected = tuple(rejected)
        # The place of each shard's first row among all rows, and the number of rows.
        self._first = list(accumulate(counts, initial=0))
        self._current: tuple[int, list[ManifestRow]] = (-1, [])

    def __len__(self) -> int:
        return self._first[-1]

    @overload
    def __getitem__(self, place: int) -> ManifestRow: ...

    @overload
    def __getitem__(self, place: slice) -> list[ManifestRow]: ...

    def __getitem__(self, place: int | slice) -> ManifestRow | list[ManifestRow]:
        if isinstance(place, slice):
            return [self._row(index) for index in range(len(self))[place]]
        return self._row(range(len(self))[place])

    def __iter__(self) -> Iterator[ManifestRow]:
        for shard in range(len(self._numbers)):
            yield from self._of(shard)

    def _row(self, place: int) -> ManifestRow:
        shard = bisect_right(self._first, place) - 1
        return self._of(shard)[place - self._first[shard]]

    def _of(self, shard: int) -> list[ManifestRow]:
        if self._current[0] != shard:
            self._current = shard, read_index(self._folder, self._numbers[shard])["examples"]
        return self._current[1]

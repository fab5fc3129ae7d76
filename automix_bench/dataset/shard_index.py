"""The index beside a shard: which shard of which plan it is, what it could not use, and a row for
each example; and whether shard and index are whole.

A line for all but the rows, a line for each row, then the sha256 of the lines above: so many
indexes are told to be whole without their rows being taken apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from automix_bench.files.atomic import file_sha256, write_whole
from automix_bench.files.canonical_json import canonical

_SEAL = b'"seal":"'


def shard_name(number: int) -> str:
    """The name of a shard's file."""
    return f"{number:05d}.tar"


def index_name(number: int) -> str:
    """The name of the index beside it."""
    return f"{number:05d}.json"


def write_index(folder: Path, number: int, head: Mapping[str, Any], rows: Sequence[str]) -> None:
    """Put a shard's index into place.

    Args:
        head: `part` (of the plan), `sha256` (of the shard), `rejected` (items and reasons).
        rows: canonical JSON.

    Raises:
        DiskFull: there is no room.
    """
    first = canonical({**head, "shard": shard_name(number), "count": len(rows)})
    body = (first[:-1] + ',"examples":[\n' + ",\n".join(rows) + "\n],\n").encode()
    write_whole(_path(folder, number), body + _sealed(body))


def read_index(folder: Path, number: int) -> Any:
    """What lies under the name of a shard's index; whether it is whole, `planned_head` tells."""
    return json.loads(_path(folder, number).read_text(encoding="utf-8"))


def read_head(folder: Path, number: int) -> Any:
    """An index without its rows: `shard`, `part`, `sha256`, `count` of the rows, `rejected`."""
    with _path(folder, number).open("rb") as file:
        return _head(file.readline())


def is_whole(folder: Path, number: int, part: str) -> bool:
    """Whether a shard and its index are there, byte for byte as they were written, and are this
    shard of this part of a plan.

    Every byte of both is hashed: neither a size nor a date shows a sector that was lost or a file
    that was copied over another.
    """
    head, tar = planned_head(folder, number, part), folder / shard_name(number)
    return bool(head and tar.is_file() and head["sha256"] == file_sha256(tar))


def planned_head(folder: Path, number: int, part: str) -> Any:
    """As `read_head`, of an index that is as it was written, for this shard of this part of a plan;
    None where there is no such index."""
    head = _whole_head(folder, number)
    named = head and (head["shard"], head["part"])
    return head if named == (shard_name(number), part) else None


def _whole_head(folder: Path, number: int) -> Any:
    path = _path(folder, number)
    if not path.is_file():
        return None
    content = path.read_bytes()
    end = content.rfind(_SEAL)
    if end < 0 or content[end:] != _sealed(content[:end]):
        return None
    head = _head(content[: content.index(b"\n")])
    return head if {"shard", "part", "sha256", "count", "rejected"} <= head.keys() else None


def _head(line: bytes) -> Any:
    return json.loads(line + b"]}")


def _sealed(body: bytes) -> bytes:
    return _SEAL + hashlib.sha256(body).hexdigest().encode() + b'"}\n'


def _path(folder: Path, number: int) -> Path:
    return folder / index_name(number)

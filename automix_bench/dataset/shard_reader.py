"""The files of one example, found in its shard and checked, without reading any other.

A shard is opened anew for every example, and read at a place that is named: nothing is shared
between threads or with forked processes, and no two of them move each other's position.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from automix_bench.dataset.shared_dry import belonging
from automix_bench.errors import DatasetError

BLOCK = 512


def read_files(folder: Path, row: Mapping[str, Any], check: bool = True) -> dict[str, bytes]:
    """The files of one example by name, in the order they lie in.

    Args:
        row: of the manifest: id, shard, offset, size and sha256.
        check: whether their hash is compared with the row's.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    path = folder / str(row["shard"])
    content = _read(path, int(row["offset"]), int(row["size"]))
    try:
        files = belonging(dict(_members(content)), str(row["id"]))
    except ValueError as error:
        raise DatasetError(
            f"{path}: damaged at example {row['id']}: {error}; "
            f"delete {path.name} and run `make` again to restore it"
        ) from error
    if check and example_hash(files) != row["sha256"]:
        raise DatasetError(
            f"{path}: example {row['id']} is not what the manifest says; "
            f"delete {path.name} and run `make` again to restore it"
        )
    return files


def example_hash(files: Mapping[str, bytes]) -> str:
    """The sha256 over an example's files: their names, sizes and contents, in order."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _read(path: Path, offset: int, size: int) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: missing; run `make` again to restore it") from error
    try:
        content = os.pread(file, size, offset)
        while len(content) < size and (
            more := os.pread(file, size - len(content), offset + len(content))
        ):
            content += more
    finally:
        os.close(file)
    return content


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a piece of a tar file that `ShardWriter` wrote: ustar headers, and a pax record
    ahead of one for a name that does not fit it.

    Raises:
        ValueError: it is none, or ends in the middle of a file.
    """
    at, long_name = 0, ""
    while at < len(content):
        header = content[at : at + BLOCK]
        if len(header) < BLOCK or _checksum(header) != _number(header[148:156]):
            raise ValueError(f"no tar header at byte {at}")
        kind, size = header[156:157], _number(header[124:136])
        first = at + BLOCK
        inside = content[first : first + size]
        if len(inside) < size or kind not in (b"0", b"x"):
            raise ValueError(f"a file that ends too early, or is none, at byte {at}")
        if kind == b"x":
            long_name = _pax_path(inside)
        else:
            yield long_name or header[:100].rstrip(b"\0").decode("ascii"), inside
            long_name = ""
        at = first + size + -size % BLOCK


def _checksum(header: bytes) -> int:
    """Of a header, its own eight bytes counted as spaces."""
    return sum(header) - sum(header[148:156]) + 8 * ord(" ")


def _number(octal: bytes) -> int:
    return int(octal.rstrip(b"\0 "), 8)


def _pax_path(records: bytes) -> str:
    """The name in pax records, each `length path=name` and a line's end."""
    while records:
        length = int(records.partition(b" ")[0])
        key, _, value = records[:length].partition(b" ")[2].partition(b"=")
        if key == b"path":
            return value[:-1].decode("utf-8")
        records = records[length:] if length > 0 else b""
    raise ValueError("a pax record without a name")

"""Read one example out of its shard, and check it, without reading any other.

A shard is opened for every example and read at a given offset (`pread`). Threads and forked
processes share no file position, so they cannot disturb each other.
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path

from automix_bench.dataset.example_files import (
    Unplayed,
    decode,
    decode_unplayed,
    example_hash,
)
from automix_bench.dataset.manifest import ExamplePlace
from automix_bench.dataset.schema import PLACE, demand
from automix_bench.errors import DatasetError
from automix_bench.example import Example

SHARD_ONLY = {"shard": PLACE["shard"]}


def read_example(folder: Path, place: ExamplePlace, check: bool = True) -> Example:
    """The example at a place of a data set; the arguments are those of `read_files`.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    return decode(read_files(folder, place, check))


def read_unplayed(folder: Path, place: ExamplePlace, check: bool = True) -> Unplayed:
    """The example at a place of a data set, without `after`; the arguments are those of
    `read_files`.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    return decode_unplayed(read_files(folder, place, check))


def read_files(folder: Path, place: ExamplePlace, check: bool = True) -> dict[str, bytes]:
    """The files of one example by name, in the order in which they are stored.

    Args:
        place: a row of the manifest, or what `Dataset.place` returns.
        check: whether their hash is compared with that in `place`.

    Raises:
        DatasetError: the shard is missing or damaged at that place.
    """
    demand(place, SHARD_ONLY, f"{folder}: damaged at example {place['id']}")
    path = folder / str(place["shard"])
    content = _read(path, int(place["offset"]), int(place["size"]))
    try:
        files = files_of(_members(content), str(place["id"]))
    except ValueError as error:
        raise DatasetError(
            f"{path}: damaged at example {place['id']}: {error}; "
            f"delete {path.name} and run `make` again to restore it"
        ) from error
    if check and example_hash(files) != place["sha256"]:
        raise DatasetError(
            f"{path}: example {place['id']} is not what the manifest says; "
            f"delete {path.name} and run `make` again to restore it"
        )
    return files


def files_of(files: Mapping[str, bytes], id: str) -> dict[str, bytes]:
    """The files of example `id` among those at its place: its own, and the `before` it shares."""
    first = next(iter(files), "").partition(".")[0]
    return {
        name: content
        for name, content in files.items()
        if name.startswith((f"{id}.", f"{first}.before."))
    }


def _read(path: Path, offset: int, size: int) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait for a writer
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: missing; run `make` again to restore it") from error
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise DatasetError(f"{path}: damaged: it is not a file")
        # A manifest may name more bytes than there are: memory is taken for those there are.
        size = max(0, min(size, os.fstat(file).st_size - offset))
        content = os.pread(file, size, offset) if size and offset >= 0 else b""
        while len(content) < size and (
            more := os.pread(file, size - len(content), offset + len(content))
        ):
            content += more
    finally:
        os.close(file)
    return content


def _members(content: bytes) -> dict[str, bytes]:
    """The files in a piece of a shard, by name. All of the piece must be plain files, as
    `ShardWriter` writes them: ustar headers, with a pax record for a name that does not fit.

    Nothing else is accepted, because a data set may come from a stranger: no links, folders, sparse
    files, GNU extensions, or pax records that change a size.

    Raises:
        ValueError: the piece holds anything else, or ends in the middle of a file.
    """
    files: dict[str, bytes] = {}
    end = 0
    source = io.BytesIO(content)
    try:
        with tarfile.open(fileobj=source, mode="r:", encoding="ascii", errors="strict") as tar:
            for member in tar:
                data = content[member.offset_data : member.offset_data + max(0, member.size)]
                # Checked before the next header is sought: so each one lies behind the last.
                if member.offset != end or not _is_plain(member) or len(data) != member.size:
                    raise ValueError(f"a file that ends too early, or is none, at byte {end}")
                if member.name in files:
                    raise ValueError(f"a second file {member.name!r} at byte {end}")
                files[member.name] = data
                end = member.offset_data + member.size + -member.size % tarfile.BLOCKSIZE
    except (tarfile.TarError, RecursionError) as error:
        raise ValueError(f"no tar header at byte {end}") from error
    if end != len(content):  # `tarfile` takes a header that it cannot read for the end
        raise ValueError(f"no tar header at byte {end}")
    return files


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether a member is an ordinary file, with no extension but a pax record for its name."""
    if member.type != tarfile.REGTYPE or member.sparse is not None:
        return False
    if not member.pax_headers:
        return member.offset_data == member.offset + tarfile.BLOCKSIZE
    return set(member.pax_headers) == {"path"}

"""Write files atomically: under a temporary name in the same folder, flushed, then renamed."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from automix_bench.errors import DatasetError, naming_a_full_disk


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write in parts; under its name it is whole or not there.

    The parts go to a hidden file of its own in the same folder, which is flushed to the disk and
    renamed in the end. A kill at any moment leaves the old file, the new one, or none.

    Raises:
        DiskFull: the disk is full; nothing half-written is left.
        FileNotFoundError: there is no such folder.
    """
    if not path.parent.is_dir():  # a message on the hidden file would puzzle
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")
    with naming_a_full_disk(path.parent):
        try:
            with unfinished.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            put_in_place(unfinished, path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of this content, as `whole_file` does.

    Raises:
        DiskFull: the disk is full; nothing half-written is left.
    """
    with whole_file(path) as file:
        file.write(content)


def put_in_place(unfinished: Path, path: Path) -> None:
    """Rename a flushed file to its name, and flush its folder.

    Raises:
        DatasetError: a folder has that name.
    """
    if path.is_dir():
        raise DatasetError(f"{path}: is a folder where a file belongs: take it away")
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

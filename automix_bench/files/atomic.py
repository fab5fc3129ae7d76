"""Files that are whole or not there: written beside their place, flushed, then renamed."""

from __future__ import annotations

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
    """A file to write in parts, so that a kill at any moment leaves the old one, or the new one, or
    neither: a hidden sibling that no other writer has, flushed to the disk, then renamed.

    Raises:
        DiskFull: there is no room; nothing half-written is left under the name.
    """
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
    """Write all of a file at once, as `whole_file` does.

    Raises:
        DiskFull: there is no room; nothing half-written is left under the name.
    """
    with whole_file(path) as file:
        file.write(content)


def put_in_place(unfinished: Path, path: Path) -> None:
    """Rename a flushed file to its name, and flush the folder that holds the name.

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

"""JSON that is the same text for the same content, and files that are whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from automix_bench.errors import DatasetError, naming_a_full_disk

# Made once: a plan writes a million small values.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON has no word for.
    """
    return _CANONICAL.encode(value)


def fingerprint(value: Any) -> str:
    """The sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def pretty(value: Any) -> str:
    """JSON for people to read, as deterministic as the canonical form."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def nulled(value: Any) -> Any:
    """The value with NaN, which JSON has no word for, as null."""
    if isinstance(value, dict):
        return {key: nulled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nulled(item) for item in value]
    return None if isinstance(value, float) and value != value else value


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


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the hash of all the rest of it, by which a change is found: a record that is
    whole equals its own `sealed`."""
    rest = {key: value for key, value in record.items() if key != "seal"}
    return {**rest, "seal": fingerprint(rest)}


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


@contextmanager
def alone(folder: Path, other: str) -> Iterator[None]:
    """Hold a folder while working in it: a second process is refused, not mixed in.

    Raises:
        DatasetError: `other` (what the second process would be) holds it already.
    """
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatasetError(f"{folder}: {other} is at work there: let it finish") from None
        yield
    finally:
        os.close(held)

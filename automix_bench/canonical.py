"""JSON that is the same text for the same content, and files that are whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from automix_bench.errors import naming_a_full_disk


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON has no word for.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def fingerprint(value: Any) -> str:
    """The sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def pretty(value: Any) -> str:
    """JSON for people to read, as deterministic as the canonical form."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a kill at any moment leaves the old one, or the new one, or neither:
    to a hidden sibling, flushed to the disk, then renamed.

    Raises:
        DiskFull: there is no room; nothing half-written is left under the name.
    """
    unfinished = path.with_name(f".{path.name}.tmp")
    with naming_a_full_disk(path.parent):
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            put_in_place(unfinished, path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


def put_in_place(unfinished: Path, path: Path) -> None:
    """Rename a flushed file to its name, and flush the folder that holds the name."""
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

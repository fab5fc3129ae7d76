"""The entries of the cache of separations on disk: list them, and remove what is old or left over.

Any number of processes use the cache meanwhile. An entry is removed only while nobody reads it, and
it is renamed into a hidden folder first, so that no process finds half of it.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from automix_bench.files import locks
from automix_bench.separation.cache_entry import RECORD

LEFT_OVER_SECONDS = 24 * 3600.0
JUST_MADE_SECONDS = 60.0
LOCK, UNFINISHED, REMOVED = LEFT_BEHIND = (".lock-", ".unfinished-", ".removed-")
"""How the names of lock files and hidden folders begin."""
ENTRY = re.compile(r"[0-9a-f]{64}")
"""The names of entries."""


@dataclass(frozen=True)
class StoredEntry:
    """An entry of the cache, as its files are.

    Attributes:
        folder: of the entry.
        size: of its files, in bytes.
        used_ns: when it was used last, in nanoseconds since 1970.
    """

    folder: Path
    size: int
    used_ns: int


@dataclass(frozen=True)
class Removal:
    """What was removed to make room.

    Attributes:
        removed: how many entries.
        freed: their bytes.
        left: bytes of the entries that are still there.
        in_use: how many entries could not be removed because a process read them.
    """

    removed: int
    freed: int
    left: int
    in_use: int


def entries_in(cache: Path) -> list[StoredEntry]:
    """Every entry, by name. An entry that is removed meanwhile is left out."""
    entries = []
    if cache.is_dir():
        for folder in sorted(cache.iterdir()):
            if ENTRY.fullmatch(folder.name):
                with contextlib.suppress(FileNotFoundError):
                    entries.append(_stored_entry(folder))
    return entries


def _stored_entry(folder: Path) -> StoredEntry:
    states = {path.name: path.stat() for path in folder.iterdir()}
    size = sum(state.st_size for state in states.values())
    used = states.get(RECORD) or folder.stat()
    return StoredEntry(folder, size, used.st_mtime_ns)


def make_room(cache: Path, most_bytes: int) -> Removal:
    """Remove the entries used longest ago until the others have `most_bytes` or less."""
    entries = entries_in(cache)
    left = sum(entry.size for entry in entries)
    removed, freed, in_use = 0, 0, 0
    for entry in sorted(entries, key=lambda entry: (entry.used_ns, entry.folder.name)):
        if left <= most_bytes:
            break
        if remove_entry(entry.folder):
            removed, freed, left = removed + 1, freed + entry.size, left - entry.size
        else:
            in_use += 1
    return Removal(removed, freed, left, in_use)


def remove_entry(entry: Path, *, wait: bool = False) -> bool:
    """Remove an entry; returns False, and leaves it, if another process reads it.

    Args:
        wait: until nobody reads it.
    """
    record = entry / RECORD
    try:
        with locks.opened(record if record.exists() else entry, wait=wait) as state:
            if state == "busy":
                return False
            with hidden_folder(entry.parent, REMOVED) as hidden:
                entry.rename(hidden / "entry")
    except FileNotFoundError:  # another process was first
        pass
    return True


@contextlib.contextmanager
def hidden_folder(cache: Path, prefix: str) -> Iterator[Path]:
    """A folder in the cache for this process alone: locked, and removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=cache))
    try:
        with locks.opened(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_overs(cache: Path) -> None:
    """Remove what killed processes left: hidden folders and lock files that nobody holds."""
    for path in cache.iterdir():
        if path.name.startswith(LEFT_BEHIND):
            with contextlib.suppress(FileNotFoundError):
                _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    age_seconds = time.time() - path.stat().st_mtime
    with locks.opened(path, wait=False) as state:
        if state == "busy" or (state != "held" and age_seconds < LEFT_OVER_SECONDS):
            return
        if path.is_file():
            path.unlink()
        elif age_seconds > JUST_MADE_SECONDS:  # by then its owner would hold it
            shutil.rmtree(path, ignore_errors=True)

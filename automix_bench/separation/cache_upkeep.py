"""Upkeep of the cache of separations: its size, its damaged entries, and making it smaller.

All of it may be done while other processes use the cache.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.executor import Progress, silent
from automix_bench.files import locks
from automix_bench.separation.cache import SeparationCache
from automix_bench.separation.cache_entry import RECORD, Damaged, check_entry
from automix_bench.separation.cache_removal import (
    Removal,
    entries_in,
    make_room,
    remove_entry,
    remove_left_overs,
)


@dataclass(frozen=True)
class Size:
    """How much a cache holds.

    Attributes:
        entries: how many.
        bytes: of all entries together.
    """

    entries: int
    bytes: int


@dataclass(frozen=True)
class Damage:
    """A damaged entry.

    Attributes:
        entry: its name.
        what: is wrong with it.
        mended: whether it was removed; it is made again when it is needed.
    """

    entry: str
    what: str
    mended: bool


def size_of(cache: SeparationCache) -> Size:
    """How many entries there are, and of how many bytes.

    Raises:
        UsageError: the cache is no folder but a file.
    """
    entries = entries_in(_folder(cache))
    return Size(len(entries), sum(entry.size for entry in entries))


def damages_in(
    cache: SeparationCache, *, mend: bool = False, progress: Progress = silent
) -> tuple[Damage, ...]:
    """The damaged entries: the hash of every file is compared, nothing is decoded.

    The times of last use stay as they are.

    Args:
        mend: remove the damaged entries, and what killed processes left.

    Raises:
        UsageError: the cache is no folder but a file.
    """
    entries = entries_in(_folder(cache))
    total, done, damages = sum(entry.size for entry in entries), 0, []
    for entry in entries:
        what = _wrong_with(entry.folder)
        if what is not None:
            mended = mend and remove_entry(entry.folder, wait=True)
            damages.append(Damage(entry.folder.name, what, mended))
        done += entry.size
        progress("cache", done / 1e6, total / 1e6, "MB")
    if mend and cache.folder.is_dir():
        remove_left_overs(cache.folder)
    return tuple(damages)


def shrink(cache: SeparationCache, most_bytes: int) -> Removal:
    """Remove what killed processes left, and the entries used longest ago until the others have
    `most_bytes` or less. With 0, all entries that nobody reads.

    Raises:
        UsageError: the cache is no folder but a file.
        OSError: it cannot be written.
    """
    folder = _folder(cache)
    if folder.is_dir():
        remove_left_overs(folder)
    return make_room(folder, most_bytes)


def _folder(cache: SeparationCache) -> Path:
    if cache.folder.exists() and not cache.folder.is_dir():
        raise UsageError(f"{cache.folder}: wanted the folder of a cache, got a file")
    return cache.folder


def _wrong_with(entry: Path) -> str | None:
    with contextlib.ExitStack() as lock:
        try:
            lock.enter_context(locks.opened(entry / RECORD, shared=True))
        except FileNotFoundError:
            if not entry.is_dir():  # removed meanwhile
                return None
        try:
            check_entry(entry)
        except Damaged as error:
            return str(error) if entry.is_dir() else None
    return None

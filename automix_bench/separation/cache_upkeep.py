"""Looking after the cache of separations: how large it is, what in it is damaged, making it
smaller. All of it may be done while others use the cache."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.executor import Progress, silent
from automix_bench.files import locks
from automix_bench.separation.cache import (
    Room,
    SeparationCache,
    entries_in,
    make_room,
    remove_left_overs,
    removed,
)
from automix_bench.separation.cache_entry import RECORD, Damaged, check_entry


@dataclass(frozen=True)
class Size:
    """How much there is in a cache.

    Attributes:
        bytes: of all entries.
    """

    entries: int
    bytes: int


@dataclass(frozen=True)
class Damage:
    """What is wrong with an entry.

    Attributes:
        entry: its name.
        mended: it is removed now, and will be made again when it is wanted.
    """

    entry: str
    what: str
    mended: bool


def size_of(cache: SeparationCache) -> Size:
    """How many entries there are, and of how many bytes.

    Raises:
        UsageError: the folder is no folder.
    """
    entries = entries_in(_folder(cache))
    return Size(len(entries), sum(kept.size for kept in entries))


def damages_in(
    cache: SeparationCache, *, mend: bool = False, progress: Progress = silent
) -> tuple[Damage, ...]:
    """Compare the hashes of every file of every entry, which is not thereby used; decode nothing.

    Args:
        mend: remove the damaged ones, and what killed processes left.

    Raises:
        UsageError: the folder is no folder.
    """
    entries = entries_in(_folder(cache))
    whole, done, found = sum(kept.size for kept in entries), 0, []
    for kept in entries:
        what = _wrong_with(kept.entry)
        if what is not None:
            mended = mend and removed(kept.entry, wait=True)
            found.append(Damage(kept.entry.name, what, mended))
        done += kept.size
        progress("cache", done / 1e6, whole / 1e6, "MB")
    if mend and cache.folder.is_dir():
        remove_left_overs(cache.folder)
    return tuple(found)


def shrink(cache: SeparationCache, most_bytes: int) -> Room:
    """Remove entries, those used longest ago first, until the rest have `most_bytes` or less; and
    what killed processes left. With 0, all that nobody reads just now.

    Raises:
        UsageError: the folder is no folder.
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
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locks.opened(entry / RECORD, shared=True))
        except FileNotFoundError:
            if not entry.is_dir():  # removed meanwhile
                return None
        try:
            check_entry(entry)
        except Damaged as error:
            return str(error) if entry.is_dir() else None
    return None

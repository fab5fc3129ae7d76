"""The cache of separated stems: read an entry, or make it and store it.

Any number of processes and recipes share a cache. An entry is made once, and it is whole or not
there. The process that makes an entry holds its lock file; others that need it wait, then read.
A process that reads an entry holds its record, so that nobody removes it meanwhile. The system
frees both locks when a process ends.

The time of an entry's last use is the modification time of its record. Nothing else about an entry
changes. `cache_entry` has the files of an entry, `cache_removal` how entries go.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench.errors import UsageError, naming_a_full_disk
from automix_bench.files import locks
from automix_bench.files.canonical_json import fingerprint
from automix_bench.separation.cache_entry import (
    RECORD,
    Damaged,
    Separation,
    read_entry,
    write_entry,
)
from automix_bench.separation.cache_removal import (
    LOCK,
    UNFINISHED,
    hidden_folder,
    make_room,
    remove_entry,
    remove_left_overs,
)
from automix_bench.song import Stems

CANNOT_WRITE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR}

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SeparationCache:
    """The folder for separated stems, and how much it may hold.

    Attributes:
        folder: made if need be. A folder that cannot be written is read; an error is raised only
            for stems that are not in it.
        most_bytes: of all entries together; None: no limit. The entries used longest ago are
            removed for new ones, and an entry larger than this is not stored. Results do not
            depend on it.
    """

    folder: Path
    most_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.most_bytes is not None and self.most_bytes < 1:
            raise UsageError(
                f"the cache of separations wants 1 byte or more, got {self.most_bytes}"
            )

    def absolute(self) -> SeparationCache:
        """The same cache, for a process that works in another folder."""
        return replace(self, folder=self.folder.absolute())


def stems_from(
    cache: SeparationCache, key: Mapping[str, Any], item: str, make: Callable[[], Separation]
) -> Stems:
    """The stems under a key: read from the cache, or made and stored.

    A damaged entry is logged, removed and made again.

    Args:
        key: `mix` and `separator`, of which the entry's name is the fingerprint.
        item: what is separated, for messages.
        make: computes the stems.

    Raises:
        UsageError: the stems are not in the cache, and it cannot be written; `make` was not called.
        DiskFull: there is no room for the entry; nothing of it is left.
    """
    entry = cache.folder / fingerprint(key)
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, Damaged):
        return _read(entry)
    with _only_maker(entry, item):
        stems = _read_or_remove(entry)
        if stems is not None:
            return stems
        separation = make()
        _store(cache, entry, key, separation)
        return separation.stems()


def _read(entry: Path) -> Stems:
    """The stems of an entry, whose time of last use is now."""
    with locks.opened(entry / RECORD, shared=True):
        stems = read_entry(entry)
        try:
            os.utime(entry / RECORD)
        except OSError as error:
            if error.errno not in CANNOT_WRITE | {errno.ENOENT}:
                raise
    return stems


def _read_or_remove(entry: Path) -> Stems | None:
    """The stems of an entry; None if there is none, or if it was damaged and is now removed.

    Only for the holder of the entry's lock file: to others an entry that is just being removed may
    look damaged.
    """
    if not entry.is_dir():
        return None
    try:
        return _read(entry)
    except (FileNotFoundError, Damaged) as error:
        if not entry.is_dir():
            return None
        _LOG.warning("%s: a damaged separation (%s): made again", entry, error)
    remove_entry(entry, wait=True)
    return None


@contextlib.contextmanager
def _only_maker(entry: Path, item: str) -> Iterator[None]:
    """Hold the entry's lock file, so that other processes that need the entry wait."""
    cache = entry.parent
    with contextlib.ExitStack() as lock:
        try:
            with naming_a_full_disk(cache):
                cache.mkdir(parents=True, exist_ok=True)
                lock.enter_context(locks.alone(cache / f"{LOCK}{entry.name}"))
        except OSError as error:
            if error.errno not in CANNOT_WRITE:
                raise
            raise UsageError(
                f"{item}: its stems are not in the cache of separations, and cannot write the "
                f"cache at {cache}: {error.strerror}: make it writable, or set "
                "AUTOMIX_BENCH_CACHE to a folder that can be written; everything finished is kept"
            ) from error
        yield


def _store(
    cache: SeparationCache, entry: Path, key: Mapping[str, Any], separation: Separation
) -> None:
    """Write the entry in a hidden folder, and rename it to its name when it is whole."""
    remove_left_overs(cache.folder)
    with naming_a_full_disk(cache.folder), hidden_folder(cache.folder, UNFINISHED) as hidden:
        # Only its owner may read the hidden folder; an entry's permissions are those of the umask.
        unfinished = hidden / entry.name
        unfinished.mkdir()
        size = write_entry(unfinished, key, separation, cache.most_bytes)
        if size is None:
            _warn_too_large(cache)
        elif cache.most_bytes is None:
            _put(unfinished, entry)
        else:
            # One process at a time: two that each make room for themselves could exceed the limit.
            with locks.alone(cache.folder / f"{LOCK}room"):
                if make_room(cache.folder, cache.most_bytes - size).left <= cache.most_bytes - size:
                    _put(unfinished, entry)


@functools.cache
def _warn_too_large(cache: SeparationCache) -> None:
    _LOG.warning(
        "%s: some songs' stems are larger than the whole cache may be (%d bytes) and are separated "
        "each time they are wanted: raise AUTOMIX_BENCH_CACHE_GB",
        cache.folder,
        cache.most_bytes,
    )


def _put(unfinished: Path, entry: Path) -> None:
    try:
        unfinished.rename(entry)
    except OSError:
        # A folder cannot replace one that is not empty: another process was first.
        if not entry.is_dir():
            raise

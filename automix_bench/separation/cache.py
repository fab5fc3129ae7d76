"""The cache of separations: any number of processes and recipes share it, an entry is made once
and is whole or not there, and those used longest ago make room.

Who makes an entry holds its lock file, so that others who want it wait and read. Who reads one
holds its record, so that nobody removes it meanwhile. A death lets go of both. The time at which
an entry was last used is its record's modification time, and the only thing about it that changes.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
import re
import shutil
import tempfile
import time
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
from automix_bench.song import Stems

LEFT_OVER_SECONDS = 24 * 3600.0
JUST_MADE_SECONDS = 60.0
LOCK, UNFINISHED, REMOVED = LEFT_BEHIND = (".lock-", ".unfinished-", ".removed-")
ENTRY = re.compile(r"[0-9a-f]{64}")
CANNOT_WRITE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR}

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SeparationCache:
    """Where separated stems are kept, and how much of them.

    Attributes:
        folder: made if need be. One that cannot be written is read: only what it lacks is an error.
        most_bytes: of all entries together; those used longest ago are removed for new ones, and
            an entry larger than this is not kept. None: no bound. Results never depend on it.
    """

    folder: Path
    most_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.most_bytes is not None and self.most_bytes < 1:
            raise UsageError(
                f"the cache of separations wants 1 byte or more, got {self.most_bytes}"
            )

    def absolute(self) -> SeparationCache:
        """The same for a process that works in another folder."""
        return replace(self, folder=self.folder.absolute())


def stems_from(
    cache: SeparationCache, key: Mapping[str, Any], item: str, make: Callable[[], Separation]
) -> Stems:
    """The stems of that key: from the cache, or made, and kept there for the next.

    A damaged entry is logged, removed and made again.

    Args:
        item: what the stems are of, for messages.

    Raises:
        UsageError: they are not in the cache, and it cannot be written; `make` was not called.
        DiskFull: there is no room for the entry; nothing of it is left.
    """
    entry = cache.folder / fingerprint(key)
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, Damaged):
        return _read(entry)
    with _turn(entry, item):
        stems = _read_or_remove(entry)
        if stems is not None:
            return stems
        made = make()
        _keep(cache, entry, key, made)
        return made.stems()


def _read(entry: Path) -> Stems:
    """The stems of an entry, which is now the one used last."""
    with locks.opened(entry / RECORD, shared=True):
        stems = read_entry(entry)
        try:
            os.utime(entry / RECORD)
        except OSError as error:
            if error.errno not in CANNOT_WRITE | {errno.ENOENT}:
                raise
    return stems


def _read_or_remove(entry: Path) -> Stems | None:
    """The stems; None if there are none, or if they were damaged and are now removed. For the
    holder of the entry's lock file: to others an entry just being removed may look damaged."""
    if not entry.is_dir():
        return None
    try:
        return _read(entry)
    except (FileNotFoundError, Damaged) as error:
        if not entry.is_dir():
            return None
        _LOG.warning("%s: a damaged separation (%s): made again", entry, error)
    removed(entry, wait=True)
    return None


@contextlib.contextmanager
def _turn(entry: Path, item: str) -> Iterator[None]:
    """Be the one who makes the entry; others wait."""
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


def _keep(cache: SeparationCache, entry: Path, key: Mapping[str, Any], made: Separation) -> None:
    """Make the entry in a hidden folder, and give it its name when it is whole."""
    remove_left_overs(cache.folder)
    with naming_a_full_disk(cache.folder), _hidden_folder(cache.folder, UNFINISHED) as unfinished:
        # The hidden folder is for its owner's eyes; an entry is for whom the umask says.
        inside = unfinished / entry.name
        inside.mkdir()
        size = write_entry(inside, key, made, cache.most_bytes)
        if size is None:
            _tell_too_large(cache)
        elif cache.most_bytes is None:
            _put(inside, entry)
        else:
            # One at a time, or two that each find room would together have none.
            with locks.alone(cache.folder / f"{LOCK}room"):
                if make_room(cache.folder, cache.most_bytes - size).left <= cache.most_bytes - size:
                    _put(inside, entry)


@functools.cache
def _tell_too_large(cache: SeparationCache) -> None:
    _LOG.warning(
        "%s: some songs' stems are larger than the whole cache may be (%d bytes) and are separated "
        "each time they are wanted: raise AUTOMIX_BENCH_CACHE_GB",
        cache.folder,
        cache.most_bytes,
    )


def _put(made: Path, entry: Path) -> None:
    try:
        made.rename(entry)
    except OSError:
        # No folder takes the place of one that holds something: another process was first.
        if not entry.is_dir():
            raise


@contextlib.contextmanager
def _hidden_folder(cache: Path, prefix: str) -> Iterator[Path]:
    """A folder of this process alone, which is held, and removed in the end."""
    hidden = Path(tempfile.mkdtemp(prefix=prefix, dir=cache))
    try:
        with locks.opened(hidden):
            yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def remove_left_overs(cache: Path) -> None:
    """Remove what processes left that were killed at work: hidden folders and lock files that
    nobody holds."""
    for left in cache.iterdir():
        if left.name.startswith(LEFT_BEHIND):
            with contextlib.suppress(FileNotFoundError):
                _remove_if_left(left)


def _remove_if_left(left: Path) -> None:
    age_seconds = time.time() - left.stat().st_mtime
    with locks.opened(left, wait=False) as state:
        if state == "busy" or (state != "held" and age_seconds < LEFT_OVER_SECONDS):
            return
        if left.is_file():
            left.unlink()
        elif age_seconds > JUST_MADE_SECONDS:  # by then its owner would hold it
            shutil.rmtree(left, ignore_errors=True)


@dataclass(frozen=True)
class Kept:
    """An entry as it lies there.

    Attributes:
        size: of its files, in bytes.
        used_ns: when it was used last, in nanoseconds since 1970.
    """

    entry: Path
    size: int
    used_ns: int


def entries_in(cache: Path) -> list[Kept]:
    """Every entry, by name. One that is removed meanwhile is left out."""
    found = []
    if cache.is_dir():
        for entry in sorted(cache.iterdir()):
            if ENTRY.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    found.append(_kept(entry))
    return found


def _kept(entry: Path) -> Kept:
    states = {path.name: path.stat() for path in entry.iterdir()}
    size = sum(state.st_size for state in states.values())
    used = states.get(RECORD) or entry.stat()
    return Kept(entry, size, used.st_mtime_ns)


@dataclass(frozen=True)
class Room:
    """What making room did.

    Attributes:
        removed: how many entries.
        freed: bytes of them.
        left: bytes of those that are still there.
        in_use: how many could not be removed because somebody read them.
    """

    removed: int
    freed: int
    left: int
    in_use: int


def make_room(cache: Path, most_bytes: int) -> Room:
    """Remove the entries used longest ago until the rest have `most_bytes` or less."""
    entries = entries_in(cache)
    left = sum(kept.size for kept in entries)
    gone, freed, in_use = 0, 0, 0
    for kept in sorted(entries, key=lambda kept: (kept.used_ns, kept.entry.name)):
        if left <= most_bytes:
            break
        if removed(kept.entry):
            gone, freed, left = gone + 1, freed + kept.size, left - kept.size
        else:
            in_use += 1
    return Room(gone, freed, left, in_use)


def removed(entry: Path, *, wait: bool = False) -> bool:
    """Remove an entry unless it is read just now; with `wait`, as soon as it is not.

    Out of sight before it is taken apart: no other process may find half of it.
    """
    record = entry / RECORD
    try:
        with locks.opened(record if record.exists() else entry, wait=wait) as state:
            if state == "busy":
                return False
            with _hidden_folder(entry.parent, REMOVED) as aside:
                entry.rename(aside / "entry")
    except FileNotFoundError:  # another process was first
        pass
    return True

"""Locks between processes that no death outlives: `flock`, which the system lets go of with its
holder. Where a file system has no locks, everyone holds them: work is then done twice, never wrong.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from automix_bench.errors import DatasetError

State = Literal["held", "busy", "no locks here"]

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


@dataclass(frozen=True)
class Held:
    """A lock file that is held, by an open descriptor."""

    path: Path
    descriptor: int


def locked(descriptor: int, *, shared: bool = False, wait: bool = True) -> State:
    """Lock an open file or folder for whoever opened it; `busy` only if it must not `wait`."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        return "no locks here"
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return "busy"
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return "no locks here"
    return "held"


def unlocked(descriptor: int) -> None:
    """Close what was locked. The lock goes first: a forked child may have the descriptor too."""
    with contextlib.suppress(OSError, ModuleNotFoundError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def taken(path: Path) -> Held:
    """Make the lock file `path` and hold it alone; wait for whoever has it.

    Raises:
        OSError: the file cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            state = locked(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        # Who held it last removed it: those who waited hold a file that no newcomer would find.
        if state == "no locks here" or _is_at(descriptor, path):
            return Held(path, descriptor)
        unlocked(descriptor)


def released(held: Held) -> None:
    """Remove the lock file, and then let go of it."""
    held.path.unlink(missing_ok=True)
    unlocked(held.descriptor)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for a while."""
    held = taken(path)
    try:
        yield
    finally:
        released(held)


@contextlib.contextmanager
def opened(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[State]:
    """Open an existing file or folder and lock it for a while.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield locked(descriptor, shared=shared, wait=wait)
    finally:
        unlocked(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def work_alone(folder: Path, other: str) -> Iterator[None]:
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

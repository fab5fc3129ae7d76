"""Locks between processes, by `flock`: the system frees a lock when the process that holds it ends.

`alone` holds a lock file of its own, through the package `filelock`. `opened` and `work_alone` lock
a folder or file that exists anyway, and can share it; `filelock` has neither.

A file system may have no locks (some network drives, and Windows for folders). There every process
goes on as if it held the lock: work is then done twice, never wrong.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from automix_bench.errors import DatasetError

State = Literal["held", "busy", "no locks here"]

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Make the lock file `path`, hold it alone, and remove it in the end.

    Waits as long as another process or thread holds it.

    Raises:
        OSError: the file cannot be made.
    """
    from filelock import FileLock

    # A soft lock is a file that stays when its process is killed: it is not wanted here.
    lock = FileLock(path, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    try:
        yield
    finally:
        # The file goes first. Processes that wait notice, and make a new one.
        path.unlink(missing_ok=True)
        lock.release()


@contextmanager
def opened(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[State]:
    """Open an existing file or folder and lock it.

    Args:
        shared: hold it beside others that share it; otherwise alone.
        wait: until it is free; otherwise the state may be `busy`.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield _locked(descriptor, shared=shared, wait=wait)
    finally:
        _unlock_and_close(descriptor)


@contextmanager
def work_alone(
    folder: Path, other: str, waiting: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold a folder while working in it. A second process is refused, or waits for the first.

    Args:
        other: what the other process is, for the message.
        waiting: called with a line before it waits for the other process; None refuses.

    Raises:
        DatasetError: another process holds the folder, and this one does not wait.
    """
    with opened(folder, wait=False) as state:
        if state != "busy":
            yield
            return
    line = f"{folder}: {other} is at work there: "
    if waiting is None:
        raise DatasetError(f"{line}let it finish")
    waiting(f"{line}waiting until it is done")
    with opened(folder):
        yield


def _locked(descriptor: int, *, shared: bool, wait: bool) -> State:
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


def _unlock_and_close(descriptor: int) -> None:
    """The lock goes first: a forked child may have the descriptor open too."""
    with contextlib.suppress(OSError, ModuleNotFoundError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)

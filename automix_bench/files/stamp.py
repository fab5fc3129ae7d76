"""Whether the content of a file may have changed since it was read."""

from __future__ import annotations

from pathlib import Path


def stamp_of(path: Path) -> object:
    """What changes when a file is written anew: for keys of caches in memory. None if there is no
    such file.

    A file that is written over in place, to the same size and within one tick of the file system's
    clock, keeps its stamp; `files/atomic.py` never writes so.
    """
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns

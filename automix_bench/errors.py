"""What can go wrong that is not a bug, and the exit code the command line gives each.

    AutomixError
    ├── UsageError          2   what was asked for cannot be: a name, a setting, a recipe
    │   ├── UnknownPlugin       no plug-in of that name
    │   ├── BrokenPlugin        a plug-in's file cannot be loaded or offers no single object
    │   └── MissingPart         an optional package is not installed; says the line that does it
    ├── DataError           3   what is on disk is not what is needed
    │   ├── Rejected            one song or excerpt cannot be used; the others go on
    │   ├── Changed             a song is not what it was when it was planned; work stops
    │   └── DatasetError        a data set, run or scorecard is damaged, foreign or of another plan
    ├── DiskFull            4   no room is left; what is finished is kept
    └── MemoryFull          4   a device has no room for one thing; others go on

Exit code 5 says that a model failed on some items (the board shows its coverage), or a job on a
cluster on some; 1 that automix_bench itself is at fault: that one comes with a traceback.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class AutomixError(Exception):
    """Something the user can mend. The message is one line that says what and how."""

    exit_code = 2

    def __reduce__(self) -> tuple[Callable[..., AutomixError], tuple[Any, ...]]:
        """To another process it goes with what it says: the constructors of some make that of
        other arguments."""
        return _again, (type(self), self.args, vars(self))


def _again(
    kind: type[AutomixError], said: tuple[Any, ...], fields: Mapping[str, Any]
) -> AutomixError:
    error = kind.__new__(kind, *said)
    vars(error).update(fields)
    return error


class UsageError(AutomixError):
    """What was asked for cannot be done as asked."""


class UnknownPlugin(UsageError, LookupError):
    """There is no plug-in of that name."""


class BrokenPlugin(UsageError):
    """A plug-in's file cannot be loaded, or offers more or less than one object."""


class MissingPart(UsageError, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, wanted_by: str, package: str, install: str) -> None:
        super().__init__(f"{wanted_by} needs {package}, which is not installed: run `{install}`")


class DataError(AutomixError):
    """What is on disk is not what is needed."""

    exit_code = 3


class Rejected(DataError):
    """One song or excerpt cannot be used.

    Attributes:
        item: what is rejected: a file relative to its source, or an excerpt's id.
        reason: what was wanted, what came, and what to do about it.
    """

    def __init__(self, item: str, reason: str) -> None:
        super().__init__(f"{item}: {reason}")
        self.item, self.reason = item, reason


class Changed(DataError):
    """A song's file is gone, or is not what it was when it was planned. Never a reason to leave the
    song out: the same plan would then give another data set."""


class DatasetError(DataError):
    """A data set, a run or a scorecard is damaged, foreign, or made by another plan."""


class DiskFull(AutomixError):
    """The disk has no room left."""

    exit_code = 4


class MemoryFull(AutomixError):
    """A device's memory has no room for what was to be computed on it; for other songs it may."""

    exit_code = 4


@contextlib.contextmanager
def naming_a_full_disk(path: Path) -> Iterator[None]:
    """Turn "no space left" while writing under `path` into a `DiskFull` that names it."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"no space left on the disk of {path}: free some and run the same command again; "
            "everything finished is kept"
        ) from error


@dataclass(frozen=True)
class Ending:
    """How a program ends: its exit code, and a line to say; empty if all is said."""

    code: int
    line: str = ""


MENDABLE = frozenset(
    (
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.EISDIR,
        errno.ENOENT,
        errno.EEXIST,
        errno.ELOOP,
    )
)


def ending(error: BaseException) -> Ending | None:
    """How the program ends on an error that the user can mend, or by leave; None for a bug."""
    if isinstance(error, AutomixError):
        return Ending(error.exit_code, str(error))
    if isinstance(error, KeyboardInterrupt):
        return Ending(130, "interrupted; the same command goes on from here")
    if isinstance(error, SystemExit):
        if error.code == 130:
            return ending(KeyboardInterrupt())
        return Ending(error.code if isinstance(error.code, int) else int(error.code is not None))
    if isinstance(error, OSError) and error.errno is not None:
        line = f"{error.filename}: {error.strerror}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Ending(DiskFull.exit_code, line)
        if error.errno in MENDABLE and error.filename is not None:
            return Ending(UsageError.exit_code, line)
    return None

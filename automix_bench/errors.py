"""Errors that a user can mend, with the exit code of the command line.

    AutomixError
    ├── UsageError          2   the request cannot be met: a name, a setting, a recipe
    │   ├── UnknownPlugin       there is no plug-in of that name
    │   ├── BrokenPlugin        a plug-in's file cannot be loaded or does not offer one object
    │   └── MissingPart         an optional package is not installed; the message says how to
    ├── DataError           3   files are not as they must be
    │   ├── Rejected            one song or excerpt cannot be used; work goes on with the others
    │   ├── Changed             a song has changed since it was planned; work stops
    │   └── DatasetError        a data set, run or scorecard is damaged, foreign or of another plan
    ├── DiskFull            4   the disk is full; everything finished is kept
    └── MemoryFull          4   one item does not fit a device's memory; work goes on with others

Exit code 5: a model failed on some items (the board shows its coverage), a job on a cluster failed
on some, or a training diverged. Exit code 1: a bug in automix_bench, with a traceback.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any


class AutomixError(Exception):
    """An error that the user can mend. The message is one line: what is wrong, and what to do."""

    exit_code = 2

    def __reduce__(self) -> tuple[Callable[..., AutomixError], tuple[Any, ...]]:
        """Pickle the finished message: some constructors build it from other arguments."""
        return _restored, (type(self), self.args, vars(self))


def _restored(
    kind: type[AutomixError], arguments: tuple[Any, ...], fields: Mapping[str, Any]
) -> AutomixError:
    error = kind.__new__(kind, *arguments)
    vars(error).update(fields)
    return error


class UsageError(AutomixError):
    """The request cannot be met: a name, a setting or a recipe is wrong."""


class UnknownPlugin(UsageError, LookupError):
    """There is no plug-in of that name."""


class BrokenPlugin(UsageError):
    """A plug-in's file cannot be loaded, or does not offer exactly one object."""


class MissingPart(UsageError, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, wanted_by: str, package: str, install: str) -> None:
        super().__init__(f"{wanted_by} needs {package}, which is not installed: run `{install}`")


class DataError(AutomixError):
    """Files are not as they must be."""

    exit_code = 3


class Rejected(DataError):
    """One song or excerpt cannot be used.

    Attributes:
        item: a file, relative to its source, or an excerpt's id.
        reason: what is wrong with it, and what to do.
    """

    def __init__(self, item: str, reason: str) -> None:
        super().__init__(f"{item}: {reason}")
        self.item, self.reason = item, reason


class Changed(DataError):
    """A song's file is gone, or has changed since it was planned.

    The song is not left out: the same plan would then give another data set.
    """


class DatasetError(DataError):
    """A data set, a run or a scorecard is damaged, foreign, or made by another plan."""


class DiskFull(AutomixError):
    """The disk is full."""

    exit_code = 4


class MemoryFull(AutomixError):
    """One item does not fit a device's memory; other items may."""

    exit_code = 4


@contextlib.contextmanager
def naming_a_full_disk(path: Path) -> Iterator[None]:
    """Turn the system's error at a full disk into a `DiskFull` that names `path`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"no space left on the disk of {path}: free some and run the same command again; "
            "everything finished is kept"
        ) from error

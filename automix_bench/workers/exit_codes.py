"""How the program ends on an error: its exit code, and the line that it prints."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from automix_bench.errors import AutomixError, DiskFull, UsageError


@dataclass(frozen=True)
class Ending:
    """How the program ends.

    Attributes:
        code: the exit code.
        line: to print; empty for none.
    """

    code: int
    line: str = ""


# System errors that a user can mend.
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
    """How the program ends on an error that the user can mend, or on an exit; None for a bug."""
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

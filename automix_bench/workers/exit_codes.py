"""How the program ends on an error: its exit code, and the line that it prints. How others end."""

from __future__ import annotations

import errno
import signal
from dataclasses import dataclass

from automix_bench.errors import AutomixError, DiskFull, UsageError
from automix_bench.workers.end_signals import EndedBySignal


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
    if isinstance(error, EndedBySignal):
        line = f"ended by {error.signal.name}; the same command goes on from here"
        return Ending(128 + error.signal, line)
    if isinstance(error, KeyboardInterrupt):
        return Ending(130, "interrupted; the same command goes on from here")
    if isinstance(error, SystemExit):
        if error.code == 130:  # what typer makes of any KeyboardInterrupt
            return ending(_interruption_behind(error))
        return Ending(error.code if isinstance(error.code, int) else int(error.code is not None))
    if isinstance(error, OSError) and error.errno is not None:
        line = f"{error.filename}: {error.strerror}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Ending(DiskFull.exit_code, line)
        if error.errno in MENDABLE and error.filename is not None:
            return Ending(UsageError.exit_code, line)
    return None


def _interruption_behind(error: BaseException) -> KeyboardInterrupt:
    """The interruption that an error was raised from."""
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, KeyboardInterrupt):
        behind = behind.__cause__ or behind.__context__
    return behind or KeyboardInterrupt()


def how_it_ended(code: int) -> str:
    """How another process ended, for a message.

    Args:
        code: its exit code; that of a signal is negative, as in `subprocess`.
    """
    if code >= 0:
        return f"ended with exit code {code}"
    named = -code in set(signal.Signals)
    return f"was ended by {signal.Signals(-code).name if named else f'signal {-code}'}"

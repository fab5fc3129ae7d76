"""End on a signal as on Ctrl-C: what is at work removes its unfinished files and its processes."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

END_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks a program to end: `kill`, `timeout`, a cluster; and a terminal that was closed."""


class EndedBySignal(KeyboardInterrupt):
    """One of `END_SIGNALS` came.

    Attributes:
        signal: which.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)


@contextlib.contextmanager
def raising_end_signals() -> Iterator[None]:
    """Meanwhile a signal that asks this process to end raises `EndedBySignal` in it, once.

    A signal that is ignored, as under `nohup`, stays so. Outside the main thread nothing changes.
    """
    in_main = threading.current_thread() is threading.main_thread()
    raising = [s for s in END_SIGNALS if in_main and signal.getsignal(s) is signal.SIG_DFL]

    def end(number: int, frame: FrameType | None) -> NoReturn:
        for each in raising:  # a second signal must not stop the clearing up
            signal.signal(each, _nothing)
        raise EndedBySignal(number)

    for each in raising:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in raising:
            signal.signal(each, signal.SIG_DFL)


@contextlib.contextmanager
def keeping_handlers() -> Iterator[None]:
    """Afterwards each of `END_SIGNALS` is handled as before, whatever a library set meanwhile.

    Ray, for one, installs a handler that ends the process at once. Outside the main thread nothing
    changes.
    """
    in_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in END_SIGNALS if in_main}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: one that Python cannot set again
                signal.signal(number, handler)


def _nothing(number: int, frame: FrameType | None) -> None:
    pass

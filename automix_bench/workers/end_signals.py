"""On a signal that ends the program, clear up as on Ctrl-C."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from types import FrameType
from typing import Any

END_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks a program to end: `kill`, `timeout`, a cluster; and a terminal that was closed."""
_LATER_S = 0.002


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

    Code in C that calls Python prints an exception and goes on. libsndfile takes it for the end of
    the file. So a signal, or Ctrl-C, that comes while it reads from a file object waits until it
    has read. A signal that Python dropped, as in `__del__`, is sent again.
    """
    in_main = threading.current_thread() is threading.main_thread()
    raising = [s for s in END_SIGNALS if in_main and signal.getsignal(s) is signal.SIG_DFL]
    interrupted = in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    print_unraisable = sys.unraisablehook

    def end(number: int, frame: FrameType | None) -> None:
        if _is_in_callback(frame):
            _send_later(number)
            return
        for each in raising:  # a second signal must not stop the clearing up
            signal.signal(each, _nothing)
        raise EndedBySignal(number)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if _is_in_callback(frame):
            _send_later(number)
        else:
            raise KeyboardInterrupt

    def send_again(dropped: Any) -> None:
        error = dropped.exc_value
        if isinstance(error, EndedBySignal):
            set_handlers(end)
            _send_later(error.signal)
        elif isinstance(error, KeyboardInterrupt):
            _send_later(signal.SIGINT)
        else:
            print_unraisable(dropped)

    def set_handlers(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
        for each in raising:
            signal.signal(each, handler)

    set_handlers(end)
    if interrupted:
        signal.signal(signal.SIGINT, interrupt)
    if in_main:
        sys.unraisablehook = send_again
    try:
        yield
    finally:
        set_handlers(signal.SIG_DFL)
        if interrupted:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if in_main:
            sys.unraisablehook = print_unraisable


@dataclass
class HeldSignal:
    """A signal that came while it was held.

    Attributes:
        number: which; None if none has come.
    """

    number: int | None = None

    def raise_it(self) -> None:
        """Raise what the signal would have raised; nothing if none has come.

        Raises:
            EndedBySignal: one of `END_SIGNALS` came.
            KeyboardInterrupt: Ctrl-C.
        """
        if self.number == signal.SIGINT:
            raise KeyboardInterrupt
        if self.number is not None:
            raise EndedBySignal(self.number)


@contextlib.contextmanager
def holding_end_signals() -> Iterator[HeldSignal]:
    """Meanwhile a signal that asks this process to end, or Ctrl-C, is only noted, so that the code
    can stop where nothing is lost. A second Ctrl-C is not held.

    A signal that is ignored stays so. Outside the main thread nothing changes.
    """
    in_main = threading.current_thread() is threading.main_thread()
    numbers = (*END_SIGNALS, signal.SIGINT) if in_main else ()
    before = {number: signal.getsignal(number) for number in numbers}
    held = HeldSignal()

    def hold(number: int, frame: FrameType | None) -> None:
        if held.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        held.number = number if held.number is None else held.number

    changed = [n for n in numbers if before[n] not in (None, signal.SIG_IGN)]
    for number in changed:
        signal.signal(number, hold)
    try:
        yield held
    finally:
        for number in changed:
            signal.signal(number, before[number])


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


def _is_in_callback(frame: FrameType | None) -> bool:
    """Whether libsndfile is calling a method of a file object."""
    while frame is not None:
        code = frame.f_code
        if code.co_name.startswith("vio_") and PurePath(code.co_filename).stem == "soundfile":
            return True
        frame = frame.f_back
    return False


def _send_later(number: int) -> None:
    """Send the main thread a signal soon. (A `threading.Timer` would wait for locks that the
    interrupted code may hold.)"""
    receiver = threading.main_thread().ident

    def send() -> None:
        time.sleep(_LATER_S)
        if hasattr(signal, "pthread_kill") and receiver is not None:
            signal.pthread_kill(receiver, number)
        else:
            signal.raise_signal(number)

    _thread.start_new_thread(send, ())


def _nothing(number: int, frame: FrameType | None) -> None:
    pass

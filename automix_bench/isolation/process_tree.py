"""The processes below this one: which there are, what they use, and how to end them all."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

_PAGE = resource.getpagesize()
_TICKS = os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """All processes below a process, from the kernel's lists of children."""
    found, waiting = [], [pid]
    while waiting:
        for child in _children(waiting.pop()):
            found.append(child)
            waiting.append(child)
    return found


def memory_of(pids: list[int]) -> int:
    """The bytes of memory that processes hold together."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


def cpu_seconds_of(pids: list[int]) -> float:
    """The seconds of CPU that processes have used, and those of their own that have ended."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def peak_memory_of(pid: int) -> int:
    """The most bytes of memory that a process has held since `forget_peak`; 0 if unknown."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


def forget_peak(pid: int) -> None:
    """Count the peak of a process's memory from now on, where the kernel can."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def end_all(seconds: float = 30.0) -> None:
    """Kill every process below this one, until there is none. Orphans must have been adopted."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for pid in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _children(pid: int) -> Iterator[int]:
    lists = f"/proc/{pid}/task"
    try:
        tasks = os.listdir(lists)
        for task in tasks:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                yield from map(int, Path(f"{lists}/{task}/children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        return

"""Give up rights: privileges of root, new ones by `exec`, and more than a share of the machine."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 4, 36, 38
_CAPABILITIES_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}


@dataclass(frozen=True)
class Limits:
    """How much of the machine a model may use.

    Attributes:
        memory: bytes, of address space for each process, and of memory for all together.
        file_bytes: of one file, and of all that lies in its folder.
        processes: that run at one time.
        printed: bytes, before the model is ended.
        cpu_seconds: of one process, in all.
        item_seconds: for one answer.
        load_seconds: to be imported and constructed.
    """

    memory: int = 16 << 30
    file_bytes: int = 4 << 30
    processes: int = 64
    printed: int = 256 << 20
    cpu_seconds: int = 86_400
    item_seconds: float = 600.0
    load_seconds: float = 600.0


def limit(limits: Limits) -> None:
    """Limit this process, and each that it starts, to what the system can count for a process."""
    _at_most(resource.RLIMIT_AS, limits.memory)
    _at_most(resource.RLIMIT_FSIZE, limits.file_bytes)
    _at_most(resource.RLIMIT_CPU, limits.cpu_seconds)
    _at_most(resource.RLIMIT_CORE, 0)
    if os.geteuid() != 0:  # the system does not count those of root
        _at_most(resource.RLIMIT_NPROC, _tasks_of_user() + limits.processes * 16)
    with contextlib.suppress(OSError):  # where memory ends, this process is ended first
        Path("/proc/self/oom_score_adj").write_text("1000")


def no_new_privileges() -> None:
    """From now on `exec` gives no rights: no set-user-ID program, no file capabilities.

    Raises:
        OSError: the kernel refuses.
    """
    _prctl(_SET_NO_NEW_PRIVS, 1)


def drop_capabilities(machine: str) -> None:
    """Give up the rights of root for good. Files are then read as their owner and mode say."""
    if machine in _CAPSET:
        head = struct.pack("=Ii", _CAPABILITIES_VERSION_3, 0)
        ctypes.CDLL(None).syscall(_CAPSET[machine], head, bytes(24))


def die_with_parent(signal: int) -> None:
    """Have the kernel send this process a signal when the process that started it ends."""
    _prctl(_SET_DEATH_SIGNAL, signal)


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent ends."""
    _prctl(_SET_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep other processes of this user from reading the memory of this one."""
    _prctl(_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _at_most(which: int, value: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(which)
    lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (lower, lower))


def _tasks_of_user() -> int:
    """How many threads this user has, in all processes."""
    own, tasks = os.getuid(), 0
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if place.stat().st_uid == own:
                tasks += len(os.listdir(place / "task"))
    return tasks

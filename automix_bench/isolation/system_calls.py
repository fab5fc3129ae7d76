"""Refuse system calls that a model has no use for: sockets, other processes' memory, mounts.

A filter of seccomp (`man 2 seccomp`) sees the number of each call and answers "permission denied"
to those on a list. It closes what Landlock leaves open: UDP, sockets with a path, limits of other
processes. Numbers of calls: `man 2 syscalls`, the kernel's tables for x86-64 and for arm64.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

SOCKET, PRLIMIT = "socket", "prlimit64"
REFUSED = {
    "x86_64": {
        SOCKET: 41, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "mount": 165,
        "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321,
        "perf_event_open": 298, "keyctl": 250, "add_key": 248, "request_key": 249,
        "kexec_load": 246, "init_module": 175, "finit_module": 313, "delete_module": 176,
        "reboot": 169, "swapon": 167, "swapoff": 168, "userfaultfd": 323, "kcmp": 312,
        "open_by_handle_at": 304, "settimeofday": 164, "clock_settime": 227, "sethostname": 170,
    },
    "aarch64": {
        SOCKET: 198, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "mount": 40,
        "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "bpf": 280,
        "perf_event_open": 241, "keyctl": 219, "add_key": 217, "request_key": 218,
        "kexec_load": 104, "init_module": 105, "finit_module": 273, "delete_module": 106,
        "reboot": 142, "swapon": 224, "swapoff": 225, "userfaultfd": 282, "kcmp": 272,
        "open_by_handle_at": 265, "settimeofday": 170, "clock_settime": 112, "sethostname": 161,
    },
}  # fmt: skip
REFUSED_EVERYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
}  # fmt: skip
"""Calls that are newer than the common table, with one number on all architectures."""
_PRLIMIT = {"x86_64": 302, "aarch64": 261}
"""Refused for another process than the caller, which is 0."""
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
"""Calls of the x32 interface of x86-64 have this bit."""

_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | errno.EACCES
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_PR_SET_SECCOMP, _FILTER = 22, 2


def can_refuse() -> bool:
    """Whether the filter is known for this machine."""
    return sys.platform == "linux" and platform.machine() in REFUSED


def refuse() -> None:
    """Refuse the calls to this process and to all that it starts, for good.

    `PR_SET_NO_NEW_PRIVS` must be set before.

    Raises:
        OSError: the kernel has no seccomp, or refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    code = b"".join(_filter(platform.machine()))
    program = ctypes.create_string_buffer(code, len(code))
    pointer = ctypes.cast(program, ctypes.c_void_p).value or 0
    described = struct.pack("@HP", len(code) // 8, pointer)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, described, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def _filter(machine: str) -> list[bytes]:
    """The program of the filter; a jump counts the instructions that it skips."""
    numbers = sorted({**REFUSED[machine], **REFUSED_EVERYWHERE}.values())
    program = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_EQUALS, _ARCHITECTURE[machine], 1, 0),
        _step(_RETURN, _DENY),
        _step(_LOAD, _NUMBER_AT),
        _step(_AT_LEAST, _X32, 0, 1),
        _step(_RETURN, _DENY),
    ]
    for number in numbers:
        program += [_step(_EQUALS, number, 0, 1), _step(_RETURN, _DENY)]
    program += [
        _step(_EQUALS, _PRLIMIT[machine], 0, 3),
        _step(_LOAD, _FIRST_ARGUMENT_AT),
        _step(_EQUALS, 0, 1, 0),
        _step(_RETURN, _DENY),
        _step(_RETURN, _ALLOW),
    ]
    return program


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)

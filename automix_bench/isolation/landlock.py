"""Landlock: this process, and all that it starts, may from now on open only some files.

Landlock is part of Linux since 5.13 and needs no rights. Rules name folders or files and what may
be done beneath them; they are never loosened again. Later versions of its interface (ABI) also
refuse TCP (4) and signals and abstract sockets to processes outside (6). Source: the kernel's
`Documentation/userspace-api/landlock.rst` and `include/uapi/linux/landlock.h`.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls; the same on every architecture."""
_VERSION, _PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE = 1 << 13, 1 << 14
_ALL_OF_ABI_1 = (1 << 13) - 1
_MAKE_DEVICES = 1 << 6 | 1 << 11
"""With rights of root, a device made in a folder of one's own would read a whole disk."""
_TCP = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
"""What can be granted on something that is no folder."""

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def abi() -> int:
    """The version of Landlock's interface; 0 where there is none or it is switched off."""
    if _libc is None:
        return 0
    return max(0, int(_libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def restrict(
    read: Iterable[Path], write: Iterable[Path], devices: Iterable[Path], listed: Iterable[Path]
) -> None:
    """Restrict this process to some paths, to no TCP, and to no signals to others, as far as the
    kernel can.

    `PR_SET_NO_NEW_PRIVS` must be set before.

    Args:
        read: files, and folders with all beneath them, to read and to execute. Paths that do not
            exist are left out.
        write: folders in which everything is allowed, but no devices.
        devices: files to read and to write.
        listed: folders whose names, and those beneath, may be listed.

    Raises:
        OSError: the kernel refuses.
    """
    version = abi()
    on_files = _ALL_OF_ABI_1 | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    network = _TCP if version >= 4 else 0
    scope = _SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0
    sizes = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}
    attributes = struct.pack("=QQQ", on_files, network, scope)[: sizes.get(version, 24)]
    rules = _call(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for path in read:
            _allow(rules, path, on_files & (EXECUTE | READ_FILE | READ_DIR))
        for path in listed:
            _allow(rules, path, on_files & READ_DIR)
        for path in devices:
            _allow(rules, path, on_files & (READ_FILE | WRITE_FILE))
        for path in write:
            _allow(rules, path, on_files & ~_MAKE_DEVICES)
        _call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # it does not exist, or this user may not reach it
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _ON_FILES
        _call(ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", access, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    """Make a system call.

    Raises:
        OSError: it fails.
    """
    assert _libc is not None, "Landlock is part of Linux"
    answer = int(_libc.syscall(number, *arguments))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return answer

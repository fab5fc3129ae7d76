"""The box around a model's process: what it may read, write and use. Entered once, for good."""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from automix_bench.isolation import landlock, system_calls
from automix_bench.isolation.privileges import (
    Limits,
    drop_capabilities,
    limit,
    no_new_privileges,
)

BOXED, OWN_PROCESS, IN_PROCESS = "boxed", "own process", "in process"
"""How a model is kept apart. `boxed`: in a process of its own that can open only what its box
holds, and no socket. `own process`: the system has no box, so the data set can be found on disk.
`in process`: a function typed into a notebook, which shares its memory with the targets."""
STATES = (BOXED, OWN_PROCESS, IN_PROCESS)


def weakest(states: Collection[str]) -> str:
    """The least of several ways to be kept apart; empty if there is none."""
    return max(states, key=STATES.index, default="")


@dataclass(frozen=True)
class Box:
    """What a process may open and use.

    Attributes:
        folder: of its own, to write to.
        read: files, and folders with all beneath them.
        devices: files to read and to write.
        listed: folders whose names may be listed.
    """

    folder: Path
    read: tuple[Path, ...] = ()
    devices: tuple[Path, ...] = ()
    listed: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def to_json(self) -> dict[str, Any]:
        """As JSON, for the process that enters the box."""
        return {
            "folder": str(self.folder),
            "read": [str(path) for path in self.read],
            "devices": [str(path) for path in self.devices],
            "listed": [str(path) for path in self.listed],
            "limits": asdict(self.limits),
        }


def box_from_json(record: dict[str, Any]) -> Box:
    """The box that `to_json` described."""
    return Box(
        Path(record["folder"]),
        tuple(map(Path, record["read"])),
        tuple(map(Path, record["devices"])),
        tuple(map(Path, record["listed"])),
        Limits(**record["limits"]),
    )


def enter(box: Box) -> tuple[str, str]:
    """Put this process into a box.

    Returns:
        `boxed` or `own process`, and why it is not boxed; empty if it is.
    """
    limit(box.limits)
    if missing := why_no_box():
        return OWN_PROCESS, missing
    try:
        no_new_privileges()
        drop_capabilities(platform.machine())
        landlock.restrict(_readable(box.read), [box.folder], box.devices, box.listed)
        system_calls.refuse()
    except OSError as error:
        return OWN_PROCESS, f"the system refuses: {error}"
    return BOXED, ""


def why_no_box() -> str:
    """What this system lacks for a box; empty if nothing."""
    if sys.platform != "linux":
        return f"there is no box on {platform.system()}; it needs Linux 5.13 or newer"
    if landlock.abi() < 1:
        return "this Linux has no Landlock, or it is switched off"
    if not system_calls.can_refuse():
        return f"the numbers of system calls on {platform.machine()} are not known here"
    return ""


def _readable(paths: Sequence[Path]) -> list[Path]:
    """The paths, and this process's own entry in `/proc`."""
    return [*paths, Path("/proc/self").resolve()]

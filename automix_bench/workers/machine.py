"""The machine that this process runs on."""

from __future__ import annotations

import functools
import platform


@functools.cache
def processor() -> str:
    """The name of the processor; empty if the system does not tell it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, colon, value = line.partition(":")
                if colon and name.strip() in ("model name", "Model"):
                    return " ".join(value.split())[:200]
    except OSError:  # not Linux
        pass
    return " ".join(platform.processor().split())[:200]

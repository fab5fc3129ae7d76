"""The machine that this process runs on."""

from __future__ import annotations

import functools
import platform

CPUINFO = "/proc/cpuinfo"


@functools.cache
def processor() -> str:
    """The name of the processor; empty if the system does not tell it."""
    return (_stated("model name", "Model") or " ".join(platform.processor().split()))[:200]


@functools.cache
def vectors() -> str:
    """The widest vector instructions of the processor: `AVX-512`, `AVX2`, `NEON`, or empty if the
    system does not tell. Processors of one name may have either, and sums of products are rounded
    otherwise with each."""
    flags = _stated("flags", "Features").split()
    return next((name for flag, name in _VECTORS.items() if flag in flags), "")


_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "asimd": "NEON"}


def _stated(*names: str) -> str:
    """What Linux states of the first processor under one of these names."""
    try:
        with open(CPUINFO, encoding="utf-8", errors="replace") as file:
            for line in file:
                name, colon, value = line.partition(":")
                if colon and name.strip() in names:
                    return " ".join(value.split())[:10_000]
    except OSError:  # not Linux
        pass
    return ""

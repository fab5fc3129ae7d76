"""The versions and the machine that numbers come from."""

from __future__ import annotations

import functools
import os
import platform
from importlib.metadata import PackageNotFoundError, version

from automix_bench import __version__
from automix_bench.scorecard import Environment

PACKAGES = ("numpy", "scipy", "numba", "soundfile", "soxr", "pyloudnorm", "torch", "demucs")


def environment() -> Environment:
    """Describe this process: all that can change a number in a result."""
    import soundfile

    return {
        "automix_bench": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "libsndfile": soundfile.__libsndfile_version__,
        **{name: number for name in PACKAGES if (number := _version(name))},
    }


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


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

"""The versions and the machine that numbers come from."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from automix_bench import __version__
from automix_bench.scorecard import Environment
from automix_bench.workers.machine import processor, vectors

PACKAGES = ("numpy", "scipy", "numba", "soundfile", "soxr", "pyloudnorm", "torch", "demucs")


def environment() -> Environment:
    """Describe this process: all that can change a number in a result."""
    import soundfile

    return {
        "automix_bench": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "vectors": vectors(),
        "cores": str(os.cpu_count()),
        "libsndfile": soundfile.__libsndfile_version__,
        **{name: number for name in PACKAGES if (number := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

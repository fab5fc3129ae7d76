"""What a result was made on: versions and machine, as far as they can change a number."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from automix_bench import __version__

PACKAGES = ("numpy", "scipy", "numba", "soundfile", "soxr", "pyloudnorm", "torch", "demucs")


def environment() -> dict[str, str]:
    """Versions of Python and of the packages that touch samples, system, processor and cores."""
    import soundfile

    return {
        "automix_bench": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "libsndfile": soundfile.__libsndfile_version__,
        **{name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

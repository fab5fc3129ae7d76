"""Which files are part of the Python installation, and which are somebody's own."""

from __future__ import annotations

import sysconfig
from functools import cache
from pathlib import Path


@cache
def _installation() -> tuple[Path, ...]:
    """The folders of the standard library and of installed packages."""
    paths = sysconfig.get_paths()
    return tuple(
        Path(paths[key]).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")
    )


def is_installed(place: Path) -> bool:
    """Whether a file or folder is part of the standard library or of an installed package."""
    place = place.resolve()
    if {"site-packages", "dist-packages"} & set(place.parts):
        return True
    return any(place.is_relative_to(folder) for folder in _installation())

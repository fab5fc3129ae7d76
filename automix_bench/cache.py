"""Where what is kept between runs lies on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder `name` in `$AUTOMIX_BENCH_CACHE`; without that, in `automix_bench` in the
    platform's folder for caches. It need not be there yet."""
    if named := os.environ.get("AUTOMIX_BENCH_CACHE"):
        return Path(named) / name
    home = Path.home()
    folder = {"darwin": home / "Library" / "Caches", "win32": home / "AppData" / "Local"}
    platform = Path(os.environ.get("XDG_CACHE_HOME") or folder.get(sys.platform, home / ".cache"))
    return platform / "automix_bench" / name

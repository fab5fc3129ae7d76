"""Where what is kept between runs lies on this machine, and how much of it there may be."""

from __future__ import annotations

import math
import os
import re
import sys
from pathlib import Path

from automix_bench.errors import UsageError

MOST_GB = "AUTOMIX_BENCH_CACHE_GB"
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def cache_folder(name: str) -> Path:
    """The folder `name` in `$AUTOMIX_BENCH_CACHE`; without that, in `automix_bench` in the
    platform's folder for caches. It need not be there yet."""
    if named := os.environ.get("AUTOMIX_BENCH_CACHE"):
        return Path(named) / name
    home = Path.home()
    folder = {"darwin": home / "Library" / "Caches", "win32": home / "AppData" / "Local"}
    platform = Path(os.environ.get("XDG_CACHE_HOME") or folder.get(sys.platform, home / ".cache"))
    return platform / "automix_bench" / name


def most_bytes(most_gb: float | None = None) -> int | None:
    """How many bytes the cache of separations may hold: `most_gb` (1 GB is 10^9 bytes), without
    that `$AUTOMIX_BENCH_CACHE_GB`, without that None: any number.

    Raises:
        UsageError: either is no number, or not above 0.
    """
    said = os.environ.get(MOST_GB) if most_gb is None else str(most_gb)
    if not said:
        return None
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not 0.0 < number < math.inf:
        where = MOST_GB if most_gb is None else "--cache-gb"
        raise UsageError(f"{where}: wanted a number of GB above 0, as 50 or 0.5, got {said!r}")
    return round(number * UNITS["gb"])


def bytes_in(text: str) -> int:
    """The number of bytes that a text like `5GB`, `1.5 TB` or `300000` names.

    Raises:
        UsageError: it names none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]*)", text.strip().lower())
    if found is None or found[2] not in UNITS:
        raise UsageError(f"wanted a size in B, kB, MB, GB or TB, as 5GB, got {text!r}")
    return round(float(found[1]) * UNITS[found[2]])


def in_units(count: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000.0:
            return f"{count:.3g} {unit}"
        count /= 1000.0
    return f"{count:.3g} TB"

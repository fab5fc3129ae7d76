"""The folder for caches on this machine, and how much the cache of separations may hold."""

from __future__ import annotations

import math
import os
from pathlib import Path

from automix_bench.errors import UsageError

CACHE_GB_VARIABLE = "AUTOMIX_BENCH_CACHE_GB"


def cache_folder(name: str) -> Path:
    """The folder `name` in `$AUTOMIX_BENCH_CACHE`; without that, in `automix_bench` in the
    platform's folder for caches: `$XDG_CACHE_HOME`, `~/.cache`, `~/Library/Caches` or
    `~/AppData/Local`. It may not exist yet."""
    if folder := os.environ.get("AUTOMIX_BENCH_CACHE"):
        return Path(folder) / name
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("automix_bench", appauthor=False, opinion=False)) / name


def most_bytes(most_gb: float | None = None) -> int | None:
    """How many bytes the cache of separations may hold; None for no limit.

    Args:
        most_gb: in GB of 10^9 bytes. None: `$AUTOMIX_BENCH_CACHE_GB`, and no limit without that.

    Raises:
        UsageError: either is no number, or not above 0.
    """
    text = os.environ.get(CACHE_GB_VARIABLE) if most_gb is None else str(most_gb)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 < number < math.inf:
        where = CACHE_GB_VARIABLE if most_gb is None else "--cache-gb"
        raise UsageError(f"{where}: wanted a number of GB above 0, as 50 or 0.5, got {text!r}")
    return round(number * 1e9)

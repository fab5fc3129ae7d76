"""Separation as a stage of its own: done once for a mix and a separator, and kept by content.

An entry of the cache is named by the sha256 of the mix's hash and the separator's fingerprint.
What comes back is the same whether it was separated just now, came from the cache, or the cache is
off: stems in 24-bit steps, and the residual of those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from automix_bench.files.cache_folder import cache_folder, most_bytes
from automix_bench.separation.cache import SeparationCache, stems_from
from automix_bench.separation.cache_entry import RECORD, Separation, in_steps
from automix_bench.separation.network import with_residual
from automix_bench.separator import Separator
from automix_bench.song import Song

__all__ = ["RECORD", "KeepsStems", "SeparationCache", "default_cache", "separated", "wanted_cache"]


@runtime_checkable
class KeepsStems(Protocol):
    """A separator that leaves some songs as they came."""

    def keeps(self, song: Song) -> bool: ...


def default_cache() -> Path:
    """Where separated stems are kept when nothing else is said: `separations` in `cache_folder`."""
    return cache_folder("separations")


def wanted_cache(folder: Path | None = None, most_gb: float | None = None) -> SeparationCache:
    """The cache that the user asks for, with `$AUTOMIX_BENCH_CACHE` and `$AUTOMIX_BENCH_CACHE_GB`
    for what is None.

    Raises:
        UsageError: the size is no number above 0.
    """
    return SeparationCache(folder or default_cache(), most_bytes(most_gb))


def separated(song: Song, separator: Separator, cache: SeparationCache | Path | None) -> Song:
    """The song with the separator's stems, from the cache if they are in it.

    A song whose own stems the separator keeps comes back as it is, and is not cached. Any number
    of processes may share a cache: an entry appears whole or not at all, and of two that want the
    same one the second waits for it. A damaged entry is logged, removed and made again.

    Args:
        cache: a folder, made if need be, bounded by `$AUTOMIX_BENCH_CACHE_GB`; or a folder and a
            bound. None keeps nothing.

    Raises:
        Rejected: the separator cannot use the song.
        UsageError: the stems are not in the cache, and it cannot be written.
        DiskFull: there is no room for the entry; nothing of it is left.
    """
    if isinstance(separator, KeepsStems) and separator.keeps(song):
        return separator(song)

    def make() -> Separation:
        stems = separator(song).stems
        explained = {name: stem for name, stem in stems.items() if name != "residual"}
        return in_steps(explained, song.mix.rate)

    if cache is None:
        return with_residual(song, make().stems())
    kept_in = wanted_cache(cache) if isinstance(cache, Path) else cache
    key = {"mix": song.mix.sha256, "separator": dict(separator.fingerprint())}
    return with_residual(song, stems_from(kept_in, key, song.id, make))

"""Separate a song, once for each mix and separator: the stems are cached.

An entry of the cache is named by the sha256 of the mix's hash and the separator's fingerprint. The
result is the same whether the song is separated now, its stems come from the cache, or there is no
cache: stems rounded to 24 bits, and their residual.
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
    """A separator that leaves some songs as they are."""

    def keeps(self, song: Song) -> bool:
        """Whether the song comes back as it is, with its own stems."""
        ...


def default_cache() -> Path:
    """The cache that is used without any setting: `separations` in `cache_folder`."""
    return cache_folder("separations")


def wanted_cache(folder: Path | None = None, most_gb: float | None = None) -> SeparationCache:
    """The cache in a folder with a limit in GB of 10^9 bytes.

    For None, `$AUTOMIX_BENCH_CACHE` and `$AUTOMIX_BENCH_CACHE_GB` decide.

    Raises:
        UsageError: the size is no number above 0.
    """
    return SeparationCache(folder or default_cache(), most_bytes(most_gb))


def separated(song: Song, separator: Separator, cache: SeparationCache | Path | None) -> Song:
    """The song with the separator's stems, from the cache if they are in it.

    A song that the separator leaves as it is comes back unchanged, and is not cached. Any number of
    processes may share a cache: an entry is whole or not there, and of two processes that need the
    same entry one makes it and the other waits. A damaged entry is logged, removed and made again.

    Args:
        cache: a folder, made if need be, with the limit `$AUTOMIX_BENCH_CACHE_GB`; or a folder and
            its limit. None: nothing is stored.

    Raises:
        Rejected: the separator cannot use the song.
        UsageError: the stems are not in the cache, and it cannot be written.
        DiskFull: there is no room for the entry; nothing of it is left.
    """
    if isinstance(separator, KeepsStems) and separator.keeps(song):
        return separator(song)

    def make() -> Separation:
        stems = separator(song).stems
        without_residual = {name: stem for name, stem in stems.items() if name != "residual"}
        return in_steps(without_residual, song.mix.rate)

    if cache is None:
        return with_residual(song, make().stems())
    bounded = wanted_cache(cache) if isinstance(cache, Path) else cache
    key = {"mix": song.mix.sha256, "separator": dict(separator.fingerprint())}
    return with_residual(song, stems_from(bounded, key, song.id, make))

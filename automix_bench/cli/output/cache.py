"""Print the state of the cache of separated stems."""

from __future__ import annotations

from automix_bench.cli.output.terminal import print_json, print_line
from automix_bench.files.byte_sizes import in_units
from automix_bench.separation.cache_removal import Removal
from automix_bench.separation.cache_upkeep import Damage, Size
from automix_bench.separation.separate import SeparationCache


def show_cache(
    cache: SeparationCache,
    size: Size,
    damages: tuple[Damage, ...] | None,
    removed: Removal | None,
    as_json: bool,
) -> None:
    """Print the size of the cache.

    Args:
        damages: the damaged entries; None if they were not looked for.
        removed: what was removed to make the cache smaller; None if nothing was to be.
    """
    if as_json:
        print_json(
            {
                "folder": str(cache.folder),
                "entries": size.entries,
                "bytes": size.bytes,
                "most_bytes": cache.most_bytes,
                "damaged": None if damages is None else [vars(damage) for damage in damages],
                "removed": removed and vars(removed),
            }
        )
        return
    for damage in damages or ():
        print_line(f"{damage.entry}: {damage.what}{': removed' if damage.mended else ''}")
    if damages is not None:
        print_line(f"{len(damages) or 'no'} damaged")
    if removed is not None:
        in_use = f"; {removed.in_use} more are in use" if removed.in_use else ""
        print_line(f"removed {removed.removed}, freed {in_units(removed.freed)}{in_use}")
    limit = "" if cache.most_bytes is None else f" of {in_units(cache.most_bytes)} allowed"
    print_line(f"{cache.folder}: {size.entries} entries, {in_units(size.bytes)}{limit}")

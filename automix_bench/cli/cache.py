"""The command about what is kept between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.options import Cache, Json, bars

if TYPE_CHECKING:
    from automix_bench.separation.cache_removal import Removal
    from automix_bench.separation.cache_upkeep import Damage, Size
    from automix_bench.separation.separate import SeparationCache


def cache(
    cache: Cache = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check every file's hash.")] = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="Check, and remove what is damaged: it is made again.")
    ] = False,
    shrink: Annotated[
        str | None, typer.Option(help="Remove what was used longest ago until so much is left: 5GB")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything.")] = False,
    as_json: Json = False,
) -> None:
    """Say what lies in the cache of separated stems, check it, or make it smaller."""
    from automix_bench.cli.output.terminal import print_json
    from automix_bench.errors import UsageError
    from automix_bench.files.byte_sizes import bytes_in
    from automix_bench.separation import cache_upkeep
    from automix_bench.separation.separate import wanted_cache

    if clear and shrink is not None:
        raise UsageError("cache: --clear or --shrink, not both")
    kept_in = wanted_cache(cache)
    most = 0 if clear else None if shrink is None else bytes_in(shrink)
    with bars() as progress:
        look = verify or mend
        damages = cache_upkeep.damages_in(kept_in, mend=mend, progress=progress) if look else ()
    room = None if most is None else cache_upkeep.shrink(kept_in, most)
    size = cache_upkeep.size_of(kept_in)
    if as_json:
        print_json(
            {
                "folder": str(kept_in.folder),
                "entries": size.entries,
                "bytes": size.bytes,
                "most_bytes": kept_in.most_bytes,
                "damaged": [vars(damage) for damage in damages] if look else None,
                "removed": room and vars(room),
            }
        )
    else:
        _tell(kept_in, size, damages if look else None, room)
    if not all(damage.mended for damage in damages):
        raise typer.Exit(3)


def _tell(
    kept_in: SeparationCache,
    size: Size,
    damages: tuple[Damage, ...] | None,
    room: Removal | None,
) -> None:
    from automix_bench.files.byte_sizes import in_units

    for damage in damages or ():
        typer.echo(f"{damage.entry}: {damage.what}{': removed' if damage.mended else ''}")
    if damages is not None:
        typer.echo(f"{len(damages) or 'no'} damaged")
    if room is not None:
        in_use = f"; {room.in_use} more are in use" if room.in_use else ""
        typer.echo(f"removed {room.removed}, freed {in_units(room.freed)}{in_use}")
    bound = kept_in.most_bytes
    allowed = "" if bound is None else f" of {in_units(bound)} allowed"
    typer.echo(f"{kept_in.folder}: {size.entries} entries, {in_units(size.bytes)}{allowed}")

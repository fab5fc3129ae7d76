"""The command about the cache of separated stems."""

from __future__ import annotations

from typing import Annotated

import typer

from automix_bench.cli.options import Cache, Json, bars


def cache(
    cache: Cache = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check the hash of every file.")] = False,
    mend: Annotated[
        bool,
        typer.Option("--mend", help="Check, and remove damaged stems; they will be made again."),
    ] = False,
    shrink: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Remove the stems unused for longest until this much is left, such as 5GB.",
        ),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything.")] = False,
    as_json: Json = False,
) -> None:
    """Show, check or shrink the cache of separated stems.

    Exit code 3 if it has damaged files that were not removed.
    """
    from automix_bench.cli.output.cache import show_cache
    from automix_bench.errors import UsageError
    from automix_bench.files.byte_sizes import bytes_in
    from automix_bench.separation import cache_upkeep
    from automix_bench.separation.separate import wanted_cache

    if clear and shrink is not None:
        raise UsageError("cache: --clear or --shrink, not both")
    stems = wanted_cache(cache)
    most = 0 if clear else None if shrink is None else bytes_in(shrink)
    damages = None
    if verify or mend:
        with bars() as progress:
            damages = cache_upkeep.damages_in(stems, mend=mend, progress=progress)
    removed = None if most is None else cache_upkeep.shrink(stems, most)
    show_cache(stems, cache_upkeep.size_of(stems), damages, removed, as_json)
    if not all(damage.mended for damage in damages or ()):
        raise typer.Exit(3)

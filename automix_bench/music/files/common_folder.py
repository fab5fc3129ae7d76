"""Whether all songs are taken for one artist because they lie in one folder."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

from automix_bench.music.files.songs import artist_id
from automix_bench.source import Listing


def one_artist_line(listings: Collection[Listing]) -> str | None:
    """A line for the user, if all songs have one artist, named after a folder that all are in.

    Splits are by artist, so all such songs are in one split, unless the source has its own.
    """
    artists = {listing.artist for listing in listings}
    if len(listings) < 2 or len(artists) > 1 or any(each.split for each in listings):
        return None
    above = [PurePosixPath(listing.origin.name).parts[:-1] for listing in listings]
    common = [level[0] for level in zip(*above, strict=False) if len(set(level)) == 1]
    paths = ("/".join(common[: n + 1]) for n in range(len(common)))
    (artist,) = artists
    folder = next((path for path in paths if artist in (path, artist_id(path))), None)
    if folder is None:
        return None
    return (
        f"artist: all {len(listings)} songs are taken for one artist, {folder}, the folder that "
        "they lie in, so all are in one split: if they have several artists, give the folder of "
        "artists (--set songs=…), or say where the artist stands: --set artist=tag, folder-2, song "
        "or a pattern such as '*/{artist} - *'"
    )

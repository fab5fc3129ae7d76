"""List and load songs that are folders: what the sources of multitracks share.

A source says which folders are songs, and reads what is known of one (`SongRead`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import Changed, Rejected, UsageError
from automix_bench.music.files import multitracks, songs
from automix_bench.music.files.file_names import FileName, role_of_word
from automix_bench.music.files.multitracks import Labels, Parts
from automix_bench.song import Song, slug
from automix_bench.source import Catalogue, Listing

Files = tuple[str, ...]


@dataclass(frozen=True)
class SongRead:
    """What is known of a song before a file of it is opened.

    Attributes:
        left_out: files of it that are not used, each with the reason.
    """

    parts: Parts
    labels: Labels
    left_out: tuple[Rejected, ...] = ()


def demand_songs(folders: Mapping[str, Files], root: Path, source: str, expected: str) -> None:
    """Refuse a root in which no song was found.

    Args:
        source: its name.
        expected: what the folder of a song has.

    Raises:
        UsageError: there is no song.
    """
    if not folders:
        raise UsageError(
            f"{source}: no song in {root}: expected folders with {expected}: give the folder that "
            "holds them, or another layout"
        )


def catalogue(
    root: Path,
    folders: Mapping[str, Files],
    read: Callable[[str, Files], SongRead],
    lowest_rate: int,
    rejected: Iterable[Rejected] = (),
) -> Catalogue:
    """The songs of a source, in the order of `folders`.

    Args:
        folders: each song's folder with the paths of its files below it.
        read: raises `Rejected` for a song that cannot be used.
    """
    left_out: dict[str, tuple[Rejected, ...]] = {}

    def listed(folder: str) -> Listing:
        song = read(folder, folders[folder])
        left_out[folder] = song.left_out
        return multitracks.listed(root, song.parts, song.labels, lowest_rate)

    return songs.catalogue_of(folders, listed, rejected, left_out.__getitem__)


def load(
    root: Path,
    folders: Mapping[str, Files],
    read: Callable[[str, Files], SongRead],
    listing: Listing,
) -> Song:
    """A listed song.

    Raises:
        Changed: its files are not those that were listed.
        Rejected: a file is damaged, or the mix is silent.
    """
    folder, mend = listing.origin.name, "put it back as it was and run again"
    if folder not in folders:
        raise Changed(f"{folder}: has gone since it was listed: {mend}")
    try:
        parts = read(folder, folders[folder]).parts
    except Rejected as reason:
        changed = f"{folder}: has changed since it was listed: {reason.reason}: {mend}"
        raise Changed(changed) from reason
    return multitracks.loaded(root, parts, listing)


def demand_files(folder: str, listed: Iterable[str], present: Iterable[str], where: str) -> None:
    """Raises `Rejected` if a file that a song's metadata lists is not there."""
    missing = sorted({*listed} - {*present})
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise Rejected(
            folder,
            f"{missing[0]}{more} is in {where} and not in the folder; get a whole copy of the song",
        )


def track(word: str, number: int = 0) -> FileName:
    """A file that metadata calls a track: its stem's name is the slug of `word`."""
    own = slug(word).replace("-", "_") or "stem"
    return FileName("stem", own, number, role_of_word(own))


def unlisted(folder: str, files: Iterable[str], where: str) -> tuple[Rejected, ...]:
    """Files of a song that its metadata does not list; they are left out."""
    reason = f"not among the tracks in {where}; the song is used"
    return tuple(Rejected(posixpath.join(folder, file), reason) for file in files)

"""Songs of another source, with artists read from tags, from folders or by a pattern."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from automix_bench.errors import DataError, Rejected, UsageError
from automix_bench.music.files import songs, tags
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["ByArtist"]

_FOLDER = re.compile(r"(?:folder|level)?[-_ :]?(\d+)|folder")
_SPLITS = ("train", "valid", "validation", "test")


@dataclass(frozen=True)
class ByArtist:
    """The songs of a source of files, each with the artist that `artist` says.

    | `artist` | the artist |
    | --- | --- |
    | `tag` | the artist in the tags of the song's file or files; without any, the song itself |
    | `folder` or `folder-2` | the first or second folder below the root (and below the split) |
    | `song` | the song itself |
    | a pattern with `{artist}` | what stands there in the song's path, without its suffix |

    In a pattern `*` is any text, also with slashes, `{artist}` any text without slashes, as short
    as it can be. It is compared with the whole path below the root, then with its last part:
    `{artist} - *` reads `Ana - One.wav`, `*/{artist}/*/*` reads `library/Ana/First/One.wav`. A song
    that no pattern matches is rejected.

    The artist is added to the attribution where that does not name them.

    Attributes:
        source: lists songs by their paths.
        root: the folder that these paths begin in.

    Raises:
        UsageError: `artist` is none of these.
    """

    source: Source
    root: Path
    artist: str

    def __post_init__(self) -> None:
        if not (self.artist in ("tag", "song") or _FOLDER.fullmatch(self.artist)):
            _regex(self.artist)

    def catalogue(self) -> Catalogue:
        """The source's songs, in its order."""
        inner = self.source.catalogue()
        listings: list[Listing] = []
        rejected = list(inner.rejected)
        for listing in inner.listings:
            try:
                listings.append(self._with_artist(listing))
            except Rejected as reason:
                rejected.append(reason)
        return Catalogue(tuple(listings), tuple(rejected))

    def load(self, listing: Listing) -> Song:
        """Load the song from the source, with the artist in its listing."""
        return replace(self.source.load(listing), artist=listing.artist)

    def _with_artist(self, listing: Listing) -> Listing:
        name = self._name(listing)
        if not name:
            return replace(listing, artist=listing.id)
        credit = listing.origin.attribution
        if name.casefold() not in credit.casefold():
            credit = songs.credit(name, "", credit)
        origin = replace(listing.origin, attribution=credit)
        return replace(listing, artist=songs.artist_id(name), origin=origin)

    def _name(self, listing: Listing) -> str:
        """The artist's name; empty where the song itself is the artist."""
        path = self.root / listing.origin.name
        parts = PurePosixPath(listing.origin.name).parts
        if listing.split is not None and parts[0] in _SPLITS and len(parts) > 1:
            parts = parts[1:]
        if self.artist == "song":
            return ""
        if self.artist == "tag":
            return _tagged(path)
        if level := _FOLDER.fullmatch(self.artist):
            number = int(level[1] or 1)
            folders = parts[:-1]
            return folders[number - 1] if number <= len(folders) else ""
        own = parts[-1] if path.is_dir() else PurePosixPath(parts[-1]).stem
        for text in ("/".join((*parts[:-1], own)), own):
            if match := _regex(self.artist).fullmatch(text):
                return match["artist"].strip()
        raise Rejected(
            listing.origin.name, f"does not match artist={self.artist}; mend the pattern"
        )


def _tagged(path: Path) -> str:
    """The first artist in a file's tags; of a folder's files, the one that most of them name."""
    if path.is_file():
        return next(iter(tags.artists(path)), "")
    try:
        names = songs.audio_files(path, wanted_by="ByArtist").names
    except DataError:
        return ""
    named = (next(iter(tags.artists(path / name)), "") for name in names)
    counts = Counter(filter(None, named))
    return counts.most_common(1)[0][0] if counts else ""


def _regex(pattern: str) -> re.Pattern[str]:
    if pattern.count("{artist}") != 1:
        raise UsageError(
            f"artist={pattern}: expected tag, song, folder, folder-2, or a pattern with {{artist}} "
            "in it once, such as '{artist} - *'"
        )
    pieces = re.split(r"(\{artist\}|\*|\?)", pattern)
    kinds = {"{artist}": "(?P<artist>[^/]+?)", "*": ".*", "?": "."}
    return re.compile("".join(kinds.get(piece, re.escape(piece)) for piece in pieces))

"""Any tree of mixed music."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from automix_bench.files.decode import Header, decode, probe
from automix_bench.music.files import songs
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Folder"]


@dataclass(frozen=True)
class Folder:
    """Songs without stems: every audio file in a folder and the folders below it.

    * Files: whatever `automix_bench.files.decode` reads, in the order of their relative paths'
    bytes;
      hidden files and other kinds are passed over, links are followed.
    * Id: the slug of the relative path without its suffix; see `song_files.ids` for what happens
      where two files would share one, or nothing is left of a name.
    * Artist: the slug of the file's artist tag; else of the first folder below the root; else the
      song's id.
    * Attribution: `artist - title` from the file's tags, then `attribution`.
    * Licence: never read from tags, where anything may stand.

    Rejected when listed: unreadable or cut short as far as the header shows, more than two
    channels, a rate below `lowest_rate`, no samples, the same bytes as a file before it. When
    loaded: cut short, NaN or infinite samples, silence, changed since it was listed.

    Attributes:
        root: where the files lie.
        license: SPDX expression for all files that `licenses` does not name.
        attribution: who is to be credited.
        lowest_rate: in Hz.
        licenses: pairs of a pattern for the relative path and an SPDX expression; the first match
            wins, and `*` stands for slashes too.

    Raises:
        UsageError: a licence is no SPDX expression.
        DataError: from `catalogue`, if there is no such folder or no audio file in it.
    """

    root: Path
    license: str = "LicenseRef-unknown"
    attribution: str = ""
    lowest_rate: int = 32_000
    licenses: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        songs.check_licences(self.license, self.licenses)

    def catalogue(self) -> Catalogue:
        files = songs.audio_files(self.root, wanted_by="Folder")
        ids = songs.ids({name: _without_suffix(name) for name in files.names})
        return songs.catalogue_of(
            files.names, lambda name: self._listing(name, ids[name]), files.rejected
        )

    def load(self, listing: Listing) -> Song:
        name = listing.origin.name
        songs.demand_unchanged(listing, lambda: songs.sha256_of(self.root / name, name))
        mix = decode(self.root / name, name=name)
        songs.refuse_silent(mix, name)
        return Song(listing.id, listing.artist, {}, mix, listing.license, listing.origin)

    def _listing(self, name: str, id: str) -> Listing:
        sha256 = songs.sha256_of(self.root / name, name)
        header = probe(self.root / name, name=name)
        songs.refuse_unfit(header, name, self.lowest_rate)
        attribution = songs.credit(header.artist, header.title, self.attribution)
        return Listing(
            id=id,
            artist=_artist(header, name, id),
            license=songs.first_match(self.licenses, name, self.license),
            origin=Origin(name, sha256, attribution),
            rate=header.rate,
            length=header.length,
        )


def _without_suffix(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _artist(header: Header, name: str, id: str) -> str:
    folders = PurePosixPath(name).parts[:-1]
    told = header.artist or next(iter(folders), "")
    return songs.artist_id(told) if told else id

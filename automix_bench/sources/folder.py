"""Mixed music in a folder, without stems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from automix_bench.files.decode import decode, probe
from automix_bench.music.files import songs, tags
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Folder"]


@dataclass(frozen=True)
class Folder:
    """Songs without stems: every audio file in a folder and its subfolders.

    * Files: every format that `automix_bench.files.decode` reads, in the order of the bytes of
      their relative paths. Hidden files, leavings of Macs and NAS boxes and other formats are
      skipped; links are followed.
    * Id: the slug of the relative path without its suffix. `automix_bench.music.files.songs.ids`
      describes what happens if two files would share an id, or a name gives an empty slug.
    * Artist: the slug of the file's first artist tag, else of the first folder below the root, else
      the song's id. The source `by_artist` reads it from another place.
    * Attribution: `artist - title` from the file's tags, with all artists, then `attribution`.
    * Licence: never read from tags, because they are not reliable.

    A file is rejected when listed if it is unreadable or, by its header, truncated; if it has more
    than two channels, a rate below `lowest_rate` or no samples; or if it has the same bytes as an
    earlier file. It is rejected when loaded if it is truncated, has NaN or infinite samples, is
    silent, or has changed since it was listed.

    Attributes:
        root: the folder of the files.
        license: SPDX expression for all files that `licenses` does not name.
        attribution: the people to credit.
        lowest_rate: in Hz.
        licenses: pairs of a pattern for the relative path and an SPDX expression. The first match
            counts, and `*` also matches slashes.

    Raises:
        UsageError: a licence is not an SPDX expression.
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
        return Song(
            listing.id, listing.artist, {}, mix, listing.license, listing.origin, "released"
        )

    def _listing(self, name: str, id: str) -> Listing:
        sha256 = songs.sha256_of(self.root / name, name)
        header = probe(self.root / name, name=name)
        songs.refuse_unfit(header, name, self.lowest_rate)
        artists = tags.artists(self.root / name, header.artist)
        attribution = songs.credit(", ".join(artists), header.title, self.attribution)
        return Listing(
            id=id,
            artist=_artist(artists, name, id),
            license=songs.first_match(self.licenses, name, self.license),
            origin=Origin(name, sha256, attribution),
            rate=header.rate,
            length=header.length,
            mix_kind="released",
        )


def _without_suffix(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _artist(artists: tuple[str, ...], name: str, id: str) -> str:
    folders = PurePosixPath(name).parts[:-1]
    artist = next(iter((*artists, *folders)), "")
    return songs.artist_id(artist) if artist else id

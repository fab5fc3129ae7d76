"""MedleyDB: the released mix, and the stems or the raw tracks that it was made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from automix_bench.errors import Rejected
from automix_bench.mixing_rules.track_roles import role_of
from automix_bench.music.files import metadata, song_folders, song_parts
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.file_names import FileName
from automix_bench.music.files.multitracks import Labels
from automix_bench.music.files.song_folders import Files, SongRead
from automix_bench.music.files.song_parts import Patterns, SongFiles
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing

__all__ = ["MedleyDB"]

_PART = re.compile(r"(.+)_(MIX|STEMS|RAW)", re.IGNORECASE)
_METADATA = ("Metadata", "METADATA", "metadata")


@dataclass(frozen=True)
class MedleyDB:
    """Songs as MedleyDB lays them out, versions 1 and 2 (Bittner et al., ISMIR 2014).

        Artist_Title/Artist_Title_MIX.wav
        Artist_Title/Artist_Title_STEMS/Artist_Title_STEM_01.wav
        Artist_Title/Artist_Title_RAW/Artist_Title_RAW_01_01.wav
        Artist_Title/Artist_Title_METADATA.yaml

    The mix is `_MIX`. With `raw`, the stems are the raw tracks, as recorded; otherwise they are the
    processed stems. They are named by the role of their instrument (`guitar-1`), or by the
    instrument where it has none; the instruments themselves are in `origin.settings`.

    The metadata may also lie in a folder `Metadata`, beside the songs or above them, as in the
    repository of the data set. A song without it takes its artist from another song of the same
    `Artist`, else from its folder, and calls its stems `stem-1`, `stem-2`.

    A song is rejected if its mix is missing, or a file that its metadata lists.

    Attributes:
        root: the folder that holds the songs' folders, at any depth.
        license: SPDX expression of all songs.
        attribution: the people to credit, besides artist and title.
        raw: whether stems are the raw tracks.
        stems, mixture: patterns as in `stems_folder`; they go before the metadata.
        lowest_rate: in Hz.

    Raises:
        UsageError: the licence is not an SPDX expression.
        DataError: from `catalogue`, if there is no such folder or no audio file in it.
    """

    root: Path
    license: str = "CC-BY-NC-SA-4.0"
    attribution: str = ""
    raw: bool = False
    stems: tuple[tuple[str, str | None], ...] = ()
    mixture: tuple[str, ...] = ()
    lowest_rate: int = 32_000

    def __post_init__(self) -> None:
        song_files.check_licences(self.license)
        song_parts.check_names(self.stems, "MedleyDB.stems")

    def catalogue(self) -> Catalogue:
        files = song_files.audio_files(self.root, wanted_by="MedleyDB")
        folders = _songs(files.names)
        expected = "a file X_MIX.wav and a folder X_STEMS or X_RAW"
        song_folders.demand_songs(folders, self.root, "MedleyDB", expected)
        reader = self._reader(folders)
        return song_folders.catalogue(self.root, folders, reader, self.lowest_rate, files.rejected)

    def load(self, listing: Listing) -> Song:
        folders = _songs(song_files.audio_files(self.root, wanted_by="MedleyDB").names)
        own = {folder: files for folder, files in folders.items() if folder == listing.origin.name}
        return song_folders.load(self.root, own, self._reader(own), listing)

    def _reader(self, folders: Mapping[str, Files]) -> Callable[[str, Files], SongRead]:
        names = {folder: _name(files) for folder, files in folders.items()}
        ids = song_files.ids(names)
        artists = self._artists(names)

        def read(folder: str, files: Files) -> SongRead:
            artist = artists.get(names[folder].partition("_")[0], names[folder].partition("_")[0])
            return self._read(folder, files, ids[folder], artist)

        return read

    def _read(self, folder: str, files: Files, id: str, otherwise: str) -> SongRead:
        name = _name(files)
        content = self._metadata(folder, name)
        kind = "RAW" if self.raw else "STEMS"
        inside = tuple(f for f in files if _part(PurePosixPath(f).parent.name) == kind)
        if not inside:
            raise Rejected(folder, f"no audio in {name}_{kind}; get a whole copy of the song")
        instruments = dict(_instruments(content, self.raw))
        where = f"{name}_METADATA.yaml"
        by_name = {PurePosixPath(file).name: file for file in inside}
        song_folders.demand_files(folder, instruments, by_name, where)
        tracks = {
            by_name[file]: song_folders.track(role_of(instrument) or instrument or "stem")
            for file, instrument in (instruments or dict.fromkeys(by_name, "")).items()
        }
        mixes = [f for f in files if "/" not in f and _part(PurePosixPath(f).stem) == "MIX"]
        if not mixes and not self.mixture:
            raise Rejected(folder, f"no {name}_MIX.wav; get a whole copy of the song")
        own = {**tracks, **{file: FileName("mix", "mix") for file in mixes}}
        patterns = Patterns(self.mixture, self.stems)
        parts, left_out = song_parts.parts_of(self.root, SongFiles(folder, own), patterns)
        extra = song_folders.unlisted(folder, [f for f in inside if f not in tracks], where)
        artist = metadata.text(content, "artist") or otherwise
        title = metadata.text(content, "title") or name.partition("_")[2]
        told = {stem: instruments.get(PurePosixPath(f).name, "") for stem, f in parts.stems.items()}
        labels = Labels(
            id=id,
            license=self.license,
            artist=artist,
            attribution=song_files.credit(artist, title, self.attribution),
            settings={"instruments": told} if any(told.values()) else {},
        )
        return SongRead(parts, labels, (*left_out, *extra))

    def _metadata(self, folder: str, name: str) -> Mapping[str, Any]:
        """A song's metadata; empty if there is no such file."""
        own, file = self.root / folder, f"{name}_METADATA.yaml"
        depth = len(PurePosixPath(folder).parts)
        around = [own, *list(own.absolute().parents)[: depth + 1]]
        places = [own / file, *(place / sub / file for place in around for sub in _METADATA)]
        path = next((path for path in places if path.is_file()), None)
        return metadata.read(path, folder) if path else {}

    def _artists(self, names: Mapping[str, str]) -> dict[str, str]:
        """The artist that the metadata of some song gives, by what stands before `_` in names."""
        known: dict[str, str] = {}
        for folder, name in names.items():
            try:
                artist = metadata.text(self._metadata(folder, name), "artist")
            except Rejected:
                continue
            if artist:
                known.setdefault(name.partition("_")[0], artist)
        return known


def _part(name: str) -> str:
    """`MIX`, `STEMS` or `RAW`, if a name ends so; else empty."""
    match = _PART.fullmatch(name)
    return match[2].upper() if match else ""


def _songs(names: tuple[str, ...]) -> dict[str, Files]:
    """The songs' folders: those with a file `X_MIX`, or a folder `X_STEMS` or `X_RAW`."""
    folders: set[str] = set()
    for path in map(PurePosixPath, names):
        if _part(path.stem) == "MIX":
            folders.add(str(path.parent))
        elif _part(path.parent.name) in ("STEMS", "RAW"):
            folders.add(str(path.parent.parent))
    songs: dict[str, list[str]] = {folder: [] for folder in sorted(folders, key=str.encode)}
    for name in names:
        for above in map(str, PurePosixPath(name).parents):
            if above in songs:
                songs[above].append(name if above == "." else name.removeprefix(f"{above}/"))
                break
    return {folder: tuple(files) for folder, files in songs.items()}


def _name(files: Files) -> str:
    """The name of a song, `Artist_Title`: what stands before `_MIX`, `_STEMS` or `_RAW`."""
    paths = [PurePosixPath(file) for file in files]
    names = [*(p.stem for p in paths if len(p.parts) == 1), *(p.parent.name for p in paths)]
    return next(match[1] for match in map(_PART.fullmatch, names) if match)


def _instruments(content: Mapping[str, Any], raw: bool) -> Iterator[tuple[str, str]]:
    """The files that a song's metadata lists, each with its instrument."""
    stems = metadata.mapping(content, "stems")
    for stem in (metadata.mapping(stems, key) for key in sorted(stems)):
        tracks = metadata.mapping(stem, "raw")
        listed = [metadata.mapping(tracks, key) for key in sorted(tracks)] if raw else [stem]
        for one in listed:
            file = metadata.text(one, "filename")
            if file:
                yield PurePosixPath(file).name, metadata.text(one, "instrument")

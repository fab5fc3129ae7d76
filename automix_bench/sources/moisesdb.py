"""MoisesDB: songs whose stems are folders of tracks, described by a `data.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from automix_bench.errors import Rejected
from automix_bench.music.files import file_names, metadata, song_folders, song_parts
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.multitracks import Labels
from automix_bench.music.files.song_folders import Files, SongRead
from automix_bench.music.files.song_parts import Patterns, SongFiles
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing

__all__ = ["MoisesDB"]


@dataclass(frozen=True)
class MoisesDB:
    """Songs as MoisesDB lays them out (Pereira et al., ISMIR 2023).

        moisesdb_v0.1/<song>/data.json
        moisesdb_v0.1/<song>/<stem>/<track>.wav

    A stem has the name of its folder; several tracks of a stem are `vocals-1`, `vocals-2`, in the
    order of `data.json`, which also names artist and title. MoisesDB has no released mixes: the mix
    is the sum of the tracks, unless a file beside `data.json` is one by its name.

    A song is rejected if its `data.json` is missing, or a track that it lists.

    Attributes:
        root: the folder that holds the songs' folders, at any depth.
        license: SPDX expression of all songs. The data set's own licence is followed by terms of
            its makers, who ask that derived mixtures are not passed on.
        attribution: the people to credit, besides artist and title.
        stems, mixture: patterns as in `stems_folder`; they go before `data.json`.
        lowest_rate: in Hz.

    Raises:
        UsageError: the licence is not an SPDX expression.
        DataError: from `catalogue`, if there is no such folder or no audio file in it.
    """

    root: Path
    license: str = "CC-BY-NC-SA-4.0 AND LicenseRef-MoisesDB"
    attribution: str = ""
    stems: tuple[tuple[str, str | None], ...] = ()
    mixture: tuple[str, ...] = ()
    lowest_rate: int = 32_000

    def __post_init__(self) -> None:
        song_files.check_licences(self.license)
        song_parts.check_names(self.stems, "MoisesDB.stems")

    def catalogue(self) -> Catalogue:
        files = song_files.audio_files(self.root, wanted_by="MoisesDB")
        folders = self._songs(files.names)
        expected = "a data.json and a folder per stem"
        song_folders.demand_songs(folders, self.root, "MoisesDB", expected)
        return song_folders.catalogue(
            self.root, folders, self._reader(folders), self.lowest_rate, files.rejected
        )

    def load(self, listing: Listing) -> Song:
        folders = self._songs(song_files.audio_files(self.root, wanted_by="MoisesDB").names)
        return song_folders.load(self.root, folders, self._reader(folders), listing)

    def _songs(self, names: tuple[str, ...]) -> dict[str, Files]:
        """The songs' folders, in order, each with its files. A song has a `data.json`, or folders
        that are beside those of songs."""
        songs: dict[str, list[str]] = {}
        for path in map(PurePosixPath, names):
            if len(path.parts) < 2:
                continue
            above = path.parent if self._described(path.parent) else path.parent.parent
            songs.setdefault(str(above), []).append(str(path.relative_to(above)))
        if not any(self._described(PurePosixPath(song)) for song in songs):
            return {}
        return {song: tuple(songs[song]) for song in sorted(songs, key=str.encode)}

    def _described(self, folder: PurePosixPath) -> bool:
        return (self.root / folder / "data.json").is_file()

    def _reader(self, folders: Mapping[str, Files]) -> Callable[[str, Files], SongRead]:
        ids = song_files.ids({folder: folder for folder in folders})
        return lambda folder, files: self._read(folder, files, ids[folder])

    def _read(self, folder: str, files: Files, id: str) -> SongRead:
        if not self._described(PurePosixPath(folder)):
            raise Rejected(folder, "no data.json; get a whole copy of the song")
        content = metadata.read(self.root / folder / "data.json", folder)
        listed = dict(_tracks(content))
        song_folders.demand_files(folder, listed, files, "data.json")
        known = listed or {f: PurePosixPath(f).parent.name for f in files if "/" in f}
        own = {
            file: song_folders.track(stem, number)
            for number, (file, stem) in enumerate(known.items(), 1)
        }
        own |= {file: file_names.read(file) for file in files if "/" not in file}
        patterns = Patterns(self.mixture, self.stems)
        parts, left_out = song_parts.parts_of(self.root, SongFiles(folder, own), patterns)
        extra = song_folders.unlisted(folder, [f for f in files if f not in own], "data.json")
        artist, title = metadata.text(content, "artist"), metadata.text(content, "song")
        labels = Labels(
            id=id,
            license=self.license,
            artist=artist,
            attribution=song_files.credit(artist, title, self.attribution),
        )
        return SongRead(parts, labels, (*left_out, *extra))


def _tracks(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The files that a `data.json` lists, each with its stem's name."""
    stems = content.get("stems")
    for stem in stems if isinstance(stems, list) else ():
        name = metadata.text(stem, "stemName") if isinstance(stem, Mapping) else ""
        tracks = stem.get("tracks") if name else None
        for track in tracks if isinstance(tracks, list) else ():
            if isinstance(track, Mapping) and metadata.text(track, "id"):
                suffix = metadata.text(track, "extension").lstrip(".") or "wav"
                yield f"{name}/{metadata.text(track, 'id')}.{suffix}", name

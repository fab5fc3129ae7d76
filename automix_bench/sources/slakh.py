"""Slakh2100, its redux and BabySlakh: tracks rendered from MIDI, with their mix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from automix_bench.errors import Rejected
from automix_bench.music.files import metadata, song_folders, song_parts
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.file_names import FileName
from automix_bench.music.files.multitracks import Labels
from automix_bench.music.files.song_folders import Files, SongRead
from automix_bench.music.files.song_parts import Patterns, SongFiles
from automix_bench.song import Song, slug
from automix_bench.source import Catalogue, Listing

__all__ = ["Slakh"]

OMITTED = "omitted"
_SPLITS = {"train": "train", "validation": "valid", "valid": "valid", "test": "test"}
# The classes of instruments in `metadata.yaml`, by the names that the sources have for roles.
_ROLES = {
    **{"chromatic-percussion": "mallets", "organ": "keys", "piano": "keys", "reed": "winds"},
    **{"pipe": "winds", "synth-lead": "lead", "synth-pad": "pad", "strings-continued": "strings"},
    **{"percussive": "percussion", "sound-effects": "effects", "synth-effects": "effects"},
}


@dataclass(frozen=True)
class Slakh:
    """Songs as Slakh2100 lays them out, flac or wav (Manilow et al., WASPAA 2019).

        train/Track00001/metadata.yaml
        train/Track00001/mix.flac
        train/Track00001/stems/S00.flac

    Folders `train`, `validation` and `test` set the split. In the redux, `omitted` holds tracks
    that repeat others: they are left out, each with the reason. BabySlakh has no split, wav files
    and 16 kHz, which is why `lowest_rate` is 16 kHz here.

    A stem is named by the role of its class (`keys-1`, `guitar`); the classes themselves are in
    `origin.settings`. Slakh names no artists: each song is its own, but songs rendered from one
    MIDI file (`UUID`) have one artist, and the second is rejected if it is in another split.

    A song is rejected if its mix is missing, or a stem that its metadata says was rendered.

    Attributes:
        root: the folder that holds the songs or their splits.
        license: SPDX expression of all songs.
        attribution: the people to credit.
        stems, mixture: patterns as in `stems_folder`; they go before the metadata.
        lowest_rate: in Hz.

    Raises:
        UsageError: the licence is not an SPDX expression.
        DataError: from `catalogue`, if there is no such folder or no audio file in it.
    """

    root: Path
    license: str = "CC-BY-4.0"
    attribution: str = "Slakh2100, E. Manilow, G. Wichern, P. Seetharaman, J. Le Roux"
    stems: tuple[tuple[str, str | None], ...] = ()
    mixture: tuple[str, ...] = ()
    lowest_rate: int = 16_000

    def __post_init__(self) -> None:
        song_files.check_licences(self.license)
        song_parts.check_names(self.stems, "Slakh.stems")

    def catalogue(self) -> Catalogue:
        files = song_files.audio_files(self.root, wanted_by="Slakh")
        folders = _songs(files.names)
        expected = "mix.flac and a folder stems"
        song_folders.demand_songs(folders, self.root, "Slakh", expected)
        return song_folders.catalogue(
            self.root, folders, self._reader(folders), self.lowest_rate, files.rejected
        )

    def load(self, listing: Listing) -> Song:
        folders = _songs(song_files.audio_files(self.root, wanted_by="Slakh").names)
        reader = self._reader({listing.origin.name: ()})
        return song_folders.load(self.root, folders, reader, listing)

    def _reader(self, folders: Mapping[str, Files]) -> Callable[[str, Files], SongRead]:
        ids = song_files.ids({folder: _inner(folder) for folder in folders})
        by_uuid: dict[str, str] = {}

        def read(folder: str, files: Files) -> SongRead:
            if _split(folder) == OMITTED:
                reason = "omitted from the redux by its makers: it repeats another track"
                raise Rejected(folder, reason)
            path = self.root / folder / "metadata.yaml"
            content = metadata.read(path, folder) if path.is_file() else {}
            first = by_uuid.setdefault(metadata.text(content, "UUID") or folder, folder)
            if _split(first) != _split(folder):
                reason = f"rendered from the same MIDI file as {first}, in another split"
                raise Rejected(folder, f"{reason}; the redux has neither twice")
            return self._read(folder, files, content, ids[folder], ids[first])

        return read

    def _read(
        self, folder: str, files: Files, content: Mapping[str, Any], id: str, artist: str
    ) -> SongRead:
        inside = {PurePosixPath(f).stem: f for f in files if PurePosixPath(f).parent.name}
        listed = metadata.mapping(content, "stems")
        rendered = {key: metadata.mapping(listed, key) for key in sorted(listed)}
        rendered = {k: v for k, v in rendered.items() if v.get("audio_rendered") is not False}
        song_folders.demand_files(folder, rendered, inside, "metadata.yaml")
        classes = {inside[key]: metadata.text(v, "inst_class") for key, v in rendered.items()}
        classes = classes or dict.fromkeys(inside.values(), "")
        own = {
            file: song_folders.track(_ROLES.get(slug(kind), kind) or PurePosixPath(file).stem)
            for file, kind in classes.items()
        }
        mixes = [f for f in files if "/" not in f and PurePosixPath(f).stem.lower() == "mix"]
        if not mixes and not self.mixture:
            raise Rejected(folder, "no mix.flac; get a whole copy of the song")
        own |= {file: FileName("mix", "mix") for file in mixes}
        patterns = Patterns(self.mixture, self.stems)
        parts, left_out = song_parts.parts_of(self.root, SongFiles(folder, own), patterns)
        unlisted = [file for file in files if file not in own]
        extra = song_folders.unlisted(folder, unlisted, "metadata.yaml")
        told = {stem: classes.get(file, "") for stem, file in parts.stems.items()}
        labels = Labels(
            id=id,
            license=self.license,
            artist=artist,
            attribution=self.attribution,
            split=_SPLITS.get(_split(folder)),
            settings={"instruments": told} if any(told.values()) else {},
        )
        return SongRead(parts, labels, (*left_out, *extra))


def _songs(names: tuple[str, ...]) -> dict[str, Files]:
    """The songs' folders, in order, each with its files: the mix, and those in `stems`."""
    songs: dict[str, list[str]] = {}
    for path in map(PurePosixPath, names):
        above = path.parent.parent if path.parent.name == "stems" else path.parent
        if len(path.parts) > 1 and str(above) != ".":
            songs.setdefault(str(above), []).append(str(path.relative_to(above)))
    songs = {song: files for song, files in songs.items() if any("/" in f for f in files)}
    return {song: tuple(songs[song]) for song in sorted(songs, key=str.encode)}


def _split(folder: str) -> str:
    """The folder around a song that is called as a split or `omitted`; empty without one."""
    parts = PurePosixPath(folder).parts[:-1]
    return next((part for part in parts if part in _SPLITS or part == OMITTED), "")


def _inner(folder: str) -> str:
    """A song's path without the folder of its split."""
    return "/".join(part for part in folder.split("/") if part != _split(folder))

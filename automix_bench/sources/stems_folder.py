"""Multitracks: a folder per song, with a file per stem."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from automix_bench.errors import Rejected
from automix_bench.music.files import file_names, metadata, multitracks, song_folders, song_parts
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.file_names import FileName
from automix_bench.music.files.multitracks import Labels, Parts
from automix_bench.music.files.song_folders import Files, SongRead
from automix_bench.music.files.song_parts import Patterns, SongFiles
from automix_bench.recipe import later
from automix_bench.song import Song, slug
from automix_bench.source import Catalogue, Listing

__all__ = ["StemsFolder"]

_SPLITS = {"train": "train", "valid": "valid", "validation": "valid", "test": "test"}
_MOISESDB_STEMS = (
    *("bass", "bowed_strings", "drums", "guitar", "other", "other_keys", "other_plucked"),
    *("percussion", "piano", "vocals", "wind"),
)
# Folders of a song's tracks beside its mix. A song's own name may stand before (`X_STEMS`).
_TRACK_FOLDERS = frozenset(
    (
        *("stems", "stem", "tracks", "multitrack", "multitracks", "individual_tracks"),
        *("audio_files", "raw", "raw_tracks", "wavs"),
    )
)
_MIX_FOLDERS = frozenset(
    ("mix", "mixes", "mixture", "mixtures", "mixdown", "mixdowns", "master", "masters", "full_mix")
)
_CAMBRIDGE = re.compile(r"([^_]+)_(.+?)(?:_(?:Full|Excerpt))?")


@dataclass(frozen=True)
class StemsFolder:
    """Songs with stems: MUSDB18-HQ, Frets on Fire, Cambridge-MT, or another layout.

    **Which folders are songs.** Every folder that holds audio is a song, with two exceptions. If
    all such folders inside a folder have names in `stem_folders`, they are stems and the folder
    around them is the song (MoisesDB). A folder called `stems`, `tracks`, `multitrack`… belongs to
    the song around it, where its mix may lie, or in a folder `mix` or `master` beside. A top folder
    `train`, `valid`, `validation` or `test` sets the split of the songs below it.

    **Which stem a file is.** The first pattern of `stems` that matches it decides: it gives a
    stem's name, `mix` for the released mix, nothing to leave the file out, or None to name the stem
    as the file. If no pattern matches, the file's name decides, without suffix and without numbers
    at either end (`01_Kick 2.wav` is `kick`), as a slug with `_` between words (`Lead Vox.wav` is
    `lead_vox`). In a stem folder, the folder's name decides instead. Several files of one name
    become `guitar-1`, `guitar-2`, in the order of the numbers in their own names, then of their
    paths. In folders of Frets on Fire (with a `song.ini`), `song` is called `backing`.

    **Which file is the mix.** `mixture` says it, or else the names that the field gives to released
    mixes: mix, mixture, mixdown, full mix, master, `X_MIX`, mix_v2, 2mix, print, … Without one, the
    mix is the sum of the stems. Sub-mixes are left out, each with the reason: `accompaniment`,
    `instrumental`, `no_vocals`, `karaoke`, `minus one` where the stems they hold are there,
    `Drum Bus` beside `Kick`, and plain sums such as `linear_mixture`. A song is rejected where two
    readings remain: two mixes, `drums` beside `kick`, `backing` beside other instruments. One track
    in two files (`vocals.flac`, `vocals.wav`) is taken once if the samples are equal; else the song
    is rejected.

    **Artist and title.** They come from `song.ini` or MoisesDB's `data.json` if there is one, else
    from a folder called `Artist - Title`. Otherwise the artist is the first of several folders
    (below the split), or the song itself. The source `by_artist` reads it from another place.

    `automix_bench.files.decode` decodes the files; peaks beyond full scale stay. Shorter files are
    padded with silence at the end. If some files are stereo, mono files go to both channels. A
    whole song is rejected if one of its files is rejected (`Folder` lists the reasons), if rates
    differ, or if there are only mixes.

    Attributes:
        root: the folder of the songs' folders.
        license: SPDX expression for all songs that `licenses` does not name.
        attribution: the people to credit, besides artist and title.
        stems: pairs of a pattern and a stem's name, as above; `*` also matches slashes, and a file
            is known by its path below the song, its name, or its name without suffix. Where a name
            is None, files that no pattern matches are left out, other than the mix.
        mixture: patterns of the released mix; the first that matches a file of the song decides.
            Songs that have no such file are rejected. If there is no pattern, names decide.
        stem_folders: names of folders that are stems.
        valid: names of songs' folders that move from train to valid;
            `multitracks.MUSDB18_VALIDATION` has the published list.
        lowest_rate: in Hz.
        licenses: pairs of a pattern for a song's folder and an SPDX expression.
        cambridge: whether folders are called `Artist_Title_Full`, as at Cambridge-MT, and a preview
            in the folder, or beside it under the folder's name, is the released mix.

    Raises:
        UsageError: a licence is not an SPDX expression, or `stems` has an invalid stem name.
        DataError: from `catalogue`, if there is no such folder or no audio file in it.
    """

    root: Path
    license: str = "LicenseRef-unknown"
    attribution: str = ""
    stems: tuple[tuple[str, str | None], ...] = ()
    mixture: tuple[str, ...] = ()
    stem_folders: tuple[str, ...] = _MOISESDB_STEMS
    valid: tuple[str, ...] = ()
    lowest_rate: int = 32_000
    licenses: tuple[tuple[str, str], ...] = ()
    cambridge: bool = later(False)

    def __post_init__(self) -> None:
        song_files.check_licences(self.license, self.licenses)
        song_parts.check_names(self.stems, "StemsFolder.stems")

    def catalogue(self) -> Catalogue:
        files = song_files.audio_files(self.root, wanted_by="StemsFolder")
        songs = self._songs(files.names)
        used = {file for folder in songs for file in _beside(folder, files.names, self.cambridge)}
        loose = [
            Rejected(name, "lies in no song's folder; put a song's stems in a folder of their own")
            for name in files.names
            if "/" not in name and name not in used
        ]
        reader = self._reader(songs)
        rejected = (*files.rejected, *loose)
        return song_folders.catalogue(self.root, songs, reader, self.lowest_rate, rejected)

    def load(self, listing: Listing) -> Song:
        files = song_files.audio_files(self.root, wanted_by="StemsFolder")
        songs = self._songs(files.names)
        return song_folders.load(self.root, songs, self._reader(songs), listing)

    def _reader(self, songs: Mapping[str, Files]) -> Callable[[str, Files], SongRead]:
        ids = song_files.ids({folder: "/".join(_inner(folder)) for folder in songs})

        def read(folder: str, files: Files) -> SongRead:
            parts, left_out = self._parts(folder, files)
            return SongRead(parts, self._labels(folder, ids[folder]), left_out)

        return read

    def _songs(self, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """The songs' folders, in order, with the paths of their files below them."""
        folders = {str(PurePosixPath(name).parent) for name in names if "/" in name}
        beside: dict[str, set[str]] = {}
        for path in map(PurePosixPath, folders):
            beside.setdefault(str(path.parent), set()).add(_word(path.name))
        songs: dict[str, list[str]] = {}
        for name in (name for name in names if "/" in name):
            folder = PurePosixPath(name).parent
            above = str(folder.parent)
            nested = above not in (".", *_SPLITS) and beside[above] <= set(self.stem_folders)
            parts = beside[above] | ({"stems"} if above in folders else set())
            tracks = above not in (".", *_SPLITS) and _belongs_above(folder, parts)
            song = above if nested or tracks else str(folder)
            songs.setdefault(song, []).append(name.removeprefix(f"{song}/"))
        for song in songs:
            songs[song] += [f"../{n}" for n in _beside(song, names, self.cambridge) if "/" not in n]
        return {song: tuple(songs[song]) for song in sorted(songs, key=str.encode)}

    def _labels(self, folder: str, id: str) -> Labels:
        artist, title = self._artist_and_title(folder)
        inner = _inner(folder)
        split = None if inner == folder.split("/") else _SPLITS[folder.split("/")[0]]
        if split == "train" and inner[-1] in self.valid:
            split = "valid"
        return Labels(
            id=id,
            license=song_files.first_match(self.licenses, folder, self.license),
            artist=artist or (inner[0] if len(inner) > 1 else ""),
            attribution=song_files.credit(artist, title, self.attribution),
            split=split,
        )

    def _parts(self, folder: str, files: tuple[str, ...]) -> tuple[Parts, tuple[Rejected, ...]]:
        """The parts of a song, and its files that are left out."""
        _refuse_two_track_folders(folder, files, self.stems)
        own = folder.rpartition("/")[2]
        named = multitracks.named_by_folder(folder)
        titles = (own, own.removesuffix("_Full"), *named, file_names.common_beginning(files))
        names = {file: self._name(file, titles) for file in files}
        game = (self.root / folder / "song.ini").is_file()
        song = SongFiles(folder, names, game=game, previews=self.cambridge)
        return song_parts.parts_of(self.root, song, Patterns(self.mixture, self.stems))

    def _name(self, file: str, titles: tuple[str, ...]) -> FileName:
        """What a file is by its name, or by that of its stem folder."""
        parent = PurePosixPath(file).parent.name
        if _word(parent) in _MIX_FOLDERS:
            name = file_names.read(file, titles)
            kinds = ("stem", "song")  # a name that says more than the folder stays
            return FileName("mix", "mix") if name.kind in kinds else name
        if parent in ("", "..") or _word(parent) not in self.stem_folders:
            return file_names.read(file, titles)
        return song_folders.track(parent)

    def _artist_and_title(self, folder: str) -> tuple[str, str]:
        """Artist and title from `song.ini`, from `data.json` or from the folder's name."""
        path = self.root / folder
        if (path / "song.ini").is_file():
            text = (path / "song.ini").read_text("utf-8", "replace")
            pairs = re.findall(r"(?im)^\s*(artist|name)\s*=[^\S\n]*(.*?)\s*$", text)
            tags = {key.lower(): value for key, value in pairs}
            return tags.get("artist", ""), tags.get("name", "")
        if (path / "data.json").is_file():
            content = metadata.read(path / "data.json", folder)
            return metadata.text(content, "artist"), metadata.text(content, "song")
        match = _CAMBRIDGE.fullmatch(folder.rpartition("/")[2]) if self.cambridge else None
        return (match[1], match[2]) if match else multitracks.named_by_folder(folder)


def _word(text: str) -> str:
    return slug(text).replace("-", "_")


def _inner(folder: str) -> list[str]:
    """The parts of a song's path below the split; all parts if there is no split."""
    parts = folder.split("/")
    return parts[1:] if len(parts) > 1 and parts[0] in _SPLITS else parts


def _holds_tracks(folder: PurePosixPath) -> bool:
    """Whether a folder holds the tracks of the song around it: `stems`, or `X_STEMS` in `X`."""
    own = _word(folder.name).removeprefix(f"{_word(folder.parent.name)}_")
    return own in _TRACK_FOLDERS


def _belongs_above(folder: PurePosixPath, beside: set[str]) -> bool:
    """Whether a folder belongs to the song around it: it holds tracks, or a mix beside tracks.

    Args:
        beside: the names of all folders in the one around it.
    """
    above = _word(folder.parent.name)
    tracks = any(name.removeprefix(f"{above}_") in _TRACK_FOLDERS for name in beside)
    return _holds_tracks(folder) or (_word(folder.name) in _MIX_FOLDERS and tracks)


def _beside(folder: str, names: tuple[str, ...], cambridge: bool) -> list[str]:
    """Files of the root that are called as a folder of the root and `Preview` or the like."""
    if not cambridge or "/" in folder:
        return []
    song = slug(folder).removesuffix("-full").removesuffix("-excerpt")
    loose = [name for name in names if "/" not in name]
    return [name for name in loose if slug(name).startswith(f"{song}-")]


def _refuse_two_track_folders(
    folder: str, files: tuple[str, ...], stems: tuple[tuple[str, str | None], ...]
) -> None:
    """Refuse a song with `stems` beside `raw`: they hold the same music, before and after."""
    leaving = [pattern for pattern, name in stems if name == ""]
    staying = [f for f in files if not any(song_parts.matches(pattern, f) for pattern in leaving)]
    parents = {PurePosixPath(file).parent for file in staying} - {PurePosixPath()}
    tracks = sorted(p.name for p in parents if _holds_tracks(PurePosixPath(folder, p)))
    if len(tracks) > 1:
        raise Rejected(
            folder,
            f"{' and '.join(tracks)} may hold the same music twice; read MedleyDB with --set "
            f"layout=medleydb, or leave one out with --set 'stems={tracks[0]}/*='",
        )

"""Multitracks: a folder per song, with a file per stem."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from automix_bench.errors import Changed, Rejected, UsageError
from automix_bench.music.files import multitracks
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.multitracks import Labels, Parts
from automix_bench.song import NAME, Song, slug
from automix_bench.source import Catalogue, Listing

__all__ = ["StemsFolder"]

_SPLITS = {"train": "train", "valid": "valid", "validation": "valid", "test": "test"}
_MOISESDB_STEMS = (
    *("bass", "bowed_strings", "drums", "guitar", "other", "other_keys", "other_plucked"),
    *("percussion", "piano", "vocals", "wind"),
)
_NUMBERED = re.compile(r"(?:\d+[\s._-]+)?(.*?)(?:[\s._-]+(\d+))?")


@dataclass(frozen=True)
class StemsFolder:
    """Songs with stems: MUSDB18-HQ, MoisesDB, Frets on Fire, or another layout.

    **Which folders are songs.** Every folder that holds audio is a song, with one exception
    (MoisesDB): if all such folders inside a folder have names in `stem_folders`, they are stems and
    the folder around them is the song. A top folder `train`, `valid`, `validation` or `test` sets
    the split of the songs below it.

    **Which stem a file is.** The first pattern of `stems` that matches its path below the song's
    folder decides: it gives a stem's name, `mix` for the released mix, or nothing to leave the file
    out. If no pattern matches, the file's name decides, without suffix and without numbers at
    either end (`01_Kick 2.wav` is `kick`), as a slug with `_` between words (`Lead Vox.wav` is
    `lead_vox`). In a stem folder, the folder's name decides instead. A name in `mixture` is the
    released mix. Without one, the mix is the sum of the stems. Several files of one name become
    `guitar-1`, `guitar-2`, in the order of the numbers in their own names, then of their paths. In
    folders of Frets on Fire (with a `song.ini`), `song` is called `backing`.

    **Artist and title.** They come from `song.ini` or MoisesDB's `data.json` if there is one, else
    from a folder called `Artist - Title`. Otherwise the artist is the first of several folders
    (below the split), or the song itself.

    `automix_bench.files.decode` decodes the files; peaks beyond full scale stay. Shorter files are
    padded with silence at the end. If some files are stereo, mono files go to both channels. A
    whole song is rejected if one of its files is rejected (`Folder` lists the reasons), if rates
    differ, or if there are only mixes.

    Attributes:
        root: the folder of the songs' folders.
        license: SPDX expression for all songs that `licenses` does not name.
        attribution: the people to credit, besides artist and title.
        stems: pairs of a pattern and a stem's name; `*` also matches slashes.
        mixture: names of the released mix.
        stem_folders: names of folders that are stems.
        valid: names of songs' folders that move from train to valid;
            `multitracks.MUSDB18_VALIDATION` has the published list.
        lowest_rate: in Hz.
        licenses: pairs of a pattern for a song's folder and an SPDX expression.

    Raises:
        UsageError: a licence is not an SPDX expression, or `stems` has an invalid stem name.
        DataError: from `catalogue`, if there is no such folder or no audio file in it.
    """

    root: Path
    license: str = "LicenseRef-unknown"
    attribution: str = ""
    stems: tuple[tuple[str, str], ...] = ()
    mixture: tuple[str, ...] = ("mixture", "mix")
    stem_folders: tuple[str, ...] = _MOISESDB_STEMS
    valid: tuple[str, ...] = ()
    lowest_rate: int = 32_000
    licenses: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        song_files.check_licences(self.license, self.licenses)
        for pattern, name in self.stems:
            if name and not NAME.fullmatch(name):
                raise UsageError(
                    f"StemsFolder.stems: {name!r} for {pattern!r} cannot name a stem: use a-z 0-9 "
                    "_ -, mix for the released mix, or nothing to leave files out"
                )

    def catalogue(self) -> Catalogue:
        files = song_files.audio_files(self.root, wanted_by="StemsFolder")
        songs = self._songs(files.names)
        loose = [
            Rejected(name, "lies in no song's folder; put a song's stems in a folder of their own")
            for name in files.names
            if "/" not in name
        ]
        ids = song_files.ids({folder: "/".join(_inner(folder)) for folder in songs})
        return song_files.catalogue_of(
            songs,
            lambda folder: self._listing(folder, songs[folder], ids[folder]),
            (*files.rejected, *loose),
        )

    def load(self, listing: Listing) -> Song:
        folder = listing.origin.name
        files = song_files.audio_files(self.root, wanted_by="StemsFolder")
        songs = self._songs(files.names)
        if folder not in songs:
            raise Changed(f"{folder}: has gone since it was listed: put it back and run again")
        return multitracks.loaded(self.root, self._parts(folder, songs[folder]), listing)

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
            song = above if nested else str(folder)
            songs.setdefault(song, []).append(name.removeprefix(f"{song}/"))
        return {song: tuple(songs[song]) for song in sorted(songs, key=str.encode)}

    def _listing(self, folder: str, files: tuple[str, ...], id: str) -> Listing:
        artist, title = _artist_and_title(self.root / folder, folder)
        inner = _inner(folder)
        split = None if inner == folder.split("/") else _SPLITS[folder.split("/")[0]]
        if split == "train" and inner[-1] in self.valid:
            split = "valid"
        labels = Labels(
            id=id,
            license=song_files.first_match(self.licenses, folder, self.license),
            artist=artist or (inner[0] if len(inner) > 1 else ""),
            attribution=song_files.credit(artist, title, self.attribution),
            split=split,
        )
        parts = self._parts(folder, files)
        return multitracks.listed(self.root, parts, labels, self.lowest_rate)

    def _parts(self, folder: str, files: tuple[str, ...]) -> Parts:
        game = (self.root / folder / "song.ini").is_file()
        groups: dict[str, list[tuple[int, str]]] = {}
        for file in files:
            word, number = self._name(file, game)
            name = song_files.first_match(self.stems, file, word)
            groups.setdefault(name, []).append((number, file))
        groups.pop("", None)
        mixes = [file for _, file in groups.pop("mix", [])]
        if len(mixes) > 1:
            files_of_mix = " and ".join(mixes)
            reason = f"several released mixes, {files_of_mix}; say in stems which it is"
            raise Rejected(folder, reason)
        stems: dict[str, str] = {}
        for name, group in groups.items():
            for number, (_, file) in enumerate(sorted(group), 1):
                own = name if len(group) == 1 else f"{name}-{number}"
                if own in stems:
                    clash = f"{stems[own]} and {file} would both be called {own}"
                    raise Rejected(folder, f"{clash}; give one another name in stems")
                stems[own] = file
        if "residual" in stems:
            clash = f"{stems['residual']} would be called residual, as what a separator leaves over"
            raise Rejected(folder, f"{clash}; give it another name in stems")
        stated = frozenset(f for f in files if song_files.first_match(self.stems, f, ""))
        return Parts(folder, stems, mixes[0] if mixes else "", stated)

    def _name(self, file: str, game: bool) -> tuple[str, int]:
        """The stem name that a file's own name gives, and the number in it (0 without one)."""
        path = PurePosixPath(file)
        whole = path.parent.name or path.stem
        match = _NUMBERED.fullmatch(whole)
        text, number = match.groups() if match else (whole, None)
        word = _word(text) or "stem"
        if word in self.mixture:
            return "mix", 0
        return ("backing" if game and word == "song" else word), int(number or 0)


def _word(text: str) -> str:
    return slug(text).replace("-", "_")


def _inner(folder: str) -> list[str]:
    """The parts of a song's path below the split; all parts if there is no split."""
    parts = folder.split("/")
    return parts[1:] if len(parts) > 1 and parts[0] in _SPLITS else parts


def _artist_and_title(path: Path, folder: str) -> tuple[str, str]:
    """Artist and title from `song.ini`, from `data.json` or from the folder's name."""
    ini, data = path / "song.ini", path / "data.json"
    if ini.is_file():
        pairs = re.findall(
            r"(?im)^\s*(artist|name)\s*=[^\S\n]*(.*?)\s*$", ini.read_text("utf-8", "replace")
        )
        tags = {key.lower(): value for key, value in pairs}
        return tags.get("artist", ""), tags.get("name", "")
    if data.is_file():
        return _moisesdb(data, folder)
    return multitracks.named_by_folder(folder)


def _moisesdb(data: Path, folder: str) -> tuple[str, str]:
    try:
        content = json.loads(data.read_text("utf-8"))
    except ValueError as error:
        raise Rejected(folder, f"its data.json is no JSON ({error}); mend or remove it") from error
    json_object = content if isinstance(content, Mapping) else {}
    return str(json_object.get("artist", "")), str(json_object.get("song", ""))

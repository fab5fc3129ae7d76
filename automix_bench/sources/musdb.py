"""MUSDB18 and MUSDB18-HQ, read as the musdb package reads them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.errors import DataError, MissingPart, Rejected, UsageError
from automix_bench.files.leavings import is_leaving
from automix_bench.music.files import multitracks
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.multitracks import Labels, Parts
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Musdb"]

_SUBSETS = ("train", "test")
_STEM_FILE = ".stem.mp4"
# What the musdb package says of wav files; a test compares them.
WAV: Mapping[str, Any] = {
    "mixture": "mixture.wav",
    "sources": {stem: f"{stem}.wav" for stem in ("bass", "drums", "other", "vocals")},
    "validation_tracks": multitracks.MUSDB18_VALIDATION,
}


@dataclass(frozen=True)
class Musdb:
    """Songs of four stems and their released mix, with the published split into train, valid, test.

    Which file is which stem, and which songs are for validation, is as in the musdb package. The
    data exist in two forms:

    * wav (MUSDB18-HQ): `automix_bench.files.decode` reads the files, at any bit depth; neither the
      musdb package nor ffmpeg is needed. At 16 bits the samples are those that musdb gives. The
      songs equal those of `StemsFolder(root, valid=MUSDB18_VALIDATION)` with the same licence.
    * `.stem.mp4` (MUSDB18): musdb decodes the files with ffmpeg, to 16 bits, which clips peaks of
      AAC beyond full scale. Samples beyond the length in the file's header are the encoder's
      padding, and are left out.

    Id and artist come from the name, `Artist - Title`. A song is rejected if one of its files is
    rejected; `Folder` lists the reasons.

    Attributes:
        root: the folder that holds `train` and `test`.
        wav: True for MUSDB18-HQ, False for `.stem.mp4`.
        license: SPDX expression. The songs' own terms differ; most allow no commercial use.
        attribution: the people to credit, besides artist and title.

    Raises:
        MissingPart: from `catalogue` and `load` of `.stem.mp4`, if the musdb package is not
            installed.
        UsageError: from `catalogue` and `load` of `.stem.mp4`, if ffmpeg is not installed.
        DataError: from `catalogue`, if no song is found.
    """

    root: Path
    wav: bool = True
    license: str = "LicenseRef-MUSDB18"
    attribution: str = ""

    def __post_init__(self) -> None:
        song_files.check_licences(self.license)

    def catalogue(self) -> Catalogue:
        setup = WAV if self.wav else _setup(self.root)
        songs = [song for subset in _SUBSETS for song in self._songs(subset)]
        if not songs:
            expected = "folders of wav files" if self.wav else f"{_STEM_FILE} files"
            raise DataError(f"Musdb: no song in {self.root}: wanted {expected} in train or test")
        ids = song_files.ids({song: song.partition("/")[2] for song in songs})
        return song_files.catalogue_of(songs, lambda song: self._listing(song, ids[song], setup))

    def load(self, listing: Listing) -> Song:
        setup = WAV if self.wav else _setup(self.root)
        name = listing.origin.name
        if self.wav:
            return multitracks.loaded(self.root, self._parts(name, setup), listing)
        song_files.demand_unchanged(listing, lambda: song_files.sha256_of(self.root / name, name))
        track = _track(self.root, name, setup)
        sounds = {stem: _stream(track, number, name) for stem, number in setup["stem_ids"].items()}
        mix = sounds.pop("mixture")
        return multitracks.assembled(dict(sorted(sounds.items())), mix, listing)

    def _songs(self, subset: str) -> list[str]:
        folder = self.root / subset
        if not folder.is_dir():
            return []
        if self.wav:
            names = [entry.name for entry in folder.iterdir() if entry.is_dir()]
        else:
            files = (entry.name for entry in folder.iterdir() if entry.name.endswith(_STEM_FILE))
            names = [name.removesuffix(_STEM_FILE) for name in files]
        shown = (name for name in names if not is_leaving(name))
        return [f"{subset}/{name}" for name in sorted(shown, key=str.encode)]

    def _listing(self, song: str, id: str, setup: Any) -> Listing:
        artist, title = multitracks.named_by_folder(song)
        subset, _, name = song.partition("/")
        valid = subset == "train" and name in setup["validation_tracks"]
        split = "valid" if valid else subset
        credit = song_files.credit(artist, title, self.attribution)
        labels = Labels(id, self.license, artist, credit, split)
        if self.wav:
            return multitracks.listed(self.root, self._parts(song, setup), labels, 1)
        file = song + _STEM_FILE
        sha256 = song_files.sha256_of(self.root / file, file)
        track = _track(self.root, file, setup)
        listing = multitracks.listing_of(file, sha256, track.rate, track.samples, labels)
        return replace(listing, mix_kind="released")

    def _parts(self, song: str, setup: Any) -> Parts:
        stem_files = {
            stem: file
            for stem, file in setup["sources"].items()
            if (self.root / song / file).exists()
        }
        if not (self.root / song / setup["mixture"]).exists():
            raise Rejected(song, f"no {setup['mixture']}; get a whole copy of the song")
        if missing := sorted(set(setup["sources"].values()) - set(stem_files.values())):
            raise Rejected(song, f"no {', '.join(missing)}; get a whole copy of the song")
        return Parts(song, stem_files, setup["mixture"])


def _setup(root: Path) -> Any:
    """The musdb package's own description of the data set."""
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        raise UsageError(
            "Musdb needs the programs ffmpeg and ffprobe for .stem.mp4 files, because the musdb "
            "package does: install ffmpeg, or get MUSDB18-HQ and read it with layout=musdb-wav"
        )
    try:
        import musdb
    except ModuleNotFoundError as error:
        raise MissingPart("Musdb", "musdb", "pip install 'automix-bench[musdb]'") from error
    # No subsets, because musdb fails to list any file if one is damaged.
    return musdb.DB(root=str(root), subsets=[]).setup


def _track(root: Path, name: str, setup: Any) -> Any:
    import musdb
    from stempeg.read import ffmpeg

    try:
        track = musdb.MultiTrack(
            path=str(root / name), name=name, stem_id=setup["stem_ids"]["mixture"], is_wav=False
        )
        streams = track.info.nb_audio_streams
    except ffmpeg.Error as error:
        raise Rejected(name, "ffprobe cannot read it; get a whole copy of the song") from error
    if streams != len(setup["stem_ids"]):
        expected = len(setup["stem_ids"])
        raise Rejected(name, f"{streams} audio streams, wanted {expected}; get a whole copy of it")
    return track


def _stream(track: Any, number: int, name: str) -> Audio:
    samples = np.asarray(track.load_audio(track.path, number), np.float32)
    if len(samples) < track.samples:
        raise Rejected(
            name,
            f"cut short: stream {number} holds {len(samples)} samples, its header promises "
            f"{track.samples}; get a whole copy of the song",
        )
    channels_first = samples[: track.samples].reshape(track.samples, -1).T
    return Audio(np.ascontiguousarray(channels_first), track.rate)

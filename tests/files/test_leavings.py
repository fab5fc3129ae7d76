"""What Macs and NAS boxes leave behind is no music, in every source of files."""

import shutil

import numpy as np
import pytest
import soundfile

from automix_bench.files.impulse_responses import _audio_files
from automix_bench.files.leavings import is_leaving
from automix_bench.music.files.songs import audio_files, files_called
from automix_bench.sources.folder import Folder
from automix_bench.sources.musdb import Musdb
from automix_bench.sources.stems_folder import StemsFolder

FOLDERS = ("@eaDir", "#recycle", ".AppleDouble", "__MACOSX", "lost+found", "$RECYCLE.BIN")
FOLDERS += ("System Volume Information", ".Trash-1000", "@Recycle", "#snapshot", "@tmp", "RECYCLER")
FOLDERS += (
    "@Recently-Snapshot",
    ".@__thumb",
    "Temporary Items",
    "Network Trash Folder",
    ":2eDesktop",
)
FILES = ("._song.flac", ".hidden.flac", ":2e_song.flac", "Thumbs.db", "song.flac@SynoEAStream")


@pytest.fixture
def music(tmp_path):
    """One song with its leavings at every level: copies of it, and other halves of it."""
    root = tmp_path / "music"
    for place in ("", "Band", "Band/Album"):
        (root / place).mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (root / place / name / "song.flac").mkdir(parents=True)
        for name in FILES:
            (root / place / name).write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" * 9)
    song = root / "Band" / "Album" / "song.flac"
    sound = 0.1 * np.random.default_rng(0).standard_normal((44_100, 2))
    soundfile.write(song, sound, 44_100)
    for place in ("", "Band", "Band/Album"):
        for name in FOLDERS:
            shutil.copy(song, root / place / name / "song.flac" / "song.flac")
    return root


def test_leavings_are_neither_songs_nor_refused(music):
    catalogue = Folder(music).catalogue()
    assert [one.origin.name for one in catalogue.listings] == ["Band/Album/song.flac"]
    assert catalogue.rejected == ()
    catalogue = StemsFolder(music).catalogue()
    assert [one.origin.name for one in catalogue.listings] == ["Band/Album"]
    assert catalogue.rejected == ()


def test_no_way_of_looking_for_files_finds_them(music):
    name = "Band/Album/song.flac"
    assert audio_files(music, wanted_by="a test").names == (name,)
    found = files_called(music, {".flac"}, wanted_by="a test", what="song", such_as=".flac")
    assert found == [name]
    assert list(_audio_files(music)) == [name]


def test_leavings_among_the_songs_of_musdb_are_no_songs(tmp_path):
    sound = 0.1 * np.random.default_rng(0).standard_normal((4_410, 2))
    for song in ("A - One", *FOLDERS):
        (tmp_path / "train" / song).mkdir(parents=True)
        for stem in ("bass", "drums", "other", "vocals", "mixture"):
            soundfile.write(tmp_path / "train" / song / f"{stem}.wav", sound, 44_100)
    catalogue = Musdb(tmp_path).catalogue()
    assert [one.id for one in catalogue.listings] == ["a-one"]
    assert catalogue.rejected == ()


def test_ordinary_names_are_no_leavings():
    for name in ("@", "#1 Hits", "Temporary", "Recycle", "Found", "lost and found", "Macosx.wav"):
        assert not is_leaving(name), name

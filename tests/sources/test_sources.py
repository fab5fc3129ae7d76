"""The sources that read files: listing, rejecting and loading."""

import hashlib
import json
import os
import pickle
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench.errors import Changed, DataError, MissingPart, Rejected, UsageError
from automix_bench.music.files import songs as song_files
from automix_bench.music.files.multitracks import MUSDB18_VALIDATION
from automix_bench.song import Origin
from automix_bench.source import Listing
from automix_bench.sources.by_artist import ByArtist
from automix_bench.sources.few import Few
from automix_bench.sources.folder import Folder
from automix_bench.sources.mixes import Mixes
from automix_bench.sources.musdb import WAV, Musdb
from automix_bench.sources.stems_folder import StemsFolder
from automix_bench.sources.together import Together

RATE = 44_100
FFMPEG = bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))
needs_ffmpeg = pytest.mark.skipif(not FFMPEG, reason="ffmpeg is not installed")
VALID_NAME = "Actions - One Minute Smile"


def save(path, seed=0, *, seconds=0.5, rate=RATE, channels=2, samples=None, **options):
    """Write noise that depends on the seed; returns its samples, `(samples, channels)`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if samples is None:
        rng = np.random.default_rng(seed)
        samples = 0.1 * rng.standard_normal((round(seconds * rate), channels))
        # Whole 16-bit steps, so that nothing is lost in writing and reading.
        samples = (np.rint(samples * 2**15) / 2**15).astype(np.float32)
    options = {"subtype": "PCM_16", **options} if path.suffix in (".wav", ".flac") else options
    soundfile.write(path, samples, rate, **options)
    return samples


def musdb_like(root, seconds=0.5):
    """A folder with the layout of MUSDB18-HQ."""
    names = {"train": ("A - one", VALID_NAME, "Ärtist & Co - zwei"), "test": ("C - three",)}
    seed = 0
    for subset, songs in names.items():
        for song in songs:
            parts = []
            for stem in ("drums", "bass", "other", "vocals"):
                seed += 1
                parts.append(save(root / subset / song / f"{stem}.wav", seed, seconds=seconds))
            save(root / subset / song / "mixture.wav", samples=0.75 * sum(parts))
    return root


def rejected(source):
    return {one.item: one.reason for one in source.catalogue().rejected}


def named(source):
    return {listing.id: listing for listing in source.catalogue().listings}


def load_one(source):
    (listing,) = source.catalogue().listings
    return source.load(listing)


# The contract of every source.


def fill(root):
    """Files for every kind of source below."""
    save(root / "f" / "b" / "Zwei Lieder.flac", 1)
    save(root / "f" / "b" / "a.ogg", 2, rate=48_000)
    save(root / "f" / "a.mp3", 3, channels=1)
    save(root / "f" / "B.wav", 4, seconds=0.1)
    save(root / "s" / "x" / "guitar.wav", 5)
    save(root / "s" / "x" / "song.wav", 6, seconds=0.7, channels=1)
    musdb_like(root / "s")
    return root


SOURCES = {
    "folder": lambda root: Folder(root / "f", license="MIT"),
    "stems_folder": lambda root: StemsFolder(root / "s"),
    "mixes": lambda root: Mixes(StemsFolder(root / "s")),
    "together": lambda root: Together((Folder(root / "f"), StemsFolder(root / "s"))),
    "musdb": lambda root: Musdb(root / "s"),
    "by_artist": lambda root: ByArtist(StemsFolder(root / "s"), root / "s", "folder"),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_source_keeps_the_contract(tmp_path, kind):
    source = SOURCES[kind](fill(tmp_path))
    catalogue = source.catalogue()
    assert catalogue == source.catalogue()
    assert catalogue.rejected == ()
    assert len(catalogue.listings) >= 4
    assert len({listing.id for listing in catalogue.listings}) == len(catalogue.listings)
    for listing in catalogue.listings:
        song = source.load(listing)
        assert (song.mix.rate, song.mix.length) == (listing.rate, listing.length)
        assert (song.id, song.artist, song.license) == (listing.id, listing.artist, listing.license)
        assert song.origin == listing.origin
        assert song.mix_kind == listing.mix_kind
        assert song.mix_kind in ("released", "sum")
        assert not listing.origin.name.startswith("/")
        again = pickle.loads(pickle.dumps(source)).load(listing)
        assert again.mix.sha256 == song.mix.sha256


@pytest.mark.parametrize("kind", SOURCES)
def test_listing_depends_neither_on_the_place_nor_on_the_order_of_the_disk(
    tmp_path, kind, monkeypatch
):
    one = SOURCES[kind](fill(tmp_path / "one")).catalogue()
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    scandir = os.scandir

    class Backwards:
        def __init__(self, path):
            with scandir(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(song_files.os, "scandir", Backwards)
    assert SOURCES[kind](tmp_path / "other").catalogue() == one


# Folder.


def test_folder_lists_by_the_bytes_of_the_path(tmp_path):
    for number, name in enumerate(("b.wav", "B.wav", "a/z.wav", "a b.wav", "é.wav", "a-c.wav")):
        save(tmp_path / name, number)
    listed = [listing.origin.name for listing in Folder(tmp_path).catalogue().listings]
    assert listed == ["B.wav", "a b.wav", "a-c.wav", "a/z.wav", "b.wav", "é.wav"]


def test_folder_passes_over_hidden_and_other_files(tmp_path):
    save(tmp_path / "song.wav")
    save(tmp_path / ".hidden.wav", 1)
    save(tmp_path / ".trash" / "old.wav", 2)
    (tmp_path / "cover.jpg").write_bytes(b"x")
    catalogue = Folder(tmp_path).catalogue()
    assert [listing.id for listing in catalogue.listings] == ["song"]
    assert catalogue.rejected == ()


def test_folder_gives_what_is_in_the_file(tmp_path):
    samples = save(tmp_path / "Sömé Ärtist" / "My  Song (live).flac")
    source = Folder(tmp_path, license="CC-BY-4.0", attribution="The Band")
    (listing,) = source.catalogue().listings
    assert listing == Listing(
        id="some-artist-my-song-live",
        artist="some-artist",
        license="CC-BY-4.0",
        origin=Origin(
            "Sömé Ärtist/My  Song (live).flac",
            hashlib.sha256(next(tmp_path.rglob("*.flac")).read_bytes()).hexdigest(),
            "The Band",
        ),
        rate=RATE,
        length=22_050,
        mix_kind="released",
    )
    song = source.load(listing)
    assert np.array_equal(song.mix.samples.T, samples)
    assert song.stems == {}


def test_ids_are_unique_and_usable_for_any_name(tmp_path):
    long = "x" * 120
    names = (
        "a b.wav",
        "a-b.wav",
        "a_b.flac",
        "Песня.wav",
        "歌.wav",
        "mix.wav",
        f"{long}.wav",
        "c.wav",
    )
    for number, name in enumerate(names):
        save(tmp_path / name, number)
    ids = {listing.origin.name: listing.id for listing in Folder(tmp_path).catalogue().listings}
    assert ids["c.wav"] == "c"
    assert len(set(ids.values())) == len(names)
    digits = hashlib.sha256(b"a_b.flac").hexdigest()[:8]
    assert ids["a_b.flac"] == f"a-b-{digits}"
    assert re.fullmatch(r"song-[0-9a-f]{8}", ids["Песня.wav"])
    assert re.fullmatch(r"mix-[0-9a-f]{8}", ids["mix.wav"])
    assert len(ids[f"{long}.wav"]) < 120


def test_artist_is_the_tag_then_the_first_folder_then_the_song(tmp_path):
    save(tmp_path / "Band" / "Album" / "one.wav", 1)
    save(tmp_path / "two.wav", 2)
    for name, artist in (("Band/three.flac", "Ana & Ona"), ("Band/four.flac", "Кино")):
        with soundfile.SoundFile(tmp_path / name, "w", RATE, 1) as file:
            file.artist, file.title = artist, "A Title"
            file.write(np.random.default_rng(len(name)).standard_normal(4410) * 0.1)
    songs = named(Folder(tmp_path, attribution="CD 1"))
    assert songs["band-album-one"].artist == "band"
    assert songs["two"].artist == "two"
    assert songs["band-three"].artist == "ana-ona"
    assert songs["band-three"].origin.attribution == "Ana & Ona - A Title; CD 1"
    assert re.fullmatch(r"artist-[0-9a-f]{8}", songs["band-four"].artist)
    assert songs["two"].origin.attribution == "CD 1"


def test_first_pattern_decides_the_licence_and_tags_do_not(tmp_path):
    for number, name in enumerate(("w/a.wav", "w/b/c.wav", "z.wav")):
        save(tmp_path / name, number)
    with soundfile.SoundFile(tmp_path / "t.flac", "w", RATE, 1) as file:
        file.license = file.copyright = "CC0-1.0"
        file.write(np.full(100, 0.5))
    patterns = (("w/b/*", "MIT"), ("w/*", "GPL-2.0-or-later OR CC-BY-SA-4.0"))
    songs = named(Folder(tmp_path, license="ISC", licenses=patterns))
    assert {id: listing.license for id, listing in songs.items()} == {
        "w-a": "GPL-2.0-or-later OR CC-BY-SA-4.0",
        "w-b-c": "MIT",
        "z": "ISC",
        "t": "ISC",
    }
    for bad in ({"license": "CC BY"}, {"licenses": (("*", "public domain"),)}):
        for kind in (Folder, StemsFolder):
            with pytest.raises(UsageError, match="no SPDX licence expression"):
                kind(tmp_path, **bad)


def cut(path, part=0.5):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])


def test_bad_files_are_rejected_when_listed_and_the_rest_goes_on(tmp_path):
    odd = tmp_path / "Wörter und Töne"
    save(odd / "good one.wav", 1)
    save(odd / "5 1.wav", 2, channels=6)
    save(odd / "phone.wav", 3, rate=8000)
    save(odd / "quad.wav", 3, channels=4)
    (odd / "empty.wav").write_bytes(b"")
    save(odd / "nothing.wav", samples=np.zeros((0, 2), np.float32))
    (odd / "text.wav").write_text("no sound\n" * 100)
    (odd / "nowhere.ogg").symlink_to(odd / "gone.ogg")
    for number, suffix in enumerate(("wav", "flac", "ogg", "mp3", "aiff")):
        save(odd / f"cut.{suffix}", 10 + number, seconds=2.0)
        cut(odd / f"cut.{suffix}")
    shutil.copy(odd / "good one.wav", odd / "good two.wav")
    (Path(os.fsdecode(os.fsencode(odd) + b"/b\xffd.wav"))).write_bytes(b"x")
    source = Folder(tmp_path)
    told = {item.rpartition("/")[2]: reason for item, reason in rejected(source).items()}
    wanted = {
        "5 1.wav": r"5\.1, 6 channels, wanted 1 or 2; downmix it to stereo first",
        "quad.wav": r"4 channels, wanted 1 or 2; downmix",
        "phone.wav": r"8000 Hz, wanted at least 32000 Hz; lower the source's lowest_rate",
        "empty.wav": r"an empty file",
        "nothing.wav": r"holds no samples",
        "text.wav": r"libsndfile cannot read it",
        "nowhere.ogg": r"cannot be read: No such file",
        "cut.wav": r"cut short: its data chunk",
        "cut.flac": r"cut short|damaged",
        "cut.ogg": r"cut short: its last Ogg page",
        "cut.mp3": r"cut short: its Xing frame",
        "cut.aiff": r"cut short: its SSND chunk",
        "good two.wav": r"same bytes as Wörter und Töne/good one\.wav, which is kept",
        "b\\xffd.wav": r"its name is not UTF-8",
    }
    assert told.keys() == wanted.keys()
    for name, pattern in wanted.items():
        assert re.search(pattern, told[name]), told[name]
        assert "\n" not in told[name]
        assert str(tmp_path) not in told[name]
    assert list(named(source)) == ["worter-und-tone-good-one"]
    assert "worter-und-tone-phone" in named(replace(source, lowest_rate=8000))


def test_silence_and_nan_are_rejected_when_loaded(tmp_path):
    save(tmp_path / "silent.wav", samples=np.zeros((RATE, 2), np.float32))
    samples = np.full((RATE, 2), 0.1, np.float32)
    samples[7, 0] = np.nan
    save(tmp_path / "nan.wav", samples=samples, subtype="FLOAT")
    source = Folder(tmp_path)
    songs = named(source)
    with pytest.raises(Rejected, match=r"^silent\.wav: silent from beginning to end"):
        source.load(songs["silent"])
    with pytest.raises(Rejected, match=r"^nan\.wav: nan at sample 7 .* of channel 1"):
        source.load(songs["nan"])


def test_file_that_changes_after_it_was_listed_is_rejected(tmp_path):
    save(tmp_path / "a.wav", 1)
    source = Folder(tmp_path)
    (listing,) = source.catalogue().listings
    save(tmp_path / "a.wav", 2)
    with pytest.raises(Changed, match="has changed since it was listed"):
        source.load(listing)
    (tmp_path / "a.wav").unlink()
    with pytest.raises(Changed, match="cannot be read"):
        source.load(listing)


def test_links_are_followed_once(tmp_path):
    outside = tmp_path / "outside"
    save(outside / "a.wav", 1)
    root = tmp_path / "root"
    save(root / "b" / "b.wav", 2)
    (root / "linked").symlink_to(outside)
    (root / "c.wav").symlink_to(root / "b" / "b.wav")
    (root / "b" / "loop").symlink_to(root)
    source = Folder(root)
    assert list(named(source)) == ["b-b", "linked-a"]
    assert rejected(source) == {"c.wav": "same bytes as b/b.wav, which is kept"}


@pytest.mark.parametrize("kind", [Folder, StemsFolder])
def test_a_missing_and_an_empty_folder_give_one_line(tmp_path, kind):
    with pytest.raises(DataError, match=f"{kind.__name__}: no folder at .*gone"):
        kind(tmp_path / "gone").catalogue()
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(DataError, match=f"{kind.__name__}: no audio file under"):
        kind(tmp_path).catalogue()


# Multitracks.


def test_stems_folder_reads_the_layout_of_musdb18_hq(tmp_path):
    source = StemsFolder(musdb_like(tmp_path), valid=MUSDB18_VALIDATION)
    songs = named(source)
    assert {id: (song.artist, song.split) for id, song in songs.items()} == {
        "a-one": ("a", "train"),
        "actions-one-minute-smile": ("actions", "valid"),
        "artist-co-zwei": ("artist-co", "train"),
        "c-three": ("c", "test"),
    }
    song = source.load(songs["a-one"])
    assert list(song.stems) == ["bass", "drums", "other", "vocals"]
    drums, _ = soundfile.read(tmp_path / "train/A - one/drums.wav", dtype="float32")
    mixture, _ = soundfile.read(tmp_path / "train/A - one/mixture.wav", dtype="float32")
    assert np.array_equal(song.stems["drums"].samples.T, drums)
    assert np.array_equal(song.mix.samples.T, mixture)
    assert songs["a-one"].origin.attribution == "A - one"


def test_stems_folder_reads_the_layout_of_moisesdb(tmp_path):
    song = tmp_path / "moisesdb_v0.1" / "0a1b"
    save(song / "vocals" / "7c.wav", 1)
    save(song / "vocals" / "12.wav", 2)
    parts = save(song / "other_keys" / "9f.wav", 3)
    (song / "data.json").write_text(json.dumps({"artist": "The Ärt", "song": "Song 1"}))
    save(tmp_path / "moisesdb_v0.1" / "ffff" / "bass" / "1.wav", 4)
    source = StemsFolder(tmp_path)
    songs = named(source)
    assert list(songs) == ["moisesdb-v0-1-0a1b", "moisesdb-v0-1-ffff"]
    listing = songs["moisesdb-v0-1-0a1b"]
    assert listing.artist == "the-art"
    assert listing.origin.attribution == "The Ärt - Song 1"
    loaded = source.load(listing)
    assert list(loaded.stems) == ["other_keys", "vocals-1", "vocals-2"]
    assert np.array_equal(loaded.stems["other_keys"].samples.T, parts)
    wanted = sum(stem.samples for stem in loaded.stems.values())
    assert np.array_equal(loaded.mix.samples, wanted)


def test_stems_folder_reads_frets_on_fire(tmp_path):
    song = tmp_path / "Feelings"
    guitar = save(song / "guitar.wav", 1, samples=np.full((30_000, 2), 0.9, np.float32))
    backing = save(song / "song.wav", 2, samples=np.full((40_000, 2), 0.8, np.float32))
    (song / "song.ini").write_bytes(b"[song]\nname = Feelings\nartist =  S\xe9ctoid \n")
    (song / "notes.mid").write_bytes(b"MThd")
    loaded = load_one(StemsFolder(tmp_path))
    assert list(loaded.stems) == ["backing", "guitar"]
    assert loaded.mix.length == 40_000
    assert not loaded.stems["guitar"].samples[:, len(guitar) :].any()
    assert np.allclose(loaded.stems["guitar"].samples[:, : len(guitar)].T, guitar, atol=2**-15)
    assert loaded.mix.samples.max() == pytest.approx(1.7, abs=1e-3)
    assert np.allclose(loaded.mix.samples[:, 30_000:].T, backing[30_000:], atol=2**-15)
    assert loaded.origin.attribution == "S\ufffdctoid - Feelings"


def test_names_of_files_become_names_of_stems(tmp_path):
    files = (
        "01_Kick.wav",
        "02 Snare Top.wav",
        "Gtr 10.wav",
        "Gtr 2.wav",
        "Lead Vox.flac",
        "Голос.wav",
    )
    samples = {name: save(tmp_path / "s" / name, seed) for seed, name in enumerate(files)}
    save(tmp_path / "s" / "My Song - Mix.wav", 50)
    save(tmp_path / "s" / "preview.wav", 51)
    patterns = (("*- Mix.wav", "mix"), ("preview*", ""), ("Gtr 2*", "guitar-9"))
    song = load_one(StemsFolder(tmp_path, stems=patterns))
    assert set(song.stems) == {"kick", "snare_top", "gtr", "guitar-9", "lead_vox", "stem"}
    assert np.array_equal(song.stems["guitar-9"].samples.T, samples["Gtr 2.wav"])
    song = load_one(StemsFolder(tmp_path, stems=patterns[:2]))
    assert np.array_equal(song.stems["gtr-1"].samples.T, samples["Gtr 2.wav"])
    assert np.array_equal(song.stems["gtr-2"].samples.T, samples["Gtr 10.wav"])
    with pytest.raises(UsageError, match="'Lead Vox' for 'a' cannot name a stem"):
        StemsFolder(tmp_path, stems=(("a", "Lead Vox"),))


def test_mono_stems_go_to_both_channels_and_shorter_ones_end_in_silence(tmp_path):
    mono = save(tmp_path / "s" / "bass.wav", 1, channels=1, seconds=0.2)
    stereo = save(tmp_path / "s" / "keys.wav", 2, seconds=0.3)
    song = load_one(StemsFolder(tmp_path))
    length = len(mono)
    for channel in song.stems["bass"].samples:
        assert np.array_equal(channel[:length], mono[:, 0])
        assert not channel[length:].any()
    assert np.array_equal(song.stems["keys"].samples.T, stereo)


def test_impossible_songs_are_rejected_as_a_whole(tmp_path):
    for seed, name in enumerate(("good", "rates", "two", "only", "clash", "short", "wide", "low")):
        save(tmp_path / name / "bass.wav", 100 + seed)
    save(tmp_path / "good" / "keys.wav", 2)
    shutil.copytree(tmp_path / "good", tmp_path / "later")
    save(tmp_path / "rates" / "keys.wav", 3, rate=48_000)
    save(tmp_path / "two" / "mix.wav", 4)
    save(tmp_path / "two" / "Mixture.wav", 5)
    (tmp_path / "only" / "bass.wav").rename(tmp_path / "only" / "mix.wav")
    save(tmp_path / "clash" / "x1.wav", 6)
    save(tmp_path / "short" / "keys.wav", 7)
    cut(tmp_path / "short" / "keys.wav")
    save(tmp_path / "wide" / "keys.wav", 8, channels=6)
    save(tmp_path / "low" / "keys.wav", 9, rate=8000)
    save(tmp_path / "loose.wav", 10)
    save(tmp_path / "data" / "keys.wav", 11)
    (tmp_path / "data" / "data.json").write_text("{")
    save(tmp_path / "clash" / "a.wav", 12)
    save(tmp_path / "clash" / "b.wav", 13)
    source = StemsFolder(
        tmp_path, stems=(("a.wav", "keys"), ("b.wav", "keys"), ("x1.wav", "keys-1"))
    )
    wanted = {
        "loose.wav": "lies in no song's folder",
        "rates": r"differ in rate \(bass\.wav 44100 Hz, keys\.wav 48000 Hz\)",
        "two": r"several released mixes, Mixture\.wav and mix\.wav",
        "only": "no stems, only a mix",
        "clash": "would both be called keys-1",
        "short/keys.wav": "cut short: .* all of short is left out",
        "wide/keys.wav": r"5\.1, 6 channels",
        "low/keys.wav": "8000 Hz",
        "data": "its data.json is no JSON",
        "later": "same bytes as good, which is kept",
    }
    told = rejected(source)
    assert told.keys() == wanted.keys()
    for item, pattern in wanted.items():
        assert re.search(pattern, told[item]), told[item]
    assert list(named(source)) == ["good"]


def test_multitrack_that_changes_or_is_silent_is_rejected_when_loaded(tmp_path):
    save(tmp_path / "a" / "bass.wav", 1)
    save(tmp_path / "b" / "bass.wav", samples=np.zeros((100, 2), np.float32))
    source = StemsFolder(tmp_path)
    songs = named(source)
    with pytest.raises(Rejected, match=r"^b: silent"):
        source.load(songs["b"])
    save(tmp_path / "a" / "keys.wav", 2)
    with pytest.raises(Changed, match=r"^a: has changed"):
        source.load(songs["a"])
    shutil.rmtree(tmp_path / "a")
    with pytest.raises(Changed, match=r"^a: has gone"):
        source.load(songs["a"])


def test_a_song_called_as_a_stem_is_a_song(tmp_path):
    save(tmp_path / "bass" / "kick.wav", 1)
    save(tmp_path / "train" / "drums" / "kick.wav", 2)
    save(tmp_path / "Band" / "guitar" / "one.wav", 3)
    save(tmp_path / "Band" / "Ballad" / "one.wav", 4)
    songs = named(StemsFolder(tmp_path))
    assert list(songs) == ["band-ballad", "band-guitar", "bass", "drums"]
    assert {song.artist for song in songs.values()} == {"band", "bass", "drums"}


# MUSDB18.


def test_musdb_and_stems_folder_give_equal_songs(tmp_path, monkeypatch):
    root = musdb_like(tmp_path)
    ours = Musdb(root, license="LicenseRef-x", attribution="us")
    other = StemsFolder(root, license="LicenseRef-x", attribution="us", valid=MUSDB18_VALIDATION)
    # Wav files need neither the package nor ffmpeg.
    monkeypatch.setitem(__import__("sys").modules, "musdb", None)
    monkeypatch.setattr(shutil, "which", lambda program: None)
    songs = named(ours)
    assert songs == named(other)
    assert songs["actions-one-minute-smile"].split == "valid"
    for listing in songs.values():
        one, two = ours.load(listing), other.load(listing)
        assert list(one.stems) == list(two.stems) == ["bass", "drums", "other", "vocals"]
        assert one.mix.sha256 == two.mix.sha256
        for stem, audio in one.stems.items():
            assert audio.sha256 == two.stems[stem].sha256


@needs_ffmpeg
def test_musdb_gives_the_songs_of_the_musdb_package(tmp_path):
    import musdb

    ours = Musdb(musdb_like(tmp_path))
    theirs = {track.name: track for track in musdb.DB(root=str(tmp_path), is_wav=True)}
    for listing in named(ours).values():
        song = ours.load(listing)
        track = theirs[listing.origin.name.rpartition("/")[2]]
        assert np.array_equal(song.mix.samples.T, track.audio)
        for stem, audio in song.stems.items():
            assert np.array_equal(audio.samples.T, track.sources[stem].audio)
    valid = musdb.DB(root=str(tmp_path), is_wav=True, subsets="train", split="valid")
    assert [track.name for track in valid] == [VALID_NAME]


@needs_ffmpeg
def test_what_is_known_of_musdb18_is_what_the_musdb_package_says(tmp_path):
    import musdb

    setup = musdb.DB(root=str(tmp_path), subsets=[]).setup
    assert sorted(setup["validation_tracks"]) == list(MUSDB18_VALIDATION)
    assert (setup["sources"], setup["mixture"]) == (WAV["sources"], WAV["mixture"])


def stem_file(path, folder):
    """A song's five files in one, as MUSDB18 has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{stem}.wav" for stem in ("mixture", "drums", "bass", "other", "vocals")]
    inputs = [word for file in files for word in ("-i", file)]
    maps = [word for number in range(5) for word in ("-map", f"{number}:a")]
    options = ["-c:a", "aac", "-b:a", "256k", "-movflags", "+faststart"]
    command = ["ffmpeg", "-v", "error", "-y", *inputs, *maps, *options, path]
    subprocess.run(command, check=True)


@needs_ffmpeg
def test_musdb_reads_stem_files(tmp_path):
    wavs = musdb_like(tmp_path / "wavs", seconds=1.0)
    root = tmp_path / "stems"
    names = ("train/A - one", f"train/{VALID_NAME}", "test/C - three")
    for name in names:
        stem_file(root / f"{name}.stem.mp4", wavs / name)
    cut(root / f"{names[0]}.stem.mp4", 0.7)
    (root / "test" / "bad.stem.mp4").write_bytes(b"no film at all")
    shutil.copy(wavs / names[0] / "bass.wav", root / "test" / "one stream.stem.mp4")
    source = Musdb(root, wav=False, license="MIT")
    told = rejected(source)
    assert "ffprobe cannot read it" in told["test/bad.stem.mp4"]
    assert "1 audio streams, wanted 5" in told["test/one stream.stem.mp4"]
    songs, whole = named(source), named(Musdb(wavs, license="MIT"))
    for id, listing in songs.items():
        assert (listing.artist, listing.split) == (whole[id].artist, whole[id].split)
        assert (listing.rate, listing.length) == (RATE, RATE)
    with pytest.raises(Rejected, match="cut short: stream 0 holds"):
        source.load(songs["a-one"])
    song = source.load(songs["c-three"])
    wanted = Musdb(wavs).load(whole["c-three"])
    assert list(song.stems) == list(wanted.stems)
    assert song.mix.samples.shape == wanted.mix.samples.shape
    for stem in song.stems:
        alike = np.corrcoef(song.stems[stem].samples[0], wanted.stems[stem].samples[0])[0, 1]
        assert alike > 0.6, stem


def test_musdb_names_what_is_missing(tmp_path, monkeypatch):
    root = musdb_like(tmp_path)
    (root / "train/A - one/mixture.wav").unlink()
    cut(root / "test/C - three/vocals.wav")
    told = rejected(Musdb(root))
    assert "no mixture.wav" in told["train/A - one"]
    assert "cut short" in told["test/C - three/vocals.wav"]
    assert len(named(Musdb(root))) == 2
    with pytest.raises(DataError, match="no song in"):
        Musdb(root / "train").catalogue()
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(UsageError, match="or get MUSDB18-HQ and read it with layout=musdb-wav"):
        Musdb(root, wav=False).catalogue()
    monkeypatch.setattr(shutil, "which", lambda program: program)
    monkeypatch.setitem(__import__("sys").modules, "musdb", None)
    with pytest.raises(MissingPart, match=r"pip install 'automix-bench\[musdb\]'"):
        Musdb(root, wav=False).catalogue()


# Sources of sources.


def test_mixes_are_songs_without_stems(tmp_path):
    inner = StemsFolder(musdb_like(tmp_path), license="MIT")
    both = Together((inner, Mixes(inner)))
    songs = named(both)
    assert len(songs) == 8
    mix, whole = both.load(songs["a-one-mix"]), both.load(songs["a-one"])
    assert mix.stems == {}
    assert len(whole.stems) == 4
    assert mix.mix.sha256 == whole.mix.sha256
    assert (mix.artist, mix.license, mix.origin) == (whole.artist, whole.license, whole.origin)
    assert songs["a-one-mix"].split == "train"


def test_together_refuses_one_id_twice_and_names_both(tmp_path):
    save(tmp_path / "one" / "a.wav", 1)
    save(tmp_path / "two" / "a.flac", 2)
    source = Together((Folder(tmp_path / "one"), Folder(tmp_path / "two")))
    pattern = r"two songs are called a: a\.wav of source 1 and a\.flac of source 2"
    with pytest.raises(UsageError, match=pattern):
        source.catalogue()
    with pytest.raises(UsageError, match="no source given"):
        Together(())
    (listing,) = Folder(tmp_path / "two").catalogue().listings
    alone = Together((Folder(tmp_path / "two"),))
    with pytest.raises(UsageError, match="no source lists b"):
        alone.load(replace(listing, id="b"))


def test_together_passes_on_what_its_sources_reject(tmp_path):
    save(tmp_path / "one" / "a.wav", 1)
    (tmp_path / "one" / "empty.wav").write_bytes(b"")
    save(tmp_path / "two" / "b.wav", 1)
    source = Together((Folder(tmp_path / "one"), Folder(tmp_path / "two")))
    assert list(named(source)) == ["a", "b"]
    assert list(rejected(source)) == ["empty.wav"]


def test_folders_written_by_automix_bench_are_not_songs(tmp_path):
    save(tmp_path / "a.wav", 1)
    for folder, mark in (("data", "plan.json"), ("run", "run.json"), ("page", ".automix_bench")):
        save(tmp_path / "out" / folder / "b.wav", 2)
        (tmp_path / "out" / folder / mark).write_text("{}")
    assert list(named(Folder(tmp_path))) == ["a"]


def test_links_to_themselves_and_pipes_are_left_out_by_name(tmp_path):
    save(tmp_path / "a.wav", 1)
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    source = Folder(tmp_path)
    assert list(named(source)) == ["a"]
    found = rejected(source)
    assert "pipe" in found["pipe.wav"]
    assert "cannot be read" in found["loop.wav"]


def test_samples_beyond_all_music_are_refused(tmp_path):
    save(tmp_path / "a.wav", samples=np.full((100, 2), 1e18, np.float32), subtype="FLOAT")
    source = Folder(tmp_path)
    (listing,) = source.catalogue().listings
    with pytest.raises(Rejected, match=r"a.wav: peaks at \+360 dB"):
        source.load(listing)


def test_a_stem_called_residual_is_refused(tmp_path):
    for stem in ("bass", "residual"):
        save(tmp_path / "song" / f"{stem}.wav", 1)
    reason = rejected(StemsFolder(tmp_path))["song"]
    assert "as what a separator leaves over; give it another name in stems" in reason
    assert list(named(StemsFolder(tmp_path, stems=(("residual*", "rest"),)))) == ["song"]


def test_few_are_spread_over_all(tmp_path):
    for number in range(10):
        save(tmp_path / f"{number}.wav", number)
    (tmp_path / "broken.wav").write_text("no audio")
    whole = Folder(tmp_path)
    few = Few(whole, 4)
    assert list(named(few)) == ["0", "2", "5", "7"]
    assert rejected(few) == rejected(whole)
    (first, *_) = few.catalogue().listings
    assert np.array_equal(few.load(first).mix.samples, whole.load(first).mix.samples)
    assert list(named(Few(whole, 99))) == list(named(whole))
    with pytest.raises(UsageError, match="few: wanted 1 song or more, got 0"):
        Few(whole, 0)


# Mixes: released, or the sum of the stems.


def test_a_song_of_stems_was_mixed_by_somebody_if_there_is_a_mix_among_its_files(tmp_path):
    samples = save(tmp_path / "with" / "bass.wav", 1)
    save(tmp_path / "with" / "mix.wav", samples=0.5 * samples)
    save(tmp_path / "without" / "bass.wav", 2)
    source = StemsFolder(tmp_path)
    kinds = {id: source.load(listing).mix_kind for id, listing in named(source).items()}
    assert kinds == {"with": "released", "without": "sum"}
    assert {id: listing.mix_kind for id, listing in named(source).items()} == kinds


@pytest.mark.parametrize("gone", ["bass", "drums", "other", "vocals", "mixture"])
def test_musdb_without_one_of_its_files_is_an_incomplete_download(tmp_path, monkeypatch, gone):
    stems = ("bass", "drums", "other", "vocals")
    setup = {
        "sources": {stem: f"{stem}.wav" for stem in stems},
        "mixture": "mixture.wav",
        "validation_tracks": [],
    }
    monkeypatch.setattr("automix_bench.sources.musdb._setup", lambda root: setup)
    for song in ("A - whole", "B - part"):
        for number, name in enumerate((*stems, "mixture")):
            save(tmp_path / "train" / song / f"{name}.wav", number + 10 * (song[0] == "B"))
    (tmp_path / "train" / "B - part" / f"{gone}.wav").unlink()
    source = Musdb(tmp_path)
    assert list(named(source)) == ["a-whole"]
    assert named(source)["a-whole"].mix_kind == "released"
    assert rejected(source) == {"train/B - part": f"no {gone}.wav; get a whole copy of the song"}


def test_files_of_one_length_leave_no_note_and_others_do(tmp_path):
    for number, name in enumerate(("bass", "drums", "vocals")):
        save(tmp_path / "even" / f"{name}.wav", number)
        save(tmp_path / "odd" / f"{name}.wav", number, seconds=0.5 - 0.1 * number)
    source = StemsFolder(tmp_path)
    even, odd = (source.load(named(source)[id]) for id in ("even", "odd"))
    assert even.measured == {}
    assert odd.measured["notes"] == [
        "its files differ in length: 2 of 3 end before the longest does, vocals by 0.200 s, and "
        "are filled up with silence"
    ]

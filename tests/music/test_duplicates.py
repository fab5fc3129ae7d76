"""Copies of a recording are found, other recordings are not, and no split separates copies."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench import errors
from automix_bench.audio import Audio
from automix_bench.files.decode import decode
from automix_bench.music.duplicates import duplicates, matches, united
from automix_bench.music.fingerprint import DIFFERENT, HOP_SECONDS, fingerprint, likeness
from automix_bench.separation.example_clip import example_clip
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing
from automix_bench.sources.composed import Composed
from automix_bench.sources.folder import Folder
from automix_bench.sources.only_licensed import OnlyLicensed
from automix_bench.sources.without_duplicates import WithoutDuplicates
from tests.support.tone_source import Tones

RATE = 44_100


@pytest.fixture(scope="module")
def clip():
    return decode(example_clip())


@dataclass(frozen=True)
class Recordings:
    """Songs by id: artist, split, audio. Counts how often they are loaded."""

    songs: dict
    loaded: list

    def catalogue(self):
        return Catalogue(tuple(self._listing(id) for id in self.songs))

    def load(self, listing):
        self.loaded.append(listing.id)
        assert listing == self._listing(listing.id), "asked for with another listing"
        audio = self.songs[listing.id][2]
        if isinstance(audio, Exception):
            raise audio
        return Song(listing.id, listing.artist, {}, audio, listing.license, listing.origin)

    def _listing(self, id):
        artist, split, audio = self.songs[id]
        length = audio.length if isinstance(audio, Audio) else RATE
        return Listing(id, artist, "CC0-1.0", Origin(f"{id}.wav", id * 4), RATE, length, split)


@cache
def music(seed, seconds=8.0):
    """Chords of random notes with a beat of its own, different for each seed."""
    rng, time = np.random.default_rng(seed), np.arange(round(seconds * RATE)) / RATE
    wave = np.zeros(time.size)
    for start in np.arange(0.0, seconds, 0.25):
        after = time - start
        sound = np.where(after >= 0.0, np.exp(-6.0 * np.maximum(after, 0.0)), 0.0)
        for hz in rng.uniform(200.0, 3_000.0, 4):
            wave += 0.05 * sound * np.sin(2 * np.pi * hz * after)
    return Audio(np.stack([wave, wave]).astype(np.float32), RATE)


VERSIONS = {
    "mp3": ("mp3", {"compression_level": 0.6}),
    "ogg": ("ogg", {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.7}),
    "opus": ("opus", {"format": "OGG", "subtype": "OPUS"}),
    "wav": ("wav", {"subtype": "PCM_16"}),
}


@pytest.mark.parametrize("version", [*VERSIONS, "22 kHz", "3 s later", "6 dB lower", "mono", "all"])
def test_a_recording_is_known_again(clip, tmp_path, version):
    import soxr

    samples, rate, later = clip.samples.T, clip.rate, 0.0
    if version in ("3 s later", "all"):
        samples, later = samples[3 * rate :], 3.0
    if version in ("6 dB lower", "all"):
        samples = 0.5 * samples
    if version == "mono":
        samples = samples.mean(axis=1, keepdims=True)
    if version in ("22 kHz", "all", "opus"):
        new = 48_000 if version == "opus" else 22_050
        samples, rate = soxr.resample(samples, rate, new), new
    suffix, options = VERSIONS[
        "mp3" if version == "all" else version if version in VERSIONS else "wav"
    ]
    path = tmp_path / f"other.{suffix}"
    soundfile.write(path, samples, rate, **options)
    (found,) = matches({"clip": fingerprint(clip), "other": fingerprint(decode(path))})
    assert (found.one, found.other) == ("clip", "other")
    # mp3 and opus may add some milliseconds at the start.
    assert found.later_seconds == pytest.approx(later, abs=0.06)
    assert found.likeness.share == 1.0
    assert found.likeness.differing < 0.15


def test_noise_at_20_db_and_at_0_db(clip):
    rng = np.random.default_rng(1)
    rms = float(np.sqrt(np.mean(np.square(clip.samples))))
    noise = rms * rng.standard_normal(clip.samples.shape)
    rates = {}
    for snr_db in (20.0, 0.0):
        heard = clip.with_samples(clip.samples + 10.0 ** (-snr_db / 20.0) * noise)
        rates[snr_db] = likeness(fingerprint(clip), fingerprint(heard), 0).differing
        assert len(matches({"a": fingerprint(clip), "b": fingerprint(heard)})) == 1
    assert rates[20.0] < rates[0.0] < DIFFERENT


def test_other_songs_of_one_band_genre_and_tempo_are_others():
    source = Composed(count=4, seconds=12.0, genres=("funk",))
    prints = {each.id: fingerprint(source.load(each).mix) for each in source.catalogue().listings}
    assert matches(prints) == ()
    for one, other in combinations(prints.values(), 2):
        alike = [likeness(one, other, s) for s in range(-500, 500, 2)]
        assert min(each.differing for each in alike) > DIFFERENT


def test_a_part_of_a_song_is_that_song_and_a_quote_is_not():
    long, other = music(1, 24.0), music(2, 16.0)
    part = long.excerpt(10 * RATE, 5 * RATE)
    quoting = other.with_samples(
        np.concatenate([other.samples, long.samples[:, : 4 * RATE]], axis=1)
    )
    prints = {n: fingerprint(a) for n, a in (("long", long), ("part", part), ("quote", quoting))}
    (found,) = matches(prints)
    assert (found.one, found.other) == ("long", "part")
    assert found.later_seconds == pytest.approx(10.0, abs=HOP_SECONDS)


def test_silence_is_like_nothing():
    music_then_rest = music(1).samples.copy()
    music_then_rest[:, RATE:] = 0.0
    other = music(2).samples.copy()
    other[:, RATE:] = 0.0
    prints = [fingerprint(Audio(samples, RATE)) for samples in (music_then_rest, other)]
    assert prints[0].audible.mean() < 0.25
    assert matches(dict(zip("ab", prints, strict=True))) == ()
    assert likeness(*prints, 0).share == 0.0
    silent = fingerprint(Audio(np.zeros((2, 8 * RATE), np.float32), RATE))
    assert not silent.audible.any()
    assert matches({"a": silent, "b": silent}) == ()
    assert len(fingerprint(Audio(np.zeros((1, 100), np.float32), RATE)).words) == 0


def test_channels_that_cancel_still_have_a_fingerprint():
    wave = music(3).samples[0]
    sides = Audio(np.stack([wave, -wave]), RATE)
    assert len(matches({"a": fingerprint(music(3)), "b": fingerprint(sides)})) == 1


def test_every_pair_of_thirty_copies_matches():
    whole = music(4, 10.0)
    prints = {f"copy-{n:02d}": fingerprint(whole.excerpt(n * 1_000, 9 * RATE)) for n in range(30)}
    assert len(matches(prints)) == 30 * 29 // 2


def test_united_follows_chains():
    assert united(["a", "b", "c", "d", "e"], [("d", "b"), ("b", "c")]) == {
        "a": "a",
        "b": "b",
        "c": "b",
        "d": "b",
        "e": "e",
    }


def recordings(splits=(None, None, None, None)):
    """Two songs of two artists; a third artist has the first song again, shifted and softer."""
    first = music(1)
    again = first.excerpt(RATE, 6 * RATE).scaled(0.5)
    songs = {
        "first": ("ann", splits[0], first),
        "other": ("bob", splits[1], music(2)),
        "again": ("cem", splits[2], again),
        "third": ("cem", splits[3], music(3)),
    }
    return Recordings(songs, [])


def test_a_second_copy_is_left_out_with_its_reason(tmp_path):
    source = WithoutDuplicates(recordings(), cache=tmp_path)
    found = source.catalogue()
    assert [each.id for each in found.listings] == ["first", "other", "third"]
    assert [str(each) for each in found.rejected] == [
        "again.wav: the same recording as first.wav, which is kept"
    ]
    assert source.load(found.listings[0]).id == "first"


def test_united_artists_are_on_one_side_whatever_the_shares(recipe, tmp_path):
    source = WithoutDuplicates(recordings(), unite=True, cache=tmp_path)
    found = source.catalogue()
    assert {each.id: each.artist for each in found.listings} == {
        "first": "ann",
        "other": "bob",
        "again": "ann",
        "third": "ann",
    }
    assert source.load(found.listings[2]).artist == "ann"
    for shares in ((0.5, 0.3, 0.2), (0.1, 0.1, 0.8), (0.3, 0.4, 0.3)):
        split = {each.id: recipe(splits=shares).split(each.artist) for each in found.listings}
        assert split["first"] == split["again"] == split["third"]


def test_copies_in_two_splits_of_the_source_are_not_both_kept(tmp_path):
    inner = recordings(("train", "train", "test", "test"))
    found = WithoutDuplicates(inner, unite=True, cache=tmp_path).catalogue()
    assert [each.id for each in found.listings] == ["first", "other", "third"]
    assert "which the source puts into train, and this into test" in found.rejected[0].reason


def test_a_song_that_holds_two_others_takes_none_of_them_along(tmp_path):
    one, two = music(1), music(2)
    both = one.with_samples(np.concatenate([one.samples, two.samples], axis=1))
    songs = {n: (n, None, a) for n, a in (("one", one), ("two", two), ("both", both))}
    found = WithoutDuplicates(Recordings(songs, []), cache=tmp_path).catalogue()
    assert [each.id for each in found.listings] == ["one", "two"]


def test_fingerprints_are_kept_and_damage_is_found(tmp_path):
    source = recordings()
    listings = source.catalogue().listings
    first = duplicates(source, listings, cache=tmp_path, workers=3)
    assert sorted(source.loaded) == sorted(source.songs)
    assert duplicates(source, listings, cache=tmp_path) == first
    assert len(source.loaded) == 4
    kept = sorted(tmp_path.iterdir())[0]
    kept.write_bytes(kept.read_bytes()[:-1] + b"\x07")
    assert duplicates(source, listings, cache=tmp_path) == first
    assert len(source.loaded) == 5
    changed = [replace(each, origin=replace(each.origin, sha256="new")) for each in listings]
    with pytest.raises(AssertionError, match="another listing"):
        duplicates(source, changed, cache=tmp_path)


def test_songs_that_cannot_be_loaded_are_left_to_make(tmp_path):
    broken = recordings()
    broken.songs["other"] = ("bob", None, errors.Rejected("other.wav", "cut short"))
    found = WithoutDuplicates(broken, cache=tmp_path).catalogue()
    assert "other" in {each.id for each in found.listings}


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.UsageError, match="cannot write the cache of fingerprints"):
        duplicates(recordings(), recordings().catalogue().listings, cache=tmp_path / "file" / "in")


def test_two_folders_with_one_song_in_two_formats(clip, tmp_path):
    for name in ("a/song.flac", "b/the song.ogg"):
        (tmp_path / "songs" / name).parent.mkdir(parents=True)
        soundfile.write(tmp_path / "songs" / name, clip.samples.T, clip.rate)
    source = Folder(Path(tmp_path / "songs"))
    assert {each.artist for each in source.catalogue().listings} == {"a", "b"}
    found = WithoutDuplicates(source, unite=True, cache=tmp_path / "kept").catalogue()
    assert {each.artist for each in found.listings} == {"a"}


ALLOWED = [
    ("MIT", ("MIT",), True),
    ("MIT OR Apache-2.0", ("MIT",), True),
    ("MIT AND Apache-2.0", ("MIT",), False),
    ("MIT AND Apache-2.0", ("Apache-2.0", "MIT"), True),
    ("MIT AND Apache-2.0", ("Apache-2.0 AND MIT",), True),
    ("((MIT AND Zlib) OR ISC) AND CC0-1.0", ("ISC", "CC0-1.0"), True),
    ("((MIT AND Zlib) OR ISC) AND CC0-1.0", ("ISC",), False),
    ("(MIT AND Zlib) OR ISC", ("MIT",), False),
    ("(MIT AND Zlib) OR ISC", ("MIT", "Zlib"), True),
    ("GPL-2.0-only WITH Classpath-exception-2.0", ("GPL-2.0-only",), False),
    ("CC-BY-3.0", ("CC-BY-4.0",), False),
    ("LicenseRef-unknown", ("CC0-1.0",), False),
]


@pytest.mark.parametrize(("license", "allowed", "kept"), ALLOWED)
def test_a_licence_is_allowed_or_named(license, allowed, kept):
    class Licensed(Tones):
        def _listing(self, number):
            listing = super()._listing(number)
            return replace(listing, license=license) if number == 1 else listing

    found = OnlyLicensed(Licensed(), (*allowed, "CC0-1.0") if kept else allowed).catalogue()
    assert ("tones-1" in {each.id for each in found.listings}) == kept
    if not kept:
        reasons = {each.item: each.reason for each in found.rejected}
        assert reasons["tones/1"].startswith(f"its licence is {license}, allowed are {allowed[0]}")


def test_allowing_nothing_or_nonsense_is_refused():
    for allowed in ((), ("",), ("AND MIT",)):
        with pytest.raises(errors.UsageError):
            OnlyLicensed(Tones(), allowed)

"""Tracker modules as songs: single instruments, and their sum."""

import ctypes
import ctypes.util
import pickle
import struct
from dataclasses import replace

import numpy as np
import pytest

from automix_bench.audio import decibels
from automix_bench.errors import Changed, DataError, MissingPart, Rejected, UsageError
from automix_bench.mixing_rules.track_roles import role_of, stem_names
from automix_bench.music.tracker import libopenmpt
from automix_bench.sources.modules import TAIL_SECONDS, Modules

RATE = 44_100
MOD_RATE = 7_093_789.2 / (2 * 428)  # of a sample at the period of C-2 on a PAL Amiga
ROW_SECONDS = 6 * 2.5 / 125


def installed():
    try:
        libopenmpt.library()
    except MissingPart:
        return False
    return True


needs_openmpt = pytest.mark.skipif(not installed(), reason="libopenmpt is not installed")


def wave(period, length=1024):
    """A sine with that many samples a cycle, in 8 bits."""
    return np.rint(100 * np.sin(2 * np.pi * np.arange(length) / period)).astype(np.int8).tobytes()


def mod(names, notes, volumes=(), title="a title"):
    """A ProTracker module of 64 rows and four channels. Instrument `n` loops a sine of `4 * n`
    samples a cycle.

    Args:
        notes: (row, channel, instrument, period); no new note if the period is 0.
    """
    heads = b""
    for number in range(31):
        name, used = (names[number], 512) if number < len(names) else ("", 0)
        volume = volumes[number] if number < len(volumes) else 64
        heads += struct.pack(">22sHBBHH", name.encode(), used, 0, volume, 0, used or 1)
    cells = bytearray(64 * 4 * 4)
    for row, channel, instrument, period in notes:
        cell = (instrument & 0xF0) << 24 | period << 16 | (instrument & 0xF) << 12
        struct.pack_into(">I", cells, (row * 4 + channel) * 4, cell)
    samples = b"".join(wave(4 * (number + 1)) for number in range(len(names)))
    head = title.encode().ljust(20, b"\0") + heads + bytes((1, 127)) + bytes(128) + b"M.K."
    return head + bytes(cells) + samples


def it(names, random_pan=0):
    """An Impulse Tracker module with instruments: each plays a note of its own, in turn."""
    count = len(names)
    rows = b""
    for row in range(32):
        channel = row % count
        rows += bytes((channel + 1 | 128, 3, 60, channel + 1)) if row < 16 else b""
        rows += b"\0"
    pattern = struct.pack("<HH4x", len(rows), 32) + rows
    start = 192 + 1 + 4 * (2 * count + 1)
    headers = [start + 554 * n for n in range(count)]
    sample_heads = [start + 554 * count + 80 * n for n in range(count)]
    pattern_at = start + (554 + 80) * count
    data_at = pattern_at + len(pattern)
    told = (1, count, count, 1, 0x0214, 0x0214, 13, 0, 128, 48, 6, 125, 128, 0, 0, 0, 0)
    head = struct.pack("<4s26s2x8H6BHII", b"IMPM", b"an it", *told)
    head += bytes([32] * 64) + bytes([64] * 64) + b"\0"
    head += struct.pack(f"<{2 * count + 1}I", *headers, *sample_heads, pattern_at)
    for number, name in enumerate(names, 1):
        keys = bytes(v for note in range(120) for v in (note, number))
        told = (0, 0, 0, 0, 256, 0, 60, 128, 160, 0, random_pan, 0x214, 1, name.encode())
        head += struct.pack("<4s12x4BHb5BHBx26s6x", b"IMPI", *told) + keys + bytes(250)
    for number in range(count):
        place = data_at + 1024 * number
        head += struct.pack("<4s12xxBBB26sBB", b"IMPS", 64, 17, 64, b"", 1, 0)
        head += struct.pack("<7I4x", 1024, 0, 1024, 8363, 0, 0, place)
    return head + pattern + b"".join(wave(8 * (n + 1)) for n in range(count))


NOTES = ((0, 0, 1, 428), (16, 1, 2, 428), (32, 0, 3, 428), (40, 2, 4, 428))


def save(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return content


def one(source):
    (listing,) = source.catalogue().listings
    return source.load(listing)


def sum_error_db(song):
    error = sum(stem.samples.astype(np.float64) for stem in song.stems.values()) - song.mix.samples
    return decibels(np.linalg.norm(error) / np.linalg.norm(song.mix.samples))


def hz_of(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * RATE / len(samples)


@needs_openmpt
def test_samples_of_a_mod_are_stems_at_their_places(tmp_path):
    names = ("Fat Bass", "greetings to all", "snr", "silent one", "never called")
    save(tmp_path / "A Band" / "song.mod", mod(names, NOTES, volumes=(64, 64, 64, 0)))
    song = one(Modules(tmp_path, license="CC0-1.0", attribution="the archive"))
    assert list(song.stems) == ["bass-1", "instrument-2", "snare-3"]
    assert sum_error_db(song) <= -100.0
    assert (song.id, song.artist, song.license) == ("a-band-song", "a-band", "CC0-1.0")
    assert song.origin.attribution == "a title; the archive"
    settings = song.origin.settings
    assert settings["instruments"]["instrument-2"] == "greetings to all"
    assert "instrument-5" not in settings["instruments"]
    assert settings["sum_error_db"] <= -100.0
    assert settings["player"].startswith("libopenmpt 0.")
    # Channels 1 and 4 are towards the left, 2 and 3 towards the right, as on an Amiga.
    places = {"bass-1": (0, 0, 32, 4), "instrument-2": (1, 16, 64, 8), "snare-3": (0, 32, 64, 12)}
    for name, (side, first, last, period) in places.items():
        samples = song.stems[name].samples
        assert np.linalg.norm(samples[side]) > 1.4 * np.linalg.norm(samples[1 - side])
        start, end = (round(row * ROW_SECONDS * RATE) for row in (first, last))
        inside = samples[side, start + 500 : end - 500]
        assert hz_of(inside) == pytest.approx(MOD_RATE / period, rel=1e-2)
        outside = (samples[:, : max(start - 500, 0)], samples[:, end + 500 :])
        assert max(np.abs(part).max(initial=0.0) for part in outside) < 1e-3 * np.abs(inside).max()


@needs_openmpt
def test_length_is_that_of_the_song_and_a_second(tmp_path):
    save(tmp_path / "a.mod", mod(("a",), NOTES[:1]))
    (listing,) = Modules(tmp_path).catalogue().listings
    assert listing.length == pytest.approx((64 * ROW_SECONDS + TAIL_SECONDS) * RATE, abs=2)
    song = Modules(tmp_path).load(listing)
    assert (song.mix.length, song.mix.rate, song.mix.channels) == (listing.length, RATE, 2)
    assert (listing.mix_kind, song.mix_kind) == ("released", "released")
    assert not song.mix.samples[:, -round(0.9 * RATE) :].any()
    cut = Modules(tmp_path, at_most_seconds=2.0, rate=48_000)
    song = one(cut)
    assert (song.mix.length, song.mix.rate) == (96_000, 48_000)
    assert song.mix.samples[:, -100:].any()


@needs_openmpt
def test_song_that_plays_on_after_its_length_is_rejected(tmp_path):
    save(tmp_path / "a.mod", mod(("a",), NOTES[:1]))
    source = Modules(tmp_path)
    (listing,) = source.catalogue().listings
    with pytest.raises(Rejected, match=r"plays on after 4\.5 s"):
        source.load(replace(listing, length=round(4.5 * RATE)))


@needs_openmpt
def test_instruments_of_an_it_are_stems(tmp_path):
    save(tmp_path / "a.it", it(("Piano", "", "Hi-hat")))
    song = one(Modules(tmp_path))
    assert list(song.stems) == ["keys-1", "instrument-2", "hihat-3"]
    assert sum_error_db(song) <= -100.0
    assert song.artist == song.id == "a"
    assert song.origin.attribution == "an it"


@needs_openmpt
def test_same_samples_each_time_and_through_a_pickle(tmp_path):
    save(tmp_path / "a.it", it(("a", "b")))
    source = Modules(tmp_path)
    catalogue = source.catalogue()
    assert catalogue == source.catalogue()
    first = one(source)
    again = pickle.loads(pickle.dumps(source)).load(catalogue.listings[0])
    assert again.mix.sha256 == first.mix.sha256
    assert {n: s.sha256 for n, s in again.stems.items()} == {
        name: stem.sha256 for name, stem in first.stems.items()
    }


@needs_openmpt
def test_random_panning_is_found_and_refused(tmp_path):
    save(tmp_path / "a.it", it(("a", "b", "c"), random_pan=64))
    with pytest.raises(Rejected, match=r"^a\.it: .* by -?\d+ dB, wanted -100 dB .* by chance"):
        one(Modules(tmp_path))


@needs_openmpt
def test_instrument_that_takes_over_a_note_is_found_and_refused(tmp_path):
    notes = ((0, 0, 1, 428), (16, 0, 2, 0), (32, 1, 2, 428))
    save(tmp_path / "a.mod", mod(("a", "b"), notes))
    with pytest.raises(Rejected, match=r"by -?\d+ dB, wanted -100 dB .* takes over"):
        one(Modules(tmp_path))


@needs_openmpt
def test_what_is_no_module_is_rejected_when_listed(tmp_path):
    good = save(tmp_path / "b" / "good.mod", mod(("a",), NOTES[:1]))
    save(tmp_path / "b" / "good again.mod", good)
    save(tmp_path / "empty.xm", b"")
    save(tmp_path / "text.s3m", b"no music\n" * 100)
    save(tmp_path / "cut.it", it(("a",))[:150])
    save(tmp_path / "no notes.mod", mod(("a",), ()))
    save(tmp_path / ".hidden" / "c.mod", mod(("b",), NOTES[:1]))
    save(tmp_path / "readme.txt", b"x")
    catalogue = Modules(tmp_path).catalogue()
    assert [listing.origin.name for listing in catalogue.listings] == ["b/good again.mod"]
    told = {one.item: one.reason for one in catalogue.rejected}
    assert told.keys() == {"empty.xm", "text.s3m", "cut.it", "no notes.mod", "b/good.mod"}
    for name in ("empty.xm", "text.s3m", "cut.it"):
        assert "cannot read it: get a whole copy" in told[name]
    assert "has no notes" in told["no notes.mod"]
    assert "same bytes as b/good again.mod" in told["b/good.mod"]


@needs_openmpt
def test_silent_module_is_rejected_when_loaded(tmp_path):
    save(tmp_path / "a.mod", mod(("a",), NOTES[:1], volumes=(0,)))
    with pytest.raises(Rejected, match="silent from beginning to end"):
        one(Modules(tmp_path))


@needs_openmpt
def test_a_change_since_listing_stops_the_run(tmp_path):
    save(tmp_path / "a.mod", mod(("a",), NOTES[:1]))
    source = Modules(tmp_path)
    (listing,) = source.catalogue().listings
    origin = replace(listing.origin, settings={"player": "libopenmpt 0.0.1"})
    with pytest.raises(Changed, match=r"listed with libopenmpt 0\.0\.1, and here is"):
        source.load(replace(listing, origin=origin))
    save(tmp_path / "a.mod", mod(("b",), NOTES[:1]))
    with pytest.raises(Changed, match="has changed since it was listed"):
        source.load(listing)


@needs_openmpt
def test_licences_are_by_pattern(tmp_path):
    save(tmp_path / "x" / "a.mod", mod(("a",), NOTES[:1]))
    save(tmp_path / "b.mod", mod(("b",), NOTES[:1]))
    source = Modules(tmp_path, license="MIT", licenses=(("x/*", "CC-BY-4.0"),))
    found = {listing.id: listing.license for listing in source.catalogue().listings}
    assert found == {"x-a": "CC-BY-4.0", "b": "MIT"}


def test_bad_settings_and_paths_give_one_line(tmp_path):
    with pytest.raises(UsageError, match="no SPDX licence expression"):
        Modules(tmp_path, license="public domain")
    with pytest.raises(DataError, match=r"Modules: no folder at .*gone"):
        Modules(tmp_path / "gone").catalogue()
    with pytest.raises(DataError, match="Modules: no module under"):
        Modules(tmp_path).catalogue()


def test_missing_library_is_named_with_its_package(tmp_path, monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    libopenmpt.library.cache_clear()
    save(tmp_path / "a.mod", mod(("a",), NOTES[:1]))
    with pytest.raises(MissingPart, match=r"libopenmpt, .* `apt-get install libopenmpt0`"):
        Modules(tmp_path).catalogue()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Bass Slap 02", "bass"),
        ("bassdrum03.ogg", "kick"),
        ("Kick 01", "kick"),
        ("Closed HihHat 03", "hihat"),
        ("OH", "hihat"),
        ("bd 2", "kick"),
        ("abdomen", ""),
        ("string-piano:timelord", "keys"),
        ("high-strings:jefflim", "strings"),
        ("brass-choir:maz", "brass"),
        ("drumkit", "drums"),
        ("yuri@example.org", ""),
        ("", ""),
        ("混ぜる", ""),
        ("Tom1", "toms"),
        ("tomorrow", ""),
        ("bass2", "bass"),
    ],
)
def test_roles_are_guessed_from_names(name, role):
    assert role_of(name) == role


def test_stem_names_are_unique_and_keep_the_number():
    assert stem_names({2: "bass", 3: "bass", 9: "?"}, "track") == {
        2: "bass-2",
        3: "bass-3",
        9: "track-9",
    }

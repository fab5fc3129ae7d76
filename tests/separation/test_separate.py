"""The separation cache: what comes back, what lies on disk, and what happens when that breaks."""

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from automix_bench.errors import DiskFull, Rejected, UsageError
from automix_bench.files import atomic, flac
from automix_bench.separation.network import with_residual
from automix_bench.separation.separate import RECORD, default_cache, separated
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.song import Origin, Song


@dataclass(frozen=True)
class Halves:
    """Two stems, `share` of the mix and a delayed copy; counts how often it is asked."""

    share: float = 1 / 3
    calls: list = field(default_factory=list, compare=False)
    license: str = ""

    def __call__(self, song):
        self.calls.append(song.id)
        late = song.mix.with_samples(np.roll(song.mix.samples, 7, axis=1) * 0.3)
        return with_residual(song, {"one": song.mix.scaled(self.share), "two-1": late})

    def fingerprint(self):
        return {"separator": "halves", "share": self.share}


@pytest.fixture
def song(noise):
    return Song("song", "artist", {}, noise(seconds=0.2), "CC0-1.0", Origin("song.wav", "0"))


def same(one, other):
    assert list(one.stems) == list(other.stems)
    for name, stem in one.stems.items():
        np.testing.assert_array_equal(stem.samples, other.stems[name].samples)
    return True


def test_fresh_cached_and_uncached_are_the_same_samples(song, tmp_path):
    separator = Halves()
    fresh = separated(song, separator, tmp_path / "cache")
    cached = separated(song, separator, tmp_path / "cache")
    assert len(separator.calls) == 1
    uncached = separated(song, separator, None)
    assert len(separator.calls) == 2
    assert same(fresh, cached)
    assert same(fresh, uncached)
    assert list(fresh.stems) == ["one", "two-1", "residual"]
    assert replace(fresh, stems={}) == replace(cached, stems={}) == song


def test_stems_are_in_24_bit_steps_and_sum_to_the_untouched_mix(song, tmp_path):
    got = separated(song, Halves(), tmp_path)
    steps = got.stems["one"].samples.astype(np.float64) * 2**23
    np.testing.assert_array_equal(steps, np.rint(steps))
    total = sum(stem.samples.astype(np.float64) for stem in got.stems.values())
    assert np.abs(total - song.mix.samples).max() < 2**-26
    assert got.mix is song.mix


def test_of_a_24_bit_mix_the_sum_is_exact(song, tmp_path):
    from automix_bench.files.quantise import quantised

    song = replace(song, mix=quantised(song.mix))
    got = separated(song, Halves(), tmp_path)
    total = sum(stem.samples.astype(np.float64) for stem in got.stems.values())
    np.testing.assert_array_equal(total, song.mix.samples)


def test_stems_beyond_full_scale_keep_their_level(song, tmp_path):
    loud = replace(song, mix=song.mix.scaled(50.0))
    fresh = separated(loud, Halves(), tmp_path)
    assert same(fresh, separated(loud, Halves(), tmp_path))
    (entry,) = tmp_path.iterdir()
    exponent = json.loads((entry / RECORD).read_text())["exponent"]
    assert exponent >= 2
    np.testing.assert_allclose(
        fresh.stems["one"].samples, loud.mix.samples / 3, rtol=0, atol=2.0 ** (exponent - 23)
    )


def test_what_lies_on_disk(song, tmp_path):
    got = separated(song, Halves(), tmp_path)
    (entry,) = tmp_path.iterdir()
    assert sorted(p.name for p in entry.iterdir()) == ["one.flac", RECORD, "two-1.flac"]
    assert flac.decode((entry / "one.flac").read_bytes()).sha256 == got.stems["one"].sha256
    record = json.loads((entry / RECORD).read_text())
    assert record["mix"] == song.mix.sha256
    assert record["separator"] == {"separator": "halves", "share": 1 / 3}


def test_another_mix_or_separator_is_another_entry_and_another_id_is_not(song, tmp_path):
    separated(song, Halves(), tmp_path)
    separated(replace(song, mix=song.mix.scaled(0.5)), Halves(), tmp_path)
    separated(song, Halves(0.25), tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    renamed = Halves()
    assert separated(replace(song, id="renamed"), renamed, tmp_path).id == "renamed"
    assert renamed.calls == []


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def another_exponent(entry):
    text = (entry / RECORD).read_text()
    (entry / RECORD).write_text(text.replace('"exponent": 0', '"exponent": 1'))


DAMAGE = {
    "flipped": lambda entry: flip(entry / "one.flac"),
    "missing": lambda entry: (entry / "two-1.flac").unlink(),
    "no record": lambda entry: (entry / RECORD).unlink(),
    "cut record": lambda entry: (entry / RECORD).write_text('{"mix": '),
    "empty record": lambda entry: (entry / RECORD).write_text("{}"),
    "listed record": lambda entry: (entry / RECORD).write_text("[1]"),
    "other exponent": another_exponent,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_entry_is_made_again(song, tmp_path, caplog, how):
    fresh = separated(song, Halves(), tmp_path)
    (entry,) = tmp_path.iterdir()
    whole = {path.name: path.read_bytes() for path in entry.iterdir()}
    DAMAGE[how](entry)
    separator = Halves()
    with caplog.at_level(logging.WARNING):
        assert same(fresh, separated(song, separator, tmp_path))
    assert separator.calls == ["song"]
    assert "damaged" in caplog.text
    assert {path.name: path.read_bytes() for path in entry.iterdir()} == whole
    assert list(tmp_path.iterdir()) == [entry]


def test_an_entry_under_another_name_is_not_believed(song, tmp_path):
    separated(song, Halves(), tmp_path)
    (first,) = tmp_path.iterdir()
    other = replace(song, mix=song.mix.scaled(0.5))
    wanted = separated(other, Halves(), tmp_path)
    (second,) = set(tmp_path.iterdir()) - {first}
    for path in second.iterdir():
        path.write_bytes((first / path.name).read_bytes())
    assert same(wanted, separated(other, Halves(), tmp_path))


KILLED = """
import sys, time
import numpy as np
from pathlib import Path
from automix_bench.files import flac
from automix_bench.audio import Audio
from automix_bench.separation.separate import separated
from automix_bench.song import Origin, Song
from tests.separation.test_separate import Halves

encode, done = flac.encode_integers, []
def slow(samples, rate):
    if done:
        print("half", flush=True)
        time.sleep(60)
    done.append(1)
    return encode(samples, rate)
flac.encode_integers = slow
samples = np.load(sys.argv[1])
mix = Audio(samples, 44_100)
song = Song("song", "artist", {}, mix, "CC0-1.0", Origin("song.wav", "0"))
separated(song, Halves(), Path(sys.argv[2]))
"""


def test_a_kill_half_way_leaves_no_entry(song, tmp_path):
    np.save(tmp_path / "mix.npy", song.mix.samples)
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "mix.npy"), str(cache)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    left = sorted(path.name for path in cache.iterdir())
    assert [name.split("-")[0] for name in left] == [".lock", ".unfinished"]
    separator = Halves()
    separated(song, separator, cache)
    assert separator.calls == ["song"]
    separated(song, separator, cache)
    assert separator.calls == ["song"]


def test_a_full_disk_is_named_and_leaves_nothing(song, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(DiskFull, match="no space left"):
        separated(song, Halves(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_a_file_is_named(song, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="AUTOMIX_BENCH_CACHE"):
        separated(song, Halves(), tmp_path / "file")
    with pytest.raises(UsageError, match="AUTOMIX_BENCH_CACHE"):
        separated(song, Halves(), tmp_path / "file" / "below")


def test_songs_that_keep_their_stems_bypass_the_cache(song, tmp_path):
    recorded = replace(song, stems={"bass": song.mix.scaled(0.1)})
    otherwise = Halves()
    assert separated(recorded, AsRecorded(otherwise), tmp_path / "cache") is recorded
    assert not (tmp_path / "cache").exists()
    assert otherwise.calls == []


def test_songs_without_stems_are_cached_under_what_separates_them(song, tmp_path):
    otherwise = Halves()
    got = separated(song, AsRecorded(otherwise), tmp_path)
    assert same(got, separated(song, AsRecorded(otherwise), tmp_path))
    assert otherwise.calls == ["song"]
    with pytest.raises(Rejected, match="a mix alone"):
        separated(song, AsRecorded(), tmp_path)


def test_a_separator_replaces_stems_that_a_song_came_with(song, tmp_path):
    recorded = replace(song, stems={"bass": song.mix})
    assert list(separated(recorded, Halves(), tmp_path).stems) == ["one", "two-1", "residual"]


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path))
    assert default_cache() == tmp_path / "separations"
    monkeypatch.delenv("AUTOMIX_BENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache() == tmp_path / "xdg" / "automix_bench" / "separations"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache().name == "separations"


def test_reading_the_cache_is_quick(noise, tmp_path):
    long = Song("long", "a", {}, noise(seconds=20), "CC0-1.0", Origin("long.wav", "0"))
    separated(long, Halves(), tmp_path)
    began = time.perf_counter()
    separated(long, Halves(), tmp_path)
    assert time.perf_counter() - began < 5.0

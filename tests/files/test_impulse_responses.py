"""The store of impulse responses: what goes in comes out, by name, or is refused with a reason."""

import json

import numpy as np
import pytest
import soundfile

from automix_bench.audio import Audio
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.manifest import knobs
from automix_bench.effects.convolution import Convolution
from automix_bench.errors import DataError, UsageError
from automix_bench.files import impulse_responses
from automix_bench.files.cache_folder import cache_folder
from automix_bench.files.impulse_responses import EXAMPLE, ImpulseResponses, example, split_of
from automix_bench.making.make import make
from tests.support.signals import sounding


@pytest.fixture
def store(tmp_path):
    return ImpulseResponses(tmp_path / "store")


def write(path, audio, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, audio.samples.T, audio.rate, **(how or {"subtype": "FLOAT"}))
    return path


def test_what_is_added_is_found_bit_by_bit(store, tmp_path):
    audio = sounding(2, 4_000, 44_100).scaled(30.0)  # beyond full scale is kept
    own = store.add(write(tmp_path / "hall.wav", audio), "CC-BY-4.0")
    assert own == impulse_responses.ImpulseResponse(
        audio.sha256, "hall.wav", "CC-BY-4.0", 44_100, 4_000, 2
    )
    found = store.find(own.sha256)
    assert found.rate == 44_100
    assert np.array_equal(found.samples, audio.samples)
    assert store.record(own.sha256) == own
    assert store.listed() == (own,)


def test_the_name_is_of_the_sound_not_of_the_file(store, tmp_path):
    audio = Audio(np.round(sounding(1, 900, 48_000).samples * 2**15) / np.float32(2**15), 48_000)
    names = {
        store.add(write(tmp_path / file, audio, subtype=subtype), "CC0-1.0").sha256
        for file, subtype in (("a.wav", "FLOAT"), ("b.flac", "PCM_24"), ("c.wav", "PCM_16"))
    }
    assert names == {audio.sha256}
    assert len(store.listed()) == 1


def test_a_folder_goes_in_but_for_what_is_no_response(store, tmp_path):
    folder = tmp_path / "responses"
    write(folder / "b" / "room.wav", sounding(1, 100, 16_000, seed=1))
    write(folder / "a.wav", sounding(4, 100, 16_000, seed=2))
    write(folder / "again.wav", sounding(4, 100, 16_000, seed=2))
    write(folder / "five.wav", sounding(5, 100, 16_000))
    write(folder / "long.wav", sounding(1, 31 * 8_000, 8_000))
    write(folder / "low.wav", sounding(1, 100, 4_000))
    write(folder / "silent.wav", Audio(np.zeros((1, 100), np.float32), 16_000))
    write(folder / ".hidden.wav", sounding(1, 100, 16_000, seed=3))
    (folder / "damaged.wav").write_bytes(b"RIFF and no more")
    (folder / "notes.txt").write_text("no audio")
    added = store.add_all(folder, "CC-BY-4.0")
    assert [one.name for one in added.responses] == ["a.wav", "b/room.wav"]
    told = {one.item: one.reason for one in added.rejected}
    assert sorted(told) == [
        "again.wav",
        "damaged.wav",
        "five.wav",
        "long.wav",
        "low.wav",
        "silent.wav",
    ]
    assert told["again.wav"] == "the same sound as a.wav, which is kept"
    assert "5 channels, wanted 1, 2 or 4" in told["five.wav"]
    assert "wanted at most 30 s" in told["long.wav"]
    assert "4000 Hz, wanted 8000 Hz or more" in told["low.wav"]
    assert store.listed() == added.responses


def test_a_folder_without_audio_is_an_error(store, tmp_path):
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match="wanted a folder of impulse responses"):
            store.add_all(folder, "CC0-1.0")


@pytest.mark.parametrize("license", ["", "free for all!"])
def test_a_licence_is_wanted(store, tmp_path, license):
    path = write(tmp_path / "in" / "hall.wav", sounding(1, 100, 16_000))
    for add, place in ((store.add, path), (store.add_all, path.parent)):
        with pytest.raises(UsageError, match=r"licen[cs]e"):
            add(place, license)
    assert store.listed() == ()


def test_what_is_lacking_is_named_with_the_way_to_bring_it(store):
    lacking = "0" * 64
    for ask in (store.find, store.record):
        with pytest.raises(UsageError, match=rf"no impulse response {lacking} in .*add\(path"):
            ask(lacking)
    with pytest.raises(UsageError, match=r"named by its sha256, 64 digits.*got '../../etc'"):
        store.find("../../etc")


def test_a_response_that_changed_is_not_given_out(store, tmp_path):
    audio = sounding(1, 500, 16_000)
    own = store.add(write(tmp_path / "hall.wav", audio), "CC0-1.0")
    kept = store.folder / f"{own.sha256}.wav"
    write(kept, audio.scaled(0.5))
    with pytest.raises(DataError, match="has changed: remove it and add the response again"):
        store.find(own.sha256)
    kept.write_bytes(kept.read_bytes()[:1_000])
    with pytest.raises(DataError, match="cut short"):
        store.find(own.sha256)
    (store.folder / f"{own.sha256}.json").write_text(json.dumps({"name": "hall"}))
    with pytest.raises(DataError, match="damaged"):
        store.listed()


def test_adding_again_renames_and_licenses_anew(store, tmp_path):
    path = write(tmp_path / "hall.wav", sounding(1, 500, 16_000))
    store.add(path, "CC0-1.0")
    own = store.add(path, "CC-BY-4.0", name="Great Hall")
    assert store.listed() == (own,)
    assert (own.name, own.license) == ("Great Hall", "CC-BY-4.0")


def test_splits_are_decided_by_the_name_in_their_shares():
    names = [f"{number:064x}" for number in range(4_000)]
    splits = [split_of(name) for name in names]
    assert splits == [split_of(name) for name in names]
    shares = {split: splits.count(split) / len(splits) for split in ("train", "valid", "test")}
    assert sum(shares.values()) == 1.0
    assert shares == pytest.approx({"train": 0.8, "valid": 0.1, "test": 0.1}, abs=0.02)


def test_the_example_has_its_name_and_needs_no_file(store):
    assert example().sha256 == EXAMPLE
    assert np.array_equal(store.find(EXAMPLE).samples, example().samples)
    assert store.record(EXAMPLE).license == "CC0-1.0"
    assert not store.folder.exists()


def test_the_store_lies_beside_what_else_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path))
    assert ImpulseResponses().folder == tmp_path / "impulse_responses"
    monkeypatch.delenv("AUTOMIX_BENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder("any") == tmp_path / "xdg" / "automix_bench" / "any"


def test_its_licence_is_joined_with_that_of_what_it_is_heard_in(tmp_path, monkeypatch, recipe):
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    room = ImpulseResponses().add(
        write(tmp_path / "room.wav", sounding(1, 9_600, 48_000)), "CC-BY-NC-4.0"
    )
    strip = RandomChain(
        (Convolution.random(response=room.sha256, wet=0.5, pre_delay_ms=0.0, chance=0.3),)
    )
    made = make(recipe(console=RandomConsole(default=strip)), tmp_path / "data")
    found = {
        any(k["knob"] == "response" for k in knobs(row["console"])): row["license"]
        for row in made.rows
    }
    assert found == {True: "CC-BY-NC-4.0 AND CC0-1.0", False: "CC0-1.0"}

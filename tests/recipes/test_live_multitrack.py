"""The stage of `live_multitrack`: each microphone hears its own source and, later, the others."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import Rejected, UsageError
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

RATE = 44_100
MODULE = plugin.load("recipes", "live_multitrack").__globals__
Stage = MODULE["Stage"]


def burst(at):
    samples = np.zeros((2, RATE), np.float32)
    samples[:, at : at + 2_000] = 0.5 * np.random.default_rng(at).standard_normal((1, 2_000))
    return Audio(samples, RATE)


DRY = {
    "kick": burst(1_000),
    "vocals": burst(12_000),
    "bass": burst(25_000),
    "guitar": burst(35_000),
}


@dataclass(frozen=True)
class One:
    """A source of one song."""

    kind: str = "released"
    stems: bool = True

    def catalogue(self):
        return Catalogue(())

    def load(self, listing):
        mix = total(DRY.values())
        if self.kind == "released":
            mix = mix.scaled(0.3)
        stems = DRY if self.stems else {}
        return Song("song", "artist", stems, mix, "CC0-1.0", Origin("song", "0" * 64), self.kind)


LISTING = Listing("song", "artist", "CC0-1.0", Origin("song", "0" * 64), RATE, RATE)


def power_db(audio, start, length):
    part = audio.samples[:, start : start + length].astype(float)
    return 10.0 * np.log10(np.mean(part**2) + 1e-30)


def test_bleed_is_later_softer_and_duller():
    song = Stage(One(), 0.0, 1).load(LISTING)
    microphone, source = song.stems["vocals"], DRY["kick"]
    heard = microphone.samples[0].astype(float)[:10_000]
    lags = np.correlate(heard, source.samples[0, :10_000].astype(float), "full")
    lag = int(np.argmax(lags)) - 9_999
    metres = lag / RATE * 343.0
    assert 2.0 < metres < 4.6  # a singer in front, the drums at the back
    level = power_db(microphone, 1_000 + lag, 2_000) - power_db(source, 1_000, 2_000)
    loudest = 20.0 * np.log10(0.3 / metres)
    assert loudest - 12.0 < level < loudest
    spectra = [
        np.abs(np.fft.rfft(one[start : start + 2_000])) ** 2
        for one, start in ((heard, 1_000 + lag), (source.samples[0], 1_000))
    ]
    low, high = slice(5, 100), slice(500, 900)
    ratio = spectra[0] / spectra[1]
    assert 10.0 * np.log10(np.mean(ratio[high]) / np.mean(ratio[low])) < -6.0


def test_own_sources_stay_and_lines_hear_nothing():
    song = Stage(One(), 0.0, 1).load(LISTING)
    assert np.array_equal(song.stems["bass"].samples, DRY["bass"].samples)
    for name, start in (("kick", 1_000), ("vocals", 12_000), ("guitar", 35_000)):
        own, dry = song.stems[name], DRY[name]
        assert power_db(own, start, 2_000) == pytest.approx(power_db(dry, start, 2_000), abs=0.5)
        assert power_db(own, 25_000, 2_600) > -70.0  # the bass, from its amplifier
    assert song.mix.samples is not None
    assert song.mix_kind == "released"


def test_bleed_db_moves_all_bleed_and_nothing_else():
    loud, soft = (Stage(One(), db, 1).load(LISTING).stems["vocals"] for db in (0.0, -20.0))
    dry = DRY["vocals"].samples
    np.testing.assert_allclose(0.1 * (loud.samples - dry), soft.samples - dry, atol=1e-6)


def test_a_seed_is_a_stage():
    one, same, other = (Stage(One(), 0.0, seed).load(LISTING) for seed in (1, 1, 2))
    assert np.array_equal(one.stems["kick"].samples, same.stems["kick"].samples)
    assert not np.array_equal(one.stems["kick"].samples, other.stems["kick"].samples)


@pytest.mark.parametrize("kind", ["sum", "unknown"])
def test_a_plain_sum_is_no_released_mix(kind):
    song = Stage(One(kind), 0.0, 1).load(LISTING)
    assert song.mix_kind == "sum"
    assert np.array_equal(song.mix.samples, total(song.stems.values()).samples)


def test_a_song_without_stems_is_rejected():
    with pytest.raises(Rejected, match="no microphones: expected a song with stems of its own"):
        Stage(replace(One(), stems=False), 0.0, 1).load(LISTING)


@pytest.mark.parametrize("bleed_db", [-61, 21])
def test_a_bleed_out_of_range_is_refused(bleed_db):
    with pytest.raises(UsageError, match="bleed_db must be from -60 to 20 dB"):
        recipe_from("live_multitrack", [f"bleed_db={bleed_db}"])


def test_composed_songs_stand_on_a_stage(tmp_path):
    """The engineer's mix is wanted, and is not that of the microphones."""
    settings = ["count=1", "song_seconds=10", "seconds=5", "per_song=1"]
    wet = Dataset(make(recipe_from("live_multitrack", settings), tmp_path / "wet").folder)[0]
    dry = Dataset(
        make(recipe_from("live_multitrack", [*settings, "bleed_db=-60"]), tmp_path / "dry").folder
    )[0]
    gain = 10.0 ** ((dry.gain_db - wet.gain_db) / 20.0)
    np.testing.assert_allclose(wet.before.mix.samples * gain, dry.before.mix.samples, atol=1e-5)
    assert wet.before.mix_kind == "released"
    common = wet.before.stems.keys() & dry.before.stems.keys()
    assert any(
        not np.allclose(
            wet.before.stems[name].samples * gain, dry.before.stems[name].samples, atol=1e-3
        )
        for name in common
    )

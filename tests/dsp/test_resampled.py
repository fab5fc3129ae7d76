"""Resampling of whole songs: how pure, how well aligned, how long."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix_bench.audio import Audio
from automix_bench.dsp.resampled import converted, resampled_length

RATES = (16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000)


def tone(frequency_hz, rate, seconds=1.0, phase=0.3):
    time = np.arange(round(seconds * rate)) / rate
    wave = 0.5 * np.sin(2 * np.pi * frequency_hz * time + phase)
    return Audio(np.float32(wave[None]), rate)


def spectrum_db(audio):
    """Levels of the middle of a sound relative to a tone of amplitude 0.5, and frequencies."""
    middle = audio.samples[0, audio.length // 8 : -audio.length // 8].astype(np.float64)
    window = np.kaiser(len(middle), 30.0)
    levels = np.abs(np.fft.rfft(middle * window)) / window.sum() * 4.0
    return np.fft.rfftfreq(len(middle), 1 / audio.rate), 20.0 * np.log10(levels + 1e-12)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("new_rate", [44_100, 48_000])
def test_a_tone_stays_one_tone_at_its_place_in_time(rate, new_rate):
    for part in (0.05, 0.5, 0.88):
        frequency_hz = round(part * min(rate, new_rate) / 2)
        made = converted(tone(frequency_hz, rate), new_rate)
        inside = slice(new_rate // 8, -new_rate // 8)
        waves = [tone(frequency_hz, new_rate, phase=0.3 + turn) for turn in (0.0, np.pi / 2)]
        assert made.samples.shape == waves[0].samples.shape
        basis = np.stack([2.0 * wave.samples[0, inside] for wave in waves], axis=1)
        (here, turned), *_ = np.linalg.lstsq(basis, made.samples[0, inside], rcond=None)
        assert abs(20.0 * np.log10(here / 0.5)) < 0.01
        assert abs(turned) < 1e-6  # radians, nearly: less than a 100,000th of a sample
        rest = made.samples[0, inside] - basis @ (here, turned)
        assert np.max(np.abs(rest)) < 5e-7
        frequencies, levels_db = spectrum_db(made)
        elsewhere = np.abs(frequencies - frequency_hz) > 100.0
        assert np.max(levels_db[elsewhere]) < -140.0


@pytest.mark.parametrize(("rate", "new_rate"), [(48_000, 44_100), (96_000, 44_100)])
def test_what_the_new_rate_cannot_hold_is_removed_not_folded_back(rate, new_rate):
    for frequency_hz in (new_rate / 2 + 150.0, 23_900.0):
        _, levels_db = spectrum_db(converted(tone(frequency_hz, rate), new_rate))
        assert np.max(levels_db) < -130.0


@given(st.integers(1, 30_000), st.sampled_from(RATES), st.sampled_from(RATES))
def test_the_length_is_the_stated_one(length, rate, new_rate):
    made = converted(Audio(np.ones((2, length), np.float32), rate), new_rate)
    assert made.length == resampled_length(length, rate, new_rate)
    assert made.length == max(1, math.floor(length * new_rate / rate + 0.5))
    assert (made.rate, made.channels) == (new_rate, 2)


def test_sound_at_that_rate_is_the_same_object():
    sound = tone(440.0, 44_100)
    assert converted(sound, 44_100) is sound


def test_sounds_of_one_length_stay_aligned_to_the_sample():
    """A difference of two sounds is resampled to the difference of the resampled sounds."""
    rng = np.random.default_rng(3)
    one, other = (Audio(np.float32(rng.normal(0, 0.1, (2, 48_000))), 48_000) for _ in range(2))
    both = one + other
    apart = converted(one, 44_100) + converted(other, 44_100)
    assert np.max(np.abs(converted(both, 44_100).samples - apart.samples)) < 5e-7

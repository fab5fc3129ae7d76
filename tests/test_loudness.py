"""Loudness and true peak against the known answers of the standards, and beside libebur128."""

import functools

import numpy as np
import pyebur128
import pytest
import scipy.signal

from automix_bench.audio import Audio
from automix_bench.loudness import BLOCK_SECONDS, integrated_lufs, true_peak_dbtp


def steps(*parts, hz=1000.0, channels=2, rate=48_000):
    """A sine in `channels` equal channels, its peak at `(level_db, seconds)` for each part."""
    level = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts])
    wave = level * np.sin(2 * np.pi * hz * np.arange(len(level)) / rate)
    return Audio(np.tile(wave, (channels, 1)).astype(np.float32), rate)


@functools.cache
def music(seconds, rate, seed=0):
    """Decaying notes over a bed of noise, two channels, loud and soft by turns."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    bed = 0.02 * rng.standard_normal((2, len(time)))
    low_pass = scipy.signal.butter(2, 3_000.0, fs=rate, output="sos")
    sound = scipy.signal.sosfilt(low_pass, bed)
    for onset in np.arange(0.0, seconds, 0.17):
        since = np.maximum(time - onset, 0.0)
        pitch, place = 40.0 * 2.0 ** rng.uniform(0.0, 6.0), rng.uniform(0.0, np.pi / 2)
        note = sum(np.sin(2 * np.pi * pitch * k * since) / k for k in range(1, 6))
        level = 10 ** rng.uniform(-2.0, -0.7) * np.exp(-since / rng.uniform(0.05, 0.5))
        sound = sound + level * note * (time > onset) * [[np.cos(place)], [np.sin(place)]]
    return Audio(sound.astype(np.float32), rate)


def libebur128(audio, mode):
    state = pyebur128.R128State(audio.channels, audio.rate, mode)
    state.add_frames(np.ascontiguousarray(audio.samples.T).ravel(), audio.length)
    return state


def libebur128_lufs(audio):
    return pyebur128.get_loudness_global(libebur128(audio, pyebur128.MeasurementMode.MODE_I))


def libebur128_dbtp(audio):
    state = libebur128(audio, pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    return 20 * np.log10(max(pyebur128.get_true_peak(state, c) for c in range(audio.channels)))


@pytest.mark.parametrize("rate", [44_100, 48_000, 88_200, 96_000, 192_000])
def test_full_scale_sine_of_997_hz(rate):
    """BS.1770-4: -3.01 LKFS in one channel, and so 0.0 in two. The standard's high-pass filter has
    no unit gain, and what it has over it hangs on the rate: 0.04 dB at 48, 0.01 at 192 kHz."""
    shape, margin = {"hz": 997.0, "rate": rate}, 0.01 if rate <= 48_000 else 0.04
    one, two = (steps((0.0, 3.0), channels=channels, **shape) for channels in (1, 2))
    assert integrated_lufs(one) == pytest.approx(-3.01, abs=margin)
    assert integrated_lufs(two) == pytest.approx(0.0, abs=margin)


CASES_OF_TECH_3341 = {
    "1": ([(-23.0, 20.0)], -23.0),
    "2": ([(-33.0, 20.0)], -33.0),
    "3": ([(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
    "4": ([(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
    "5": ([(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
}


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("case", CASES_OF_TECH_3341)
def test_ebu_tech_3341(case, rate):
    """EBU Tech 3341 v4, table 1: stereo sines of 1 kHz, within 0.1 LU. 3 and 4 have parts under
    the gates, 5 parts that a gate at 8 LU would lose."""
    parts, wanted = CASES_OF_TECH_3341[case]
    assert integrated_lufs(steps(*parts, rate=rate)) == pytest.approx(wanted, abs=0.1)


def test_ebu_tech_3341_case_6_weighs_the_surround_channels():
    """Left and right -28, centre -24, surrounds -30 dB: -23.0 LUFS within 0.1."""
    levels = 10 ** (np.array([-28.0, -28.0, -24.0, -30.0, -30.0]) / 20)
    wave = steps((0.0, 20.0), channels=1).samples
    sound = Audio((levels[:, np.newaxis] * wave).astype(np.float32), 48_000)
    assert integrated_lufs(sound) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("seed", [0, 1])
def test_loudness_agrees_with_libebur128_within_a_hundredth(rate, seed):
    sound = music(5.0, rate, seed)
    assert integrated_lufs(sound) == pytest.approx(libebur128_lufs(sound), abs=0.01)


@pytest.mark.parametrize("seconds", [0.4, 0.46, 0.49, 0.99, 1.06, 2.96, 3.06])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_block_that_is_not_full_does_not_count(rate, seconds):
    """BS.1770-4, annex 1: an incomplete gating block at the end is not used."""
    sound = music(5.0, rate).excerpt(rate, round(seconds * rate))
    assert integrated_lufs(sound) == pytest.approx(libebur128_lufs(sound), abs=0.01)


def test_gain_moves_loudness_by_itself():
    sound = music(5.0, 44_100)
    assert integrated_lufs(sound.scaled(0.5)) - integrated_lufs(sound) == pytest.approx(
        -6.0206, abs=1e-3
    )


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_and_what_lies_under_the_gate(channels):
    silence = Audio(np.zeros((channels, 44_100), np.float32), 44_100)
    assert integrated_lufs(silence) == -np.inf
    assert true_peak_dbtp(silence) == -np.inf
    assert integrated_lufs(steps((-80.0, 2.0), channels=channels)) == -np.inf


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_one_block_is_enough_and_less_is_refused(rate):
    block = round(BLOCK_SECONDS * rate)
    sound = steps((-20.0, 1.0), rate=rate)
    assert integrated_lufs(sound.excerpt(0, block)) == pytest.approx(-20.0, abs=0.5)
    with pytest.raises(ValueError, match=r"at least 0\.4 s"):
        integrated_lufs(sound.excerpt(0, block - 1))


TRUE_PEAKS_OF_TECH_3341 = {
    "15": (4, 0.0, 0.50, -6.0),
    "16": (4, 45.0, 0.50, -6.0),
    "17": (6, 60.0, 0.50, -6.0),
    "18": (8, 67.5, 0.50, -6.0),
    "19": (4, 45.0, 1.41, 3.0),
}


def fraction_of_the_rate(divisor, degrees, amplitude, rate):
    """A sine at `rate / divisor`, begun at `degrees`, in two channels, faded in and out."""
    index = np.arange(rate)
    wave = amplitude * np.sin(2 * np.pi * index / divisor + np.radians(degrees))
    fade = np.clip(np.minimum(index, rate - 1 - index) / (0.1 * rate), 0.0, 1.0)
    return Audio(np.tile(wave * fade, (2, 1)).astype(np.float32), rate)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("case", TRUE_PEAKS_OF_TECH_3341)
def test_true_peaks_of_ebu_tech_3341(case, rate):
    """EBU Tech 3341 v4, table 2: within +0.2 and -0.4 dB."""
    divisor, degrees, amplitude, wanted = TRUE_PEAKS_OF_TECH_3341[case]
    read = true_peak_dbtp(fraction_of_the_rate(divisor, degrees, amplitude, rate))
    assert wanted - 0.4 < read < wanted + 0.2


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 88_200, 96_000, 176_400])
def test_true_peak_between_the_samples(rate):
    """A full-scale sine at a quarter of the rate, begun at 45 degrees: every sample reads -3.01 dB,
    the peaks half-way between them 0 dBTP."""
    sound = fraction_of_the_rate(4, 45.0, 1.0, rate)
    assert 20 * np.log10(np.abs(sound.samples).max()) == pytest.approx(-3.0103, abs=1e-3)
    assert true_peak_dbtp(sound) == pytest.approx(0.0, abs=0.05)


def test_from_192_khz_on_the_samples_are_dense_enough():
    sound = fraction_of_the_rate(4, 45.0, 1.0, 192_000)
    assert true_peak_dbtp(sound) == pytest.approx(-3.0103, abs=1e-3)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("seed", [0, 1])
def test_true_peak_agrees_with_libebur128_within_a_fifth(rate, seed):
    sound = music(5.0, rate, seed)
    assert true_peak_dbtp(sound) == pytest.approx(libebur128_dbtp(sound), abs=0.2)


@pytest.mark.parametrize("rate", [44_100, 96_000, 192_000])
def test_true_peak_is_never_under_the_largest_sample(rate):
    rng = np.random.default_rng(0)
    sound = Audio(rng.uniform(-1.0, 1.0, (2, rate)).astype(np.float32), rate)
    assert true_peak_dbtp(sound) >= 20 * np.log10(np.abs(sound.samples).max()) - 1e-6

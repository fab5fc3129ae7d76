"""Loudness, loudness range and true peak against the known answers of the standards, and beside
libebur128 and pyloudnorm."""

import functools

import numpy as np
import pyebur128
import pyloudnorm
import pytest
import scipy.signal

from automix_bench.audio import Audio
from automix_bench.dsp.filters.k_weighting import k_weighting
from automix_bench.dsp.loudness import (
    BLOCK_SECONDS,
    SHORT_TERM_SECONDS,
    integrated_lufs,
    loudness_range_lu,
    momentary_max_lufs,
    short_term_lufs,
    short_term_max_lufs,
    true_peak_dbtp,
    true_peaks,
)
from automix_bench.proofs.songs import proof_songs

SILENT_DB = -1000.0


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


def test_k_weighting_is_that_of_the_standard_at_48_khz():
    """BS.1770-5, annex 1, tables 1 and 2."""
    shelf, high_pass = k_weighting(48_000)
    assert [shelf.b0, shelf.b1, shelf.b2, shelf.a1, shelf.a2] == pytest.approx(
        [
            1.53512485958697,
            -2.69169618940638,
            1.19839281085285,
            -1.69065929318241,
            0.73248077421585,
        ],
        abs=1e-12,
    )
    assert [high_pass.a1, high_pass.a2] == pytest.approx(
        [-1.99004745483398, 0.99007225036621], abs=1e-12
    )
    assert (high_pass.b0, high_pass.b1, high_pass.b2) == (1.0, -2.0, 1.0)


def test_k_weighting_at_other_rates_is_that_of_de_man():
    for rate in (8_000, 22_050, 44_100, 96_000, 192_000):
        filters = pyloudnorm.Meter(rate, filter_class="DeMan")._filters.values()
        for ours, theirs in zip(k_weighting(rate), filters, strict=True):
            assert [ours.b0, ours.b1, ours.b2] == pytest.approx(list(theirs.b), abs=1e-9)
            assert [1.0, ours.a1, ours.a2] == pytest.approx(list(theirs.a), abs=1e-9)


def test_what_loudness_does_not_take():
    with pytest.raises(ValueError, match="at most 6 channels, got 7"):
        integrated_lufs(steps((-20.0, 1.0), channels=7))
    with pytest.raises(ValueError, match="at least 4000 Hz, got 3000"):
        integrated_lufs(steps((-20.0, 1.0), rate=3_000, hz=100.0))


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


def test_ebu_tech_3341_cases_7_and_8_are_programmes_beside_which_stand_songs():
    """The files of the EBU cannot be brought along; on songs both outside meters read the same."""
    for song in proof_songs():
        theirs = pyloudnorm.Meter(song.sound.rate, filter_class="DeMan")
        read = theirs.integrated_loudness(song.sound.samples.T.astype(np.float64))
        assert integrated_lufs(song.sound) == pytest.approx(libebur128_lufs(song.sound), abs=1e-6)
        assert integrated_lufs(song.sound) == pytest.approx(read, abs=1e-6)


def test_the_default_filter_of_pyloudnorm_reads_low():
    """Which is why it is not the one that is used."""
    for song in proof_songs():
        default = pyloudnorm.Meter(song.sound.rate)
        read = default.integrated_loudness(song.sound.samples.T.astype(np.float64))
        assert 0.04 < integrated_lufs(song.sound) - read < 0.05


def test_ebu_tech_3341_case_9_short_term_is_constant():
    """-20 dB for 1.34 s and -30 dB for 1.66 s, five times: S is -23.0 LUFS within 0.1."""
    levels = short_term_lufs(steps(*[(-20.0, 1.34), (-30.0, 1.66)] * 5))
    assert len(levels) == 121
    assert levels == pytest.approx(np.full(121, -23.0), abs=0.1)


@pytest.mark.parametrize("i", range(20))
def test_ebu_tech_3341_cases_10_and_11_maximum_short_term(i):
    """3 s of tone after i times 0.15 s of silence: at -23 dB, and at -38 + i dB; within 0.1."""
    for level in (-23.0, -38.0 + i):
        sound = steps((SILENT_DB, 0.15 * i), (level, 3.0), (SILENT_DB, 1.0))
        assert short_term_max_lufs(sound) == pytest.approx(level, abs=0.1)


def test_ebu_tech_3341_case_12_momentary_is_constant():
    """-20 dB for 0.18 s and -30 dB for 0.22 s, 25 times: M is -23.0 LUFS within 0.1."""
    sound = steps(*[(-20.0, 0.18), (-30.0, 0.22)] * 25)
    assert momentary_max_lufs(sound) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("i", range(20))
def test_ebu_tech_3341_cases_13_and_14_maximum_momentary(i):
    """0.4 s of tone after i times 20 ms of silence: at -23 dB, and at -38 + i dB; within 0.1."""
    for level in (-23.0, -38.0 + i):
        sound = steps((SILENT_DB, 0.02 * i), (level, 0.4), (SILENT_DB, 1.0))
        assert momentary_max_lufs(sound) == pytest.approx(level, abs=0.1)


def test_a_burst_between_the_windows_reads_low_by_six_hundredths_at_most():
    read = [
        momentary_max_lufs(steps((SILENT_DB, 0.1 + ms / 1000), (-23.0, 0.4), (SILENT_DB, 0.2)))
        for ms in range(10)
    ]
    assert max(read) == pytest.approx(-23.0, abs=0.02)
    assert -0.065 < min(read) - max(read) < -0.04


CASES_OF_TECH_3342 = {
    "1": ([-20.0, -30.0], 10.0),
    "2": ([-20.0, -15.0], 5.0),
    "3": ([-40.0, -20.0], 20.0),
    "4": ([-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
}


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("case", CASES_OF_TECH_3342)
def test_ebu_tech_3342(case, rate):
    """Loudness range of stereo sines of 1 kHz, 20 s at each level, within 1 LU. (Cases 5 and 6 are
    programmes.)"""
    levels, wanted = CASES_OF_TECH_3342[case]
    sound = steps(*[(level, 20.0) for level in levels], rate=rate)
    assert loudness_range_lu(sound) == pytest.approx(wanted, abs=0.1)


def test_loudness_range_agrees_with_libebur128_on_the_windows_that_it_takes():
    """It takes one a second: of those our levels give the same range."""
    for song in proof_songs():
        levels = np.sort(short_term_lufs(song.sound)[::10])
        low, high = (levels[int((len(levels) - 1) * part + 0.5)] for part in (0.1, 0.95))
        state = libebur128(song.sound, pyebur128.MeasurementMode.MODE_LRA)
        assert high - low == pytest.approx(pyebur128.get_loudness_range(state), abs=1e-6)


def test_loudness_range_is_from_the_10th_to_the_95th_percentile():
    """A tone that falls steadily by 0.5 dB a second for 40 s: all but the lowest 10 and the highest
    5 hundredths of the 37 s in which windows begin, at 0.5 LU a second."""
    level = -20.0 - 0.5 * np.arange(40 * 48_000) / 48_000
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * 1000 * np.arange(len(level)) / 48_000)
    sound = Audio(np.tile(wave, (2, 1)).astype(np.float32), 48_000)
    assert loudness_range_lu(sound) == pytest.approx(0.85 * 37.0 * 0.5, abs=0.06)


def test_short_sounds_have_no_short_term_loudness():
    sound = steps((-20.0, SHORT_TERM_SECONDS)).excerpt(0, 143_999)
    for measure in (short_term_max_lufs, loudness_range_lu, short_term_lufs):
        with pytest.raises(ValueError, match=r"at least 3\.0 s"):
            measure(sound)


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


@pytest.mark.parametrize("quarter", range(4))
def test_true_peaks_of_ebu_tech_3341_cases_20_to_23(quarter):
    """A crest of 0 dBTP, one period at a quarter of the rate amid a softer tone at a sixth of it,
    laid at four places between the samples: made at 16 times the rate, band-limited, and thinned
    out from sample 0, 4, 8 and 12 on; within +0.2 and -0.4 dB."""
    time = np.arange(16 * 4_800) / 16
    soft = 0.5 * np.sin(2 * np.pi * time / 6) * np.hanning(len(time))
    period = (time >= 2_400.0) & (time < 2_404.0)
    spectrum = np.fft.rfft(np.where(period, np.sin(2 * np.pi * time / 4), soft))
    spectrum[int(0.42 * 4_800) :] = 0.0
    dense = np.fft.irfft(spectrum)
    sound = dense[4 * quarter :: 16] / np.abs(dense).max()
    read = true_peak_dbtp(Audio(np.tile(sound, (2, 1)).astype(np.float32), 48_000))
    assert -0.4 < read < 0.2


@pytest.mark.parametrize(("fraction", "lowest"), [(0.25, -0.17), (0.4, -0.44), (0.45, -0.56)])
def test_how_low_a_crest_can_read(fraction, lowest):
    """A short swell of a tone, at 16 places between the samples: 20 log10 cos(pi fraction / 4)."""
    index = np.arange(4_800)
    read = []
    for place in np.arange(16) / 16:
        time = index - 2_400 - place
        wave = np.cos(2 * np.pi * fraction * time) * np.exp(-((time / 60.0) ** 2))
        read.append(true_peak_dbtp(Audio(wave[np.newaxis].astype(np.float32), 48_000)))
    assert max(read) < 0.01
    assert lowest - 0.02 < min(read) < -0.003
    assert lowest == pytest.approx(20 * np.log10(np.cos(np.pi * fraction / 4)), abs=0.01)


@pytest.mark.parametrize("length", [1, 440, 441, 442, 4_410, 44_100])
@pytest.mark.parametrize("rate", [44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_true_peaks_step_by_step_hold_the_samples_of_their_step(length, rate, channels):
    rng = np.random.default_rng(length)
    sound = Audio(rng.uniform(-1.0, 1.0, (channels, length)).astype(np.float32), rate)
    peaks, edges = true_peaks(sound), [(k * rate + 50) // 100 for k in range(200)]
    steps_there = [e for e in edges if e < length]
    assert len(peaks) == len(steps_there)
    for k, start in enumerate(steps_there):
        within = np.abs(sound.samples[:, start : edges[k + 1]]).max()
        assert within <= peaks[k] < 3.0
    assert 20 * np.log10(peaks.max()) == true_peak_dbtp(sound)


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

"""Every threshold of BS.1770 and EBU Tech 3342, tried on both sides with values found by hand."""

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import (
    integrated_lufs,
    loudness_range_lu,
    momentary_max_lufs,
    short_term_lufs,
    true_peak_dbtp,
)


def levels(*parts, channels=2, rate=48_000):
    """A sine of 1 kHz with its peak at `(level_db, seconds)` for each part. In two channels that
    peak is its loudness: 0 dB is 0 LUFS, as BS.1770 has it."""
    level = np.concatenate([np.full(round(s * rate), 10.0 ** (db / 20.0)) for db, s in parts])
    wave = level * np.sin(2.0 * np.pi * 1_000.0 * np.arange(len(level)) / rate)
    return Audio(np.tile(wave, (channels, 1)).astype(np.float32), rate)


@pytest.mark.parametrize(("level_db", "counts"), [(-69.7, True), (-70.3, False)])
def test_the_absolute_gate_lies_at_70(level_db, counts):
    """BS.1770-4, annex 1, equation 5: blocks above -70 LKFS count."""
    sound = levels((level_db, 4.0))
    expected = pytest.approx(level_db, abs=0.05) if counts else -np.inf
    assert integrated_lufs(sound) == expected
    assert np.isnan(loudness_range_lu(sound)) == (not counts)


@pytest.mark.parametrize(("softer_lu", "counts"), [(12.5, True), (13.1, False)])
def test_the_relative_gate_lies_10_lu_below_the_mean(softer_lu, counts):
    """Equation 6. Two halves with the powers 1 and r: the gate is at (1 + r) / 20, which r passes
    from r = 1 / 19 on, 12.79 LU below 1. With gates of 9 or 11 LU that were 11.7 and 13.8."""
    sound = levels((-20.0, 20.0), (-20.0 - softer_lu, 20.0))
    power = 10.0 ** (-softer_lu / 10.0)
    mean = (1.0 + power) / 2.0 if counts else 1.0
    assert integrated_lufs(sound) == pytest.approx(-20.0 + 10.0 * np.log10(mean), abs=0.1)


@pytest.mark.parametrize(("softer_lu", "counts"), [(20.8, True), (21.6, False)])
def test_the_gate_of_loudness_range_lies_20_lu_below_the_mean(softer_lu, counts):
    """EBU Tech 3342: 57 s of windows in the loud part, 17 in the soft one and 3 across the step:
    the mean is 10 log10(58.5 / 77) = -1.2 LU, the gate at -21.2 LU. The 10th percentile lies in the
    soft part, or, where that is gated, in the loud one as the 95th does."""
    sound = levels((-20.0, 60.0), (-20.0 - softer_lu, 20.0))
    expected = softer_lu if counts else 0.0
    assert loudness_range_lu(sound) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("windows", "low", "high"), [(1, 0, 0), (5, 0, 4), (6, 1, 5), (11, 1, 10), (12, 1, 10)]
)
def test_percentiles_of_loudness_range_are_rounded_half_up(windows, low, high):
    """EBU Tech 3342 has, counted from 1, round((n - 1) 10 / 100 + 1) and
    round((n - 1) 95 / 100 + 1), with Matlab's round: half up."""
    rate = 8_000
    length = round((3.0 + 0.1 * (windows - 1)) * rate)
    wave = 10.0 ** (np.arange(length) / rate) * np.sin(np.pi / 4.0 * np.arange(length))
    sound = Audio((1e-5 * wave[np.newaxis]).astype(np.float32), rate)
    rising = short_term_lufs(sound)
    assert len(rising) == windows
    assert (np.diff(rising) > 0.5).all()
    assert loudness_range_lu(sound) == pytest.approx(rising[high] - rising[low], abs=1e-9)


@pytest.mark.parametrize(
    ("channel", "weight"), [(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.41), (4, 1.41)]
)
def test_each_channel_has_its_weight(channel, weight):
    """BS.1770-4, annex 1, table 3."""
    alone = levels((-20.0, 1.0), channels=1)
    samples = np.zeros((5, alone.length), np.float32)
    samples[channel] = alone.samples[0]
    louder = integrated_lufs(Audio(samples, alone.rate)) - integrated_lufs(alone)
    assert louder == pytest.approx(10.0 * np.log10(weight), abs=1e-9)


@pytest.mark.parametrize("measure", [integrated_lufs, momentary_max_lufs])
def test_a_full_scale_sine_reads_minus_3_01(measure):
    """BS.1770-4, annex 1: 997 Hz in one channel. The offset of -0.691 makes it so."""
    time = np.arange(48_000) / 48_000
    wave = np.sin(2.0 * np.pi * 997.0 * time)[np.newaxis].astype(np.float32)
    assert measure(Audio(wave, 48_000)) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize(
    ("rate", "off", "read_db"),
    [
        (44_100, 0.25, 0.0),
        (95_999, 0.25, 0.0),
        (96_000, 0.25, -0.688),
        (96_000, 0.5, 0.0),
        (191_999, 0.5, 0.0),
        (192_000, 0.5, -3.010),
    ],
)
def test_the_grid_of_true_peaks_has_four_points_a_sample_and_from_96_khz_on_two(rate, off, read_db):
    """A tone at a quarter of the rate whose crests lie `off` samples from a sample. The nearest
    point of a grid that misses them by a quarter of a sample reads cos(pi / 8), by a half
    cos(pi / 4)."""
    index = np.arange(9_600)
    wave = np.cos(2.0 * np.pi * (index - off) / 4.0) * np.hanning(len(index))
    sound = Audio(wave[np.newaxis].astype(np.float32), rate)
    assert true_peak_dbtp(sound) == pytest.approx(read_db, abs=0.02)

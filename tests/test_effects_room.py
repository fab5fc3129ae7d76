"""Reverberation."""

import math

import numpy as np
import pytest
from scipy import signal

from automix_bench.effects.reverb import Reverb
from tests.sounds import RATES, impulse, sounding


def decay_seconds(heard, rate):
    """RT60 by Schroeder's backward integration and a line through -5 to -35 dB (ISO 3382-1)."""
    left = np.cumsum(np.square(heard[::-1]))[::-1]
    curve = 10.0 * np.log10(left / left[0] + 1e-30)
    start, stop = int(np.argmax(curve < -5.0)), int(np.argmax(curve < -35.0))
    slope, _ = np.polyfit(np.arange(start, stop) / rate, curve[start:stop], 1)
    return -60.0 / slope


def octave(heard, centre_hz, rate):
    """One octave, filtered backwards, so that the filter's own ringing does not count as decay."""
    edges = (centre_hz / math.sqrt(2.0), centre_hz * math.sqrt(2.0))
    band = signal.butter(4, edges, "bandpass", fs=rate, output="sos")
    return signal.sosfilt(band, heard[::-1])[::-1]


def tail(rt60_seconds, damping_hz, rate, at=(1.0,), seconds=None):
    length = round((seconds or 1.5 * rt60_seconds + 0.3) * rate)
    reverb = Reverb(rt60_seconds, 0.0, damping_hz, 1.0)
    return reverb(impulse(length, rate, at)).samples.astype(np.float64)


@pytest.mark.parametrize("rate", [16_000, *RATES])
@pytest.mark.parametrize("rt60_seconds", [0.5, 1.0, 2.5, 6.0])
def test_rt60_holds_within_10_percent(rate, rt60_seconds):
    heard = tail(rt60_seconds, 7_900.0, rate)[0]
    for centre_hz in (250.0, 500.0, 1_000.0):
        measured = decay_seconds(octave(heard, centre_hz, rate), rate)
        assert measured == pytest.approx(rt60_seconds, rel=0.1)


@pytest.mark.parametrize("damping_hz", [1_500.0, 5_000.0])
@pytest.mark.parametrize("rt60_seconds", [1.0, 3.0])
def test_rt60_is_halved_at_the_damping_frequency(damping_hz, rt60_seconds):
    heard = tail(rt60_seconds, damping_hz, 44_100)[0]
    measured = decay_seconds(octave(heard, damping_hz, 44_100), 44_100)
    assert measured == pytest.approx(rt60_seconds / 2.0, rel=0.15)
    lower = decay_seconds(octave(heard, damping_hz / 2.0, 44_100), 44_100)
    v = [1.0 - math.cos(2.0 * math.pi * hz / 44_100) for hz in (damping_hz / 2.0, damping_hz)]
    assert lower == pytest.approx(rt60_seconds / (1.0 + v[0] / v[1]), rel=0.15)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("rt60_seconds", "damping_hz"), [(0.4, 3_000.0), (1.5, 8_000.0), (5.0, 20_000.0)]
)
@pytest.mark.parametrize("at", [(1.0,), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)])
def test_the_tail_of_pink_noise_has_the_power_of_the_noise(rate, rt60_seconds, damping_hz, at):
    heard = tail(rt60_seconds, damping_hz, rate, at)
    frequencies = np.fft.rfftfreq(heard.shape[1], 1.0 / rate)
    audible = (frequencies >= 20.0) & (frequencies <= 20_000.0)
    pink = 1.0 / frequencies[audible]
    power = np.square(np.abs(np.fft.rfft(heard)[:, audible]))
    gain = float((power * pink).sum() / pink.sum()) / sum(a**2 for a in at)
    assert abs(10.0 * math.log10(gain)) < 1.0


@pytest.mark.parametrize("at", [(1.0, 1.0), (1.0, 0.0), (1.0, -1.0)])
def test_the_sides_of_the_tail_are_alike_in_level_and_uncorrelated(at):
    left, right = tail(1.5, 6_000.0, 44_100, at)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.15
    assert abs(10.0 * np.log10(np.sum(left**2) / np.sum(right**2))) < 1.5


def test_the_tail_begins_after_the_pre_delay_and_the_dry_sound_at_once():
    out = Reverb(1.0, 100.0, 5_000.0, 0.25)(impulse(8_000, 44_100)).samples[0]
    heard = np.flatnonzero(out)
    assert heard[0] == 0
    assert out[0] == 0.75
    assert 4_410 + round(0.011 * 44_100) <= heard[1] <= 4_410 + round(0.012 * 44_100)


def test_a_reverb_of_no_wet_changes_no_bit():
    audio = sounding(2, 5_000, 44_100)
    assert np.array_equal(Reverb(2.0, 10.0, 5_000.0, 0.0)(audio).samples, audio.samples)


def test_the_tail_dies_out_to_nothing_and_grows_nowhere():
    heard = tail(0.1, 20_000.0, 44_100, seconds=2.5)[0]
    blocks = np.abs(heard[:44_000]).reshape(-1, 4_400).max(axis=1)
    assert (np.diff(blocks) < 0.0).all()
    assert not heard[-44_100:].any()


def test_reverb_wants_one_or_two_channels():
    with pytest.raises(ValueError, match="Reverb wants mono or stereo audio, got 3 channels"):
        Reverb(1.0, 0.0, 5_000.0, 0.5)(sounding(3, 100, 44_100))

"""Where a mix lies between left and right: by hand, beside numpy and scipy, and at the edges."""

import math

import numpy as np
import pytest
import scipy.signal

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import side_by_side, tone
from automix_bench.dsp.spectra.panning import BANDS_HZ, panning_by_band
from automix_bench.metrics.correlation_error import correlation_error
from automix_bench.metrics.imbalance_error import imbalance_error
from automix_bench.metrics.mono_loss_error import mono_loss_error
from automix_bench.metrics.panning_error import panning_error
from automix_bench.metrics.panning_high_error import panning_high_error
from automix_bench.metrics.panning_low_error import panning_low_error
from automix_bench.metrics.panning_mid_error import panning_mid_error
from automix_bench.metrics.width_error import width_error

RATE = 44_100
SPACE = [
    correlation_error,
    imbalance_error,
    mono_loss_error,
    panning_error,
    panning_high_error,
    panning_low_error,
    panning_mid_error,
    width_error,
]
every = pytest.mark.parametrize("metric", SPACE, ids=lambda metric: metric.name)


def noise(rate=RATE, seconds=2.0, seed=0):
    """Two channels that share a part, the left one stronger."""
    rng = np.random.default_rng(seed)
    common, left, right = rng.standard_normal((3, round(seconds * rate)))
    return Audio((0.1 * np.stack([common + 0.6 * left, 0.7 * common + right])).astype("f4"), rate)


def by_numpy(audio, low_hz, high_hz):
    """The panning spectrum as published, on frames that scipy cuts, weighted by power."""
    transform = scipy.signal.ShortTimeFFT(
        scipy.signal.get_window("hann", 2048), 1024, audio.rate, phase_shift=None
    )
    left, right = np.abs(transform.stft(audio.samples.astype(np.float64)))
    power = left**2 + right**2
    phi = 2 * left * right / power
    inside = (transform.f >= low_hz) & (transform.f < high_hz)
    return math.sqrt(np.average((1 - phi[inside]) ** 2, weights=power[inside]))


def test_panning_spectrum_agrees_with_its_formula_on_the_frames_of_scipy():
    found = panning_by_band(noise())
    for band, (low_hz, high_hz) in BANDS_HZ.items():
        assert found[band] == pytest.approx(by_numpy(noise(), low_hz, high_hz), abs=2e-3), band


def test_panning_is_told_band_by_band():
    """Bass on one side, middle in the middle, treble with twice the amplitude on one side."""
    bass, voice = tone(0.3, 0.0, hz=100.0), tone(0.1, 0.1)
    sound = bass + voice + tone(0.2, 0.1, hz=6_000.0)
    found = panning_by_band(sound)
    assert [found[band] for band in ("low", "mid", "high")] == pytest.approx([1, 0, 0.2], abs=1e-2)
    # Power 0.09, 0.02 and 0.05: sqrt((0.09 + 0.04 * 0.05) / 0.16).
    assert found["total"] == pytest.approx(math.sqrt(0.092 / 0.16), abs=1e-3)


def test_panning_does_not_count_silence():
    sound = noise(seconds=1.0)
    longer = sound.with_samples(np.pad(sound.samples, ((0, 0), (RATE, RATE))))
    assert panning_by_band(longer) == pytest.approx(panning_by_band(sound), abs=5e-3)


def test_panning_of_a_band_in_which_nothing_sounds_is_undefined_and_never_good():
    low, both = tone(0.3, 0.1, hz=100.0, seconds=2.0), tone(0.3, 0.1, hz=100.0, seconds=2.0)
    both = both + tone(0.05, 0.05, hz=8_000.0, seconds=2.0)
    fade = np.hanning(low.length)
    low, both = (one.with_samples(one.samples * fade) for one in (low, both))
    assert math.isnan(panning_high_error(reference=low, estimate=both))
    assert panning_high_error(reference=both, estimate=low) == panning_high_error.worst
    assert panning_low_error(reference=low, estimate=both) < 1e-6


def test_imbalance_of_a_balance_in_decibels():
    """1 dB more on one side: (10^0.1 - 1) / (10^0.1 + 1) = 0.1146."""
    louder = tone(0.3, 0.3 * 10 ** (1 / 20))
    assert imbalance_error.value(louder) == pytest.approx(0.1146, abs=1e-4)
    swapped = louder.with_samples(louder.samples[::-1])
    assert imbalance_error(reference=louder, estimate=swapped) == pytest.approx(0.2292, abs=1e-4)


def test_correlation_of_partly_shared_noise():
    """L = a + 0.6 b, R = 0.7 a + c: 0.7 / sqrt(1.36 * 1.49) = 0.4917."""
    assert correlation_error.value(noise(seconds=20.0)) == pytest.approx(0.4917, abs=5e-3)


def test_mono_loss_of_unrelated_channels_is_three_decibels_at_any_level():
    unrelated = side_by_side(tone(0.3, hz=997.0, seconds=3.0), tone(0.3, hz=1_003.0, seconds=3.0))
    for gain in (1.0, 0.01, 0.003):
        assert mono_loss_error.value(unrelated.scaled(gain)) == pytest.approx(3.0103, abs=0.02)
    assert math.isnan(mono_loss_error.value(unrelated.scaled(1e-3)))


def test_mono_loss_is_held_where_the_sum_cancels():
    nearly = tone(0.3, -0.2999)
    assert mono_loss_error.value(nearly) == 40.0
    # (0.09 + 0.0625) / (2 * 0.025^2) = 122
    assert mono_loss_error.value(tone(0.3, -0.25)) == pytest.approx(20.8636, abs=1e-3)


@every
@pytest.mark.parametrize("rate", [8_000, 192_000])
def test_any_rate(metric, rate):
    sound = noise(rate)
    assert metric(reference=sound, estimate=sound) == 0.0
    muted = sound.with_samples(sound.samples * np.array([[1.0], [0.0]]))
    assert metric(reference=sound, estimate=muted) > metric.step


@every
def test_mono_is_undefined_and_one_sample_does_not_crash(metric):
    mono = noise().with_samples(noise().samples[:1])
    assert math.isnan(metric(reference=mono, estimate=mono))
    one = noise().excerpt(100, 1)
    value = metric(reference=one, estimate=one)
    assert math.isnan(value) or value == 0.0


@every
def test_one_channel_alone_has_a_value(metric):
    alone = noise().with_samples(noise().samples * np.array([[1.0], [0.0]]))
    assert metric(reference=alone, estimate=alone) == 0.0
    assert metric(reference=noise(), estimate=alone) > metric.step

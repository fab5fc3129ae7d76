"""Metrics of the waveform: by hand, at the edges, beside outside implementations."""

import math

import numpy as np
import pytest
import scipy.signal

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import lag_samples
from automix_bench.dsp.plain_sounds import written
from automix_bench.metrics.l1 import l1
from automix_bench.metrics.latency import latency
from automix_bench.metrics.log_wmse import _weighting, log_wmse
from automix_bench.metrics.sd_sdr import sd_sdr
from automix_bench.metrics.sdr import sdr
from automix_bench.metrics.sdr_aligned import sdr_aligned
from automix_bench.metrics.si_sdr import si_sdr
from automix_bench.metrics.si_sdr_aligned import si_sdr_aligned

RATE = 44_100
NAMES = (
    "l1",
    "latency",
    "log_wmse",
    "sd_sdr",
    "sdr",
    "sdr_aligned",
    "si_sdr",
    "si_sdr_aligned",
)
every_metric = pytest.mark.parametrize(
    "metric", [plugin.load("metrics", name) for name in NAMES], ids=NAMES
)


def sound(channels=2, seconds=1.0, rate=RATE, seed=0):
    """Low-passed noise under a slow swell."""
    rng = np.random.default_rng(seed)
    dull = scipy.signal.butter(2, 0.2, output="sos")
    white = rng.standard_normal((channels, round(seconds * rate)))
    swell = 0.2 + np.sin(np.arange(white.shape[1]) / 5_000.0) ** 2
    return Audio((0.1 * swell * scipy.signal.sosfilt(dull, white)).astype(np.float32), rate)


def noisy(audio, amount=0.01, seed=9):
    rng = np.random.default_rng(seed)
    return audio.with_samples(audio.samples + amount * rng.standard_normal(audio.samples.shape))


def shifted(audio, by):
    """Later by so many samples, earlier if negative; zeros come in."""
    padded = np.pad(audio.samples, ((0, 0), (max(by, 0), max(-by, 0))))
    start = max(-by, 0)
    return audio.with_samples(padded[:, start : start + audio.length])


@every_metric
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 192_000])
@pytest.mark.parametrize("length", [1, 2, 50])
def test_very_short_sounds_are_scored_or_undefined(metric, channels, rate, length):
    audio = Audio(sound(channels).samples[:, :length].copy(), rate)
    value = metric(reference=audio, estimate=noisy(audio))
    undefined = metric is log_wmse and length * RATE / rate < 1.0
    assert math.isnan(value) if undefined else metric.low <= value <= metric.high


@every_metric
def test_one_channel_left_out_is_no_good_value(metric):
    audio = sound()
    half = audio.with_samples(audio.samples * np.array([[1.0], [0.0]]))
    value = metric(reference=audio, estimate=half)
    assert metric is latency or abs(value - metric.perfect) > 10 * metric.step


def test_sd_sdr_is_sdr_plus_the_level_of_the_projection():
    reference = sound()
    estimate = noisy(reference.scaled(0.7))
    flat = (audio.samples.astype(np.float64).ravel() for audio in (reference, estimate))
    s, e = flat
    wanted = sdr(reference=reference, estimate=estimate) + 20.0 * np.log10(e @ s / (s @ s))
    assert sd_sdr(reference=reference, estimate=estimate) == pytest.approx(wanted, abs=1e-9)
    aside = written((1.0, 0.0)), written((0.0, 1.0))
    assert sd_sdr(reference=aside[0], estimate=aside[1]) == sd_sdr.worst


def test_si_sdr_of_a_right_angle_is_the_worst():
    aside = written((1.0, 0.0)), written((0.0, 1.0))
    assert si_sdr(reference=aside[0], estimate=aside[1]) == si_sdr.worst


def test_l1_beyond_full_scale_is_held():
    assert l1(reference=written((1.0,)), estimate=written((-3.0,))) == 1.0


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("milliseconds", [-49.0, -3.0, 0.0, 10.0, 50.0])
def test_latency_is_found(rate, milliseconds):
    audio = sound(rate=rate, seconds=0.5)
    by = round(milliseconds / 1000.0 * rate)
    late = shifted(audio, by)
    assert lag_samples(audio, noisy(late, 0.001)) == by
    assert lag_samples(audio, late.scaled(-0.3)) == by
    found = latency(reference=audio, estimate=late)
    assert found == pytest.approx(abs(by) * 1000.0 / rate, abs=1e-9)


def test_latency_beyond_its_reach_is_not_taken_for_none():
    """What is found at 60 ms is some other lag, and the aligned ratio stays bad."""
    audio = sound()
    late = shifted(audio, round(0.060 * RATE))
    assert abs(lag_samples(audio, late)) <= round(0.050 * RATE)
    assert sdr_aligned(reference=audio, estimate=late) < 3.0


@pytest.mark.parametrize("by", [-2_000, -1, 0, 1, 441])
def test_alignment_takes_out_the_delay_and_nothing_else(by):
    audio = sound()
    off = noisy(audio)
    for aligned, plain in ((sdr_aligned, sdr), (si_sdr_aligned, si_sdr)):
        late = aligned(reference=audio, estimate=shifted(off, by))
        assert late == pytest.approx(plain(reference=audio, estimate=off), abs=0.3)
        assert aligned(reference=audio, estimate=shifted(audio, by)) == aligned.perfect


def test_an_estimate_with_nothing_where_the_reference_sounds_is_the_worst():
    """Aligned by 2 samples, the one click of the reference lies beyond what both have."""
    reference, estimate = written((1.0, 0.0, 0.0)), written((0.0, 0.0, 0.0))
    for metric in (sdr_aligned, si_sdr_aligned):
        assert metric(reference=reference, estimate=estimate) == metric.worst


# Of log-wmse-audio-quality 0.2.0, which wants soxr below 1 and so is in no extra, with soxr 1.1.0:
#     calculate_log_wmse(mix.samples, estimate.samples, reference.samples, rate)
# with `three(rate, channels)`.
PUBLISHED = ((44100, 1, 20.2234), (44100, 2, 20.1428), (48000, 2, 20.2039), (16000, 1, 18.6904))


def three(rate, channels):
    """A reference, another stem, and an estimate that is off."""
    reference, other = (sound(channels, 2.0, rate, seed) for seed in (1, 2))
    return reference, other, noisy(reference.scaled(0.9), 0.003)


@pytest.mark.parametrize(("rate", "channels", "wanted"), PUBLISHED)
def test_log_wmse_is_that_of_the_package(rate, channels, wanted):
    reference, other, estimate = three(rate, channels)
    found = log_wmse.of_stems(
        references={"one": reference, "two": other}, estimates={"one": estimate}
    )
    assert found == {"one": pytest.approx(wanted, abs=0.02)}


def test_log_wmse_agrees_with_the_package_where_it_is_installed():
    package = pytest.importorskip("log_wmse_audio_quality")
    reference, other, estimate = three(RATE, 2)
    theirs = package.calculate_log_wmse(
        (reference + other).samples, estimate.samples, reference.samples, RATE
    )
    found = log_wmse.of_stems(
        references={"one": reference, "two": other}, estimates={"one": estimate}
    )
    assert found["one"] == pytest.approx(float(theirs), abs=0.02)


def test_log_wmse_weighs_as_it_says():
    """The gains of the four filters at some frequencies, in dB, reckoned from their equations:
    at 120 Hz the high pass alone counts, -3.0 dB and 0.2 of the bell."""
    response = np.abs(np.fft.rfft(_weighting(), RATE))
    for hz, wanted in ((30, -23.9), (120, -2.8), (500, 2.5), (5_000, 3.4), (10_000, -1.0)):
        assert 20.0 * np.log10(response[hz]) == pytest.approx(wanted, abs=0.5), hz
    taps = _weighting()
    np.testing.assert_allclose(taps[:3_999], taps[:3_999][::-1], atol=1e-12)


def test_log_wmse_of_a_stem_that_is_silent_in_a_song_that_is_not():
    other = sound()
    silence = other.scaled(0.0)

    def value(estimate):
        references = {"one": silence, "two": other}
        return log_wmse.of_stems(references=references, estimates={"one": estimate})["one"]

    assert value(silence) == log_wmse.perfect
    assert value(noisy(silence, 1e-7)) == log_wmse.perfect
    assert value(other.scaled(0.5)) == pytest.approx(5.55, abs=0.02)
    assert value(other.scaled(0.05)) > value(other.scaled(0.1)) > value(other)


def test_log_wmse_of_a_mix_in_one_channel_sees_what_is_in_the_other():
    left = sound().with_samples(sound().samples * np.array([[1.0], [0.0]]))
    both = left.with_samples(np.repeat(left.samples[:1], 2, axis=0))
    assert log_wmse(reference=left, estimate=both) < 40.0


def test_log_wmse_of_a_mono_stem_in_a_stereo_song():
    mono, stereo = sound(1, seed=1), sound(2, seed=2)
    twice = mono.with_samples(np.repeat(mono.samples, 2, axis=0))
    found = [
        log_wmse.of_stems(references={"one": one, "two": stereo}, estimates={"one": noisy_copy})
        for one, noisy_copy in (
            (mono, mono.scaled(0.8)),
            (twice, twice.scaled(0.8)),
        )
    ]
    assert found[0]["one"] == pytest.approx(found[1]["one"], abs=1e-9)

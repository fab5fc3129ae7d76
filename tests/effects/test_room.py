"""Rooms: their decay, their power, their start, and sounds that they do not change."""

import math

import numpy as np
import pytest
import soundfile
from scipy import signal

from automix_bench.audio import Audio
from automix_bench.dsp.filters.convolution import convolved
from automix_bench.effect import Unsuitable
from automix_bench.effects.convolution import Convolution
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.reverb import Reverb
from automix_bench.errors import UsageError
from automix_bench.files.impulse_responses import EXAMPLE, ImpulseResponses
from tests.support.signals import RATES, impulse, level_db, snr_db, sounding


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


def test_the_tail_decays_to_zero_and_never_grows():
    heard = tail(0.1, 20_000.0, 44_100, seconds=2.5)[0]
    blocks = np.abs(heard[:44_000]).reshape(-1, 4_400).max(axis=1)
    assert (np.diff(blocks) < 0.0).all()
    assert not heard[-44_100:].any()


def test_reverb_wants_one_or_two_channels():
    with pytest.raises(ValueError, match="Reverb wants mono or stereo audio, got 3 channels"):
        Reverb(1.0, 0.0, 5_000.0, 0.5)(sounding(3, 100, 44_100))


def pink_gain_db(heard, rate, fed):
    """The output power for pink noise relative to its input power, in dB, from responses."""
    frequencies = np.fft.rfftfreq(heard.shape[1], 1.0 / rate)
    audible = (frequencies >= 20.0) & (frequencies <= 20_000.0)
    pink = 1.0 / frequencies[audible]
    power = np.square(np.abs(np.fft.rfft(heard)[:, audible]))
    return 10.0 * math.log10(float((power * pink).sum() / pink.sum()) / fed)


def room(times, rate, *, number=0.0, at=(1.0,), seconds=None):
    length = round((seconds or 1.3 * max(times) + 0.2) * rate)
    return NoiseReverb(*times, 0.0, 1.0, number)(impulse(length, rate, at)).samples.astype(float)


@pytest.mark.parametrize("rate", [16_000, *RATES])
@pytest.mark.parametrize("times", [(0.4, 0.4, 0.4), (2.0, 1.5, 0.8), (6.0, 4.0, 2.0)])
def test_a_numbered_room_decays_in_each_band_as_set(rate, times):
    heard = room(times, rate)[0]
    for centre_hz, seconds in zip((125.0, 1_000.0, 8_000.0), times, strict=True):
        if centre_hz * math.sqrt(2.0) < rate / 2.0:
            measured = decay_seconds(octave(heard, centre_hz, rate), rate)
            assert measured == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize("times", [(1.0, 2.0, 1.0), (3.0, 1.5, 0.75)])
def test_decay_times_are_interpolated_in_the_logarithm(times):
    heard = room(times, 44_100)[0]
    for octaves in (-2, -1, 1, 2):
        far = times[0 if octaves < 0 else 2]
        seconds = times[1] * (far / times[1]) ** (abs(octaves) / 3.0)
        measured = decay_seconds(octave(heard, 1_000.0 * 2.0**octaves, 44_100), 44_100)
        assert measured == pytest.approx(seconds, rel=0.12)


@pytest.mark.parametrize("rate", [16_000, *RATES])
@pytest.mark.parametrize("times", [(0.2, 0.2, 0.1), (3.0, 2.0, 1.0)])
def test_a_numbered_room_keeps_the_power_of_pink_noise(rate, times):
    mono = room(times, rate)
    assert abs(pink_gain_db(mono, rate, 1.0)) < 0.1
    sides = [pink_gain_db(room(times, rate, at=at), rate, 1.0) for at in ((1.0, 0.0), (0.0, 1.0))]
    assert abs(10.0 * math.log10(sum(10.0 ** (db / 10.0) for db in sides) / 2.0)) < 0.1
    assert max(map(abs, sides)) < 1.5


def test_rooms_differ_by_number_and_repeat():
    audio = sounding(2, 20_000, 44_100)
    one, near, other = (NoiseReverb(1.0, 1.0, 1.0, 0.0, 1.0, n)(audio) for n in (7.0, 7.4, 8.0))
    assert np.array_equal(one.samples, near.samples)
    assert abs(np.corrcoef(one.samples[0], other.samples[0])[0, 1]) < 0.1


def test_a_room_is_the_same_at_every_rate():
    """The output at 48 kHz, resampled to 44.1 kHz, equals the output at 44.1 kHz."""
    here, there = (room((0.5, 0.5, 0.5), rate)[0] for rate in (44_100, 48_000))
    brought = signal.resample_poly(there, 147, 160)[: here.size] * 160 / 147
    low = signal.butter(6, 15_000.0, fs=44_100, output="sos")
    one, other = (signal.sosfilt(low, x)[200:20_000] for x in (here, brought))
    assert np.corrcoef(one, other)[0, 1] > 0.999


@pytest.mark.parametrize("at", [(1.0, 1.0), (1.0, 0.0), (1.0, -1.0)])
def test_the_sides_of_a_numbered_room_are_uncorrelated(at):
    left, right = room((1.5, 1.5, 1.0), 44_100, at=at)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.05
    assert abs(10.0 * np.log10(np.sum(left**2) / np.sum(right**2))) < 1.5


def test_the_tail_of_a_numbered_room_begins_at_once_or_after_the_pre_delay():
    for pre_delay_ms, first in ((0.0, 0), (100.0, 4_410)):
        out = NoiseReverb(1.0, 1.0, 1.0, pre_delay_ms, 0.25, 3.0)(impulse(8_000, 44_100)).samples[0]
        assert out[0] == pytest.approx(0.75, abs=0.25 * 0.1 if pre_delay_ms == 0.0 else 0.0)
        assert not out[1:first].any()
        assert level_db(out[first + 1 : first + 50]) > level_db(out[first + 2_000 :]) + 3.0


@pytest.mark.parametrize(("taps", "late"), [(1, 0), (300, 17), (40_000, -25), (70_000, 90_000)])
def test_convolution_is_convolution_whatever_the_blocks(taps, late):
    audio = sounding(2, 80_000, 48_000)
    samples = audio.samples.astype(np.float64)
    paths = np.random.default_rng(1).standard_normal((2, 2, taps))
    wanted = np.zeros((2, 80_000 + abs(late)))
    for heard in range(2):
        whole = sum(signal.fftconvolve(samples[i], paths[heard, i]) for i in range(2))
        whole = np.concatenate([np.zeros(max(late, 0)), whole[max(-late, 0) :]])
        wanted[heard, : whole.size] = whole[: wanted.shape[1]]
    wanted = wanted[:, :80_000]
    error = convolved(audio.samples, paths, late=late) - wanted
    assert level_db(error) < max(level_db(wanted), 0.0) - 200.0


@pytest.fixture
def responses(tmp_path, monkeypatch):
    """Stores samples as a response, and returns its name."""
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path))

    def add(samples, rate):
        path = tmp_path / "made.wav"
        soundfile.write(path, np.asarray(samples).T, rate, subtype="FLOAT")
        return ImpulseResponses().add(path, "CC0-1.0").sha256

    return add


def measured(rate, channels=1, *, at=480, rt60_seconds=0.5, seed=0):
    """Silence, a direct sound, and decaying noise of half its size."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(rt60_seconds * rate)) / rate
    tail = 0.1 * rng.standard_normal((channels, time.size)) * 10.0 ** (-3.0 * time / rt60_seconds)
    samples = np.concatenate([np.zeros((channels, at)), tail], axis=1)
    samples[:, at] = 1.0
    return samples


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_the_direct_sound_of_a_response_lies_on_the_dry_sound(responses, rate):
    for given in (16_000, 44_100, 48_000):
        name = responses(measured(given, at=777), given)
        out = Convolution(name, 1.0, 0.0)(impulse(rate, rate)).samples[0]
        assert int(np.argmax(np.abs(out))) == 0
        later = Convolution(name, 1.0, 100.0)(impulse(rate, rate)).samples[0]
        assert int(np.argmax(np.abs(later))) == round(0.1 * rate)


def test_a_reflection_stronger_than_the_direct_sound_is_not_taken_for_it(responses):
    samples = np.zeros((1, 6_000))
    samples[0, [1_000, 1_900]] = 0.5, 1.0
    out = Convolution(responses(samples, 48_000), 1.0, 0.0)(impulse(4_000, 48_000)).samples[0]
    assert list(np.flatnonzero(np.abs(out) > 1e-6)) == [0, 900]
    assert out[900] == pytest.approx(2.0 * out[0])


def test_without_its_direct_sound_only_the_room_is_heard(responses):
    name = responses(measured(48_000), 48_000)
    kept, removed = (
        Convolution(name, 1.0, 0.0, d)(impulse(30_000, 48_000)).samples[0].astype(float)
        for d in ("kept", "removed")
    )
    assert np.abs(removed[:120]).max() < 1e-15
    after = slice(150, 20_000)
    gain = np.dot(removed[after], kept[after]) / np.dot(kept[after], kept[after])
    assert gain > 1.0
    assert np.allclose(removed[after], gain * kept[after], atol=1e-6)


def test_a_response_of_nothing_but_direct_sound_changes_nothing_or_is_refused(responses):
    audio = sounding(2, 5_000, 44_100)
    for rate in (44_100, 48_000):
        name = responses(np.eye(1, 2_000, 300), rate)
        if rate == audio.rate:
            assert snr_db(audio, Convolution(name, 1.0, 0.0)(audio)) > 120.0
        with pytest.raises(Unsuitable, match="nothing after its direct sound"):
            Convolution(name, 1.0, 0.0, "removed")(audio)


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("direct", ["kept", "removed"])
def test_a_response_keeps_the_power_of_pink_noise(responses, channels, direct):
    name = responses(measured(48_000, channels), 48_000)
    for rate in (44_100, 48_000, 96_000):
        one = Convolution(name, 1.0, 0.0, direct)
        ins = ((1.0,),) if channels == 1 else ((1.0, 0.0), (0.0, 1.0))
        gains = [pink_gain_db(one(impulse(rate, rate, at)).samples, rate, 1.0) for at in ins]
        assert abs(10.0 * math.log10(np.mean([10.0 ** (db / 10.0) for db in gains]))) < 0.2


def test_each_channel_of_a_response_is_its_path(responses):
    taps = np.array([[1.0], [2.0], [3.0], [4.0]])
    where = (np.arange(500) == 100) * 1.0
    left, right = impulse(50, 48_000, (1.0, 0.0)), impulse(50, 48_000, (0.0, 1.0))

    def heard(channels, audio):
        name = responses(taps[:channels] * where, 48_000)
        return Convolution(name, 1.0, 0.0)(audio).samples[:, 0]

    four = [heard(4, audio) for audio in (left, right)]
    assert np.allclose(four[0] / four[0][0], [1.0, 2.0])
    assert np.allclose(four[1] / four[0][0], [3.0, 4.0])
    two = [heard(2, audio) for audio in (left, right)]
    assert np.allclose(two[0] / two[0][0], [1.0, 0.0])
    assert np.allclose(two[1] / two[0][0], [0.0, 2.0])
    assert np.allclose(heard(1, left), [1.0, 0.0])
    assert heard(4, impulse(50, 48_000)).shape == (1,)


def test_audio_of_many_channels_wants_a_response_of_one(responses):
    audio = sounding(5, 1_000, 48_000)
    assert Convolution(responses(measured(48_000), 48_000), 0.5, 0.0)(audio).channels == 5
    name = responses(measured(48_000, 2), 48_000)
    told = "Convolution wants mono or stereo audio for a response of 2 channels, got 5 channels"
    with pytest.raises(Unsuitable, match=told):
        Convolution(name, 0.5, 0.0)(audio)


def test_a_response_that_the_store_lacks_is_named(responses):
    with pytest.raises(UsageError, match="no impulse response 0000"):
        Convolution("0" * 64, 0.5, 0.0)(sounding(1, 100, 48_000))


def test_rooms_of_no_wet_change_no_bit():
    audio = Audio(sounding(2, 5_000, 44_100).samples, 44_100)
    for one in (Convolution(EXAMPLE, 0.0, 9.0), NoiseReverb(1.0, 1.0, 1.0, 9.0, 0.0, 5.0)):
        assert np.array_equal(one(audio).samples, audio.samples)


def test_a_numbered_room_wants_one_or_two_channels():
    with pytest.raises(Unsuitable, match="NoiseReverb wants mono or stereo audio, got 3 channels"):
        NoiseReverb(1.0, 1.0, 1.0, 0.0, 0.5, 1.0)(sounding(3, 100, 44_100))

"""What must hold of every effect (a new file in effects/ is tested by being there), and then what
each one must do to sound."""

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.console import chain_from_json, chain_to_json
from automix_bench.dsp import biquad
from automix_bench.effect import Chain
from automix_bench.effects.balance import Balance
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.delay import Delay
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip

EFFECTS = [plugin.load("effects", name) for name in plugin.names("effects")]
STEREO_ONLY = (Balance, Pan)
RATES = (44_100, 48_000, 96_000)


def sounding(channels, length, rate, seed=0, rms=0.1):
    """Seeded noise."""
    samples = rms * np.random.default_rng(seed).standard_normal((channels, length))
    return Audio(samples.astype(np.float32), rate)


def impulse(length, rate, at=(1.0,)):
    samples = np.zeros((len(at), length), np.float32)
    samples[:, 0] = at
    return Audio(samples, rate)


def channels_for(effect):
    return (2,) if effect in STEREO_ONLY else (1, 2)


def drawn(effect, data):
    """`effect` with knobs that hypothesis chooses, the ends of their ranges among them."""
    knobs = {n: data.draw(st.floats(k.low, k.high), label=n) for n, k in effect.knobs().items()}
    return effect(**knobs)


def middle(effect):
    """`effect` with every knob in the middle of its range."""
    return effect(**{name: (k.low + k.high) / 2.0 for name, k in effect.knobs().items()})


def snr_db(reference, estimate):
    error = estimate.samples.astype(np.float64) - reference.samples
    power = np.sum(np.square(reference.samples, dtype=np.float64))
    return 10.0 * np.log10(power / max(np.sum(np.square(error)), 1e-300))


def response_db(effect, rate, length=1 << 16):
    """Frequencies in Hz and the response there, from an impulse."""
    heard = effect(impulse(length, rate)).samples[0].astype(np.float64)
    return np.fft.rfftfreq(length, 1.0 / rate), 20.0 * np.log10(np.abs(np.fft.rfft(heard)))


# --- every effect


def test_the_nine_are_there():
    names = "compressor delay gain high_shelf low_shelf pan peaking_eq reverb soft_clip"
    assert set(names.split()) <= set(plugin.names("effects"))


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data(), rate=st.sampled_from(RATES), length=st.integers(1, 9_000))
def test_keeps_shape_and_rate_repeats_its_bits_and_leaves_its_input(effect, data, rate, length):
    channels = data.draw(st.sampled_from(channels_for(effect)))
    one, audio = drawn(effect, data), sounding(channels, length, rate)
    before = audio.samples.copy()
    out = one(audio)
    assert (out.rate, out.samples.shape) == (audio.rate, audio.samples.shape)
    assert out.samples.dtype == np.float32
    assert np.array_equal(out.samples, one(audio).samples)
    assert np.array_equal(audio.samples, before)


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), rate=st.sampled_from(RATES))
def test_a_claimed_inverse_inverts_to_100_db(effect, data, rate):
    one, audio = drawn(effect, data), sounding(2, 20_000, rate)
    undo = one.inverse()
    if undo is not None:
        assert snr_db(audio, undo(one(audio))) >= 100.0
        assert snr_db(audio, one(undo(audio))) >= 100.0


@pytest.mark.parametrize("effect", EFFECTS)
def test_says_why_it_is_irreversible_if_and_only_if_it_is(effect):
    rng = np.random.default_rng(0)
    drawn_knobs = [
        {name: rng.uniform(k.low, k.high) for name, k in effect.knobs().items()} for _ in range(50)
    ]
    undone = [effect(**knobs).inverse() for knobs in drawn_knobs]
    assert bool(effect.irreversible) == all(undo is None for undo in undone)
    assert "\n" not in effect.irreversible


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_knob_out_of_range_is_named_with_its_range_and_unit(effect):
    within = {name: k.low for name, k in effect.knobs().items()}
    for name, k in effect.knobs().items():
        told = f"{effect.__name__}.{name} must lie in [{k.low}, {k.high}] {k.unit}, got "
        assert k.unit
        for value in (k.low - 1e-3, k.high + 1e-3, math.nan):
            with pytest.raises(ValueError, match=re.escape(told)):
                effect(**(within | {name: value}))


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_comes_back_equal_from_json_and_so_does_its_inverse(effect, data):
    one = drawn(effect, data)
    undo = one.inverse()
    chain = Chain((one,) if undo is None else (one, undo))
    assert chain_from_json(json.loads(json.dumps(chain_to_json(chain)))) == chain


@pytest.mark.parametrize("effect", EFFECTS)
def test_its_docstring_has_equation_source_and_latency(effect):
    assert re.search(r"^ {8}\S.* = ", effect.__doc__, re.MULTILINE)
    assert re.search(r"\b(19|20)\d\d\b|\bIEC \d+|Cookbook", effect.__doc__)
    assert re.search(r"\blatency\b", effect.__doc__, re.IGNORECASE)


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("length", [1, 5_000])
def test_silence_stays_silence(effect, length):
    silence = Audio(np.zeros((2, length), np.float32), 44_100)
    assert not middle(effect)(silence).samples.any()


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("rate", [8_000, 11_025, 192_000])
def test_works_at_unusual_rates_where_its_frequencies_exist(effect, rate):
    knobs = {
        name: 3_999.0 if name.endswith("_hz") else (k.low + k.high) / 2.0
        for name, k in effect.knobs().items()
    }
    audio = sounding(2, 3 * rate // 10, rate)
    assert effect(**knobs)(audio).samples.any()


@pytest.mark.parametrize("effect", [e for e in EFFECTS if any("_hz" in n for n in e.knobs())])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_a_frequency_the_audio_does_not_have_is_named_with_the_rate(effect, rate):
    (name,) = [n for n in effect.knobs() if n.endswith("_hz")]
    knobs = {n: k.high for n, k in effect.knobs().items()} | {name: rate / 2.0}
    told = rf"{effect.__name__}\.{name} must lie below .*{rate / 2.0:g} Hz at {rate} Hz"
    with pytest.raises(ValueError, match=told):
        effect(**knobs)(sounding(2, 100, rate))


@pytest.mark.parametrize("effect", EFFECTS)
def test_takes_samples_in_any_layout_of_memory(effect):
    audio = sounding(2, 4_000, 44_100)
    striped = Audio(np.asfortranarray(audio.samples), audio.rate)
    one = middle(effect)
    assert np.array_equal(one(audio).samples, one(striped).samples)


def test_threads_give_the_bits_of_one_alone():
    audio = sounding(2, 30_000, 44_100)
    chain = Chain(tuple(middle(effect) for effect in EFFECTS))
    alone = chain(audio).samples
    with ThreadPoolExecutor(4) as pool:
        for together in pool.map(chain, [audio] * 8):
            assert np.array_equal(together.samples, alone)


# --- gain, pan, balance


def test_gain_is_in_decibels():
    audio = sounding(1, 100, 44_100)
    np.testing.assert_allclose(Gain(20.0)(audio).samples, 10.0 * audio.samples, rtol=1e-7)
    np.testing.assert_allclose(Gain(-6.0)(audio).samples, 0.501187 * audio.samples, rtol=1e-6)


@given(pan=st.floats(-1.0, 1.0))
def test_pan_keeps_the_power_at_two(pan):
    left, right = Pan(pan)(Audio(np.ones((2, 1), np.float32), 44_100)).samples[:, 0].tolist()
    assert left**2 + right**2 == pytest.approx(2.0, rel=1e-6)
    assert min(left, right) >= 0.0
    assert (right - left) * pan >= 0.0


def test_pan_is_unity_at_the_centre_silent_at_the_far_side_and_in_place_between():
    audio = sounding(2, 100, 44_100)
    assert np.array_equal(Pan(0.0)(audio).samples, audio.samples)
    for pan, near, far in ((-1.0, 0, 1), (1.0, 1, 0)):
        out = Pan(pan)(audio).samples
        assert not out[far].any()
        np.testing.assert_allclose(out[near], math.sqrt(2.0) * audio.samples[near], rtol=1e-6)
    half = Pan(0.5)(Audio(np.ones((2, 1), np.float32), 44_100)).samples[:, 0]
    np.testing.assert_allclose(half, [0.541196, 1.306563], rtol=1e-6)


def test_pan_has_no_inverse_only_where_a_side_is_lost():
    assert Pan(1.0).inverse() is None
    assert Pan(-1.0).inverse() is None
    assert Pan(-0.9995).inverse() is None
    assert Pan(0.999).inverse() is not None
    undo = Pan(0.5).inverse()
    assert isinstance(undo, Balance)
    assert (undo.left_db, undo.right_db) == pytest.approx((5.33291, -2.32261), abs=1e-4)


@pytest.mark.parametrize("effect", [Pan(0.1), Balance(1.0, 2.0)])
@pytest.mark.parametrize("channels", [1, 6])
def test_pan_and_balance_want_stereo(effect, channels):
    with pytest.raises(ValueError, match=f"{type(effect).__name__} wants stereo.*got {channels}"):
        effect(sounding(channels, 10, 44_100))


# --- equalisers


def bell(s, a, q):
    return (s**2 + s * a / q + 1.0) / (s**2 + s / (a * q) + 1.0)


def low(s, a, q):
    return a * (s**2 + s * np.sqrt(a) / q + a) / (a * s**2 + s * np.sqrt(a) / q + 1.0)


def high(s, a, q):
    return a * (a * s**2 + s * np.sqrt(a) / q + 1.0) / (s**2 + s * np.sqrt(a) / q + a)


@pytest.mark.parametrize("rate", [8_000, *RATES])
@pytest.mark.parametrize(
    ("effect", "prototype"), [(PeakingEQ, bell), (LowShelf, low), (HighShelf, high)]
)
@pytest.mark.parametrize(
    ("hz", "gain_db", "q"), [(200.0, 6.0, 0.7), (3_000.0, -18.0, 2.0), (900.0, 12.0, 0.3)]
)
def test_an_eq_is_its_analogue_prototype_through_the_bilinear_transform(
    rate, effect, prototype, hz, gain_db, q
):
    frequencies, heard = response_db(effect(hz, gain_db, q), rate)
    s = 1j * np.tan(np.pi * frequencies[:-1] / rate) / np.tan(np.pi * hz / rate)
    wanted = 20.0 * np.log10(np.abs(prototype(s, 10.0 ** (gain_db / 40.0), q)))
    np.testing.assert_allclose(heard[:-1], wanted, atol=2e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("gain_db", [-24.0, -6.0, 6.0, 24.0])
def test_6_db_is_6_db(rate, gain_db):
    hz = rate / 64.0
    frequencies, bell_db = response_db(PeakingEQ(hz, gain_db, 2.0), rate)
    centre = int(np.argmin(np.abs(frequencies - hz)))
    assert bell_db[centre] == pytest.approx(gain_db, abs=1e-4)
    assert bell_db[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-3)
    _, low_db = response_db(LowShelf(hz, gain_db, 0.7071), rate)
    assert low_db[[0, centre, -1]] == pytest.approx([gain_db, gain_db / 2.0, 0.0], abs=1e-3)
    _, high_db = response_db(HighShelf(hz, gain_db, 0.7071), rate)
    assert high_db[[0, centre, -1]] == pytest.approx([0.0, gain_db / 2.0, gain_db], abs=1e-3)


@pytest.mark.parametrize("design", [biquad.peaking, biquad.low_shelf, biquad.high_shelf])
def test_sections_are_minimum_phase_and_filter_as_scipy_does(design):
    audio = sounding(2, 5_000, 48_000)
    for hz in (25.0, 1_000.0, 19_000.0):
        s = design(hz, 9.0, 0.8, 48_000)
        assert np.abs(np.roots([s.b0, s.b1, s.b2])).max() < 1.0
        assert np.abs(np.roots([1.0, s.a1, s.a2])).max() < 1.0
        wanted = signal.lfilter([s.b0, s.b1, s.b2], [1.0, s.a1, s.a2], audio.samples.astype(float))
        np.testing.assert_allclose(biquad.filtered(audio, s).samples, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("effect", [PeakingEQ, LowShelf, HighShelf])
def test_an_eq_of_0_db_changes_no_bit(effect):
    audio = sounding(2, 5_000, 44_100)
    assert np.array_equal(effect(1_234.5, 0.0, 0.9)(audio).samples, audio.samples)


# --- compressor


def curve_db(level_db, threshold_db, ratio, knee_db):
    """The static curve as the paper has it: level in to level out."""
    above = level_db - threshold_db
    if 2.0 * above < -knee_db:
        return level_db
    if 2.0 * abs(above) <= knee_db and knee_db:
        return level_db + (1.0 / ratio - 1.0) * (above + knee_db / 2.0) ** 2 / (2.0 * knee_db)
    return threshold_db + above / ratio


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("knee_db", [0.0, 12.0])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0, 100.0])
def test_the_static_curve_on_a_steady_sine(tone, rate, knee_db, ratio):
    compressor = Compressor(-20.0, ratio, knee_db, 0.0, 5_000.0, 3.0)
    for level_db in (-60.0, -27.0, -25.0, -21.0, -20.0, -18.0, -15.0, -12.0, 0.0):
        sine = tone(seconds=0.5, rate=rate, amplitude=10.0 ** (level_db / 20.0), channels=1)
        heard = np.abs(compressor(sine).samples[0, -rate // 10 :]).max()
        wanted = curve_db(level_db, -20.0, ratio, knee_db) + 3.0
        assert 20.0 * np.log10(heard) == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("attack_ms", "release_ms"), [(1.0, 50.0), (10.0, 100.0), (30.0, 200.0)])
def test_ballistics_reach_63_percent_in_their_time(rate, attack_ms, release_ms):
    # Quiet, loud for 10 attacks, quiet again; of constant magnitude, so the detector sees steps.
    loud = np.arange(round(0.02 * rate), round((0.02 + attack_ms / 100.0) * rate))
    magnitude = np.full(loud[-1] + round(rate * release_ms / 500.0), 1e-3)
    magnitude[loud] = 10.0 ** (-10.0 / 20.0)
    wave = (magnitude * (-1.0) ** np.arange(magnitude.size)).astype(np.float32)[np.newaxis]
    out = Compressor(-30.0, 4.0, 0.0, attack_ms, release_ms, 0.0)(Audio(wave, rate)).samples
    reduction_db = -20.0 * np.log10(out[0].astype(float) / wave[0])
    full_db, part = 15.0, 1.0 - math.exp(-1.0)
    assert reduction_db[loud[-1]] == pytest.approx(full_db, rel=1e-3)
    rise = int(np.argmax(reduction_db > part * full_db)) - loud[0]
    assert rise == pytest.approx(attack_ms * rate / 1_000.0, abs=1.5)
    fall = int(np.argmax(reduction_db[loud[-1] + 1 :] < (1.0 - part) * full_db))
    assert fall == pytest.approx(release_ms * rate / 1_000.0, rel=2e-3, abs=1.5)


def test_compression_is_linked_so_the_stereo_image_stays():
    audio = sounding(2, 10_000, 44_100, rms=0.3)
    tilted = Balance(0.0, -20.0)(audio)
    out = Compressor(-30.0, 8.0, 6.0, 5.0, 80.0, 0.0)(tilted).samples
    gains = out / tilted.samples
    np.testing.assert_allclose(gains[0], gains[1], rtol=1e-5)
    assert gains.min() < 0.5


# --- soft clip


def test_soft_clip_is_a_tanh_that_keeps_full_scale():
    ramp = Audio(np.linspace(-1.5, 1.5, 301, dtype=np.float32)[np.newaxis], 44_100)
    out = SoftClip(12.0)(ramp).samples[0]
    drive = 10.0**0.6
    wanted = np.tanh(drive * ramp.samples[0].astype(float)) / math.tanh(drive)
    np.testing.assert_allclose(out, wanted, rtol=1e-6)
    assert out[[50, 250]] == pytest.approx([-1.0, 1.0], rel=1e-6)
    assert (np.diff(out) >= 0.0).all()


# --- delay


@pytest.mark.parametrize("rate", RATES)
def test_the_echoes_of_a_delay_by_hand(rate):
    out = Delay(10.0, 0.5, 0.8)(impulse(rate // 10, rate, at=(1.0, -2.0))).samples
    lag = rate // 100
    wanted = np.zeros_like(out)
    wanted[:, ::lag] = 0.8 * 0.5 ** (np.arange(wanted[0, ::lag].size) - 1.0)
    wanted[:, 0] = 1.0
    np.testing.assert_allclose(out, wanted * [[1.0], [-2.0]], rtol=1e-6)


def test_a_delay_rounds_to_the_nearest_sample():
    for delay_ms, lag in ((1.0, 44), (1.04, 46), (2_000.0, 88_200)):
        out = Delay(delay_ms, 0.0, 1.0)(impulse(lag + 1, 44_100)).samples[0]
        assert np.flatnonzero(out).tolist() == [0, lag]


def test_where_a_delay_has_no_inverse():
    assert Delay(100.0, 0.3, 0.5).inverse() == Delay(100.0, 0.3 - 0.5, -0.5)
    assert Delay(100.0, -0.5, 0.5).inverse() is None
    assert Delay(100.0, 0.0, 1.0).inverse() is None


def test_a_delay_shorter_than_a_sample_is_refused():
    with pytest.raises(ValueError, match=r"Delay\.delay_ms must be a sample or more, 10 ms at 100"):
        Delay(1.0, 0.0, 1.0)(sounding(1, 10, 100))


# --- reverb


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

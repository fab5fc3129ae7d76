"""Equalisers and filters."""

import numpy as np
import pytest
from scipy import signal

from automix_bench.audio import Audio
from automix_bench.dsp.filters import biquad, butterworth, graphic_eq
from automix_bench.effect import Unsuitable
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.notch import Notch
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.tilt import Tilt
from tests.support.signals import RATES, impulse, response_db, snr_db, sounding

WIDE_RATES = (8_000, 44_100, 96_000, 192_000)
THIRDS_HZ = np.array(graphic_eq.CENTRES_HZ)


def bell(s, a, q):
    return (s**2 + s * a / q + 1.0) / (s**2 + s / (a * q) + 1.0)


def low(s, a, q):
    return a * (s**2 + s * np.sqrt(a) / q + a) / (a * s**2 + s * np.sqrt(a) / q + 1.0)


def high(s, a, q):
    return a * (a * s**2 + s * np.sqrt(a) / q + 1.0) / (s**2 + s * np.sqrt(a) / q + a)


def measured_db(effect, frequencies_hz, rate, seconds=1):
    """The response at any frequencies, from the sum of the impulse response at each."""
    heard = effect(impulse(seconds * rate, rate)).samples[0].astype(np.float64)
    heard = heard[: np.flatnonzero(heard)[-1] + 1]
    turns = -2j * np.pi * np.arange(heard.size) / rate
    return 20.0 * np.log10([np.abs(np.exp(hz * turns) @ heard) for hz in frequencies_hz])


def prototype_s(frequencies_hz, hz, rate):
    """The bilinear transform of a frequency to the prototype's imaginary axis."""
    return 1j * np.tan(np.pi * frequencies_hz / rate) / np.tan(np.pi * hz / rate)


def thirds(rate):
    return THIRDS_HZ[THIRDS_HZ / rate < 0.49]


FILTERS = [
    (PeakingEQ(700.0, 6.0, 1.0), lambda s: bell(s, 10 ** (6 / 40), 1.0)),
    (PeakingEQ(3_100.0, -15.0, 4.0), lambda s: bell(s, 10 ** (-15 / 40), 4.0)),
    (LowShelf(250.0, 9.0, 0.7), lambda s: low(s, 10 ** (9 / 40), 0.7)),
    (HighShelf(2_500.0, -9.0, 0.7), lambda s: high(s, 10 ** (-9 / 40), 0.7)),
    (Notch(900.0, 2.0), lambda s: (s**2 + 1) / (s**2 + s / 2.0 + 1)),
    (Tilt(800.0, 5.0), lambda s: (10 ** (5 / 20) * s + 1) / (s + 10 ** (5 / 20))),
    *(
        (LowPass(1_000.0, str(n)), lambda s, n=n: np.sqrt(1 / (1 + np.abs(s) ** (2 * n))))
        for n in range(1, 9)
    ),
    *(
        (HighPass(100.0, str(n)), lambda s, n=n: np.sqrt(1 / (1 + np.abs(s) ** (-2 * n))))
        for n in range(1, 9)
    ),
]


@pytest.mark.parametrize("rate", WIDE_RATES)
@pytest.mark.parametrize(("effect", "prototype"), FILTERS, ids=[repr(one) for one, _ in FILTERS])
def test_at_third_octaves_a_filter_is_its_formula_within_0_05_db(effect, prototype, rate):
    points = thirds(rate)
    wanted = 20.0 * np.log10(np.abs(prototype(prototype_s(points, effect.frequency_hz, rate))))
    heard = measured_db(effect, points, rate)
    loud = wanted > -90.0  # below that float32 holds too little of an impulse
    assert loud.sum() > 10
    np.testing.assert_allclose(heard[loud], wanted[loud], atol=0.05)
    assert (heard[~loud] < -85.0).all()


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
    s = prototype_s(frequencies[:-1], hz, rate)
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


def test_tilt_is_a_see_saw():
    rate = 48_000
    frequencies, heard = response_db(Tilt(rate / 64.0, 6.0), rate)
    centre = int(np.argmin(np.abs(frequencies - rate / 64.0)))
    assert heard[[0, centre, -1]] == pytest.approx([-6.0, 0.0, 6.0], abs=1e-3)


@pytest.mark.parametrize("order", range(1, 9))
@pytest.mark.parametrize("rate", WIDE_RATES)
def test_passes_are_3_db_down_at_their_frequency(order, rate):
    for effect in (LowPass(1_500.0, str(order)), HighPass(1_500.0, str(order))):
        at = measured_db(effect, np.array([1_500.0]), rate)
        assert at == pytest.approx(-3.0103, abs=1e-3)


@pytest.mark.parametrize("order", range(1, 9))
@pytest.mark.parametrize(
    ("design", "kind"), [(butterworth.low_pass, "lowpass"), (butterworth.high_pass, "highpass")]
)
@pytest.mark.parametrize("hz", [20.0, 1_000.0, 19_000.0])
def test_passes_filter_as_scipys_butterworth_does(order, design, kind, hz):
    audio = sounding(2, 5_000, 48_000)
    sos = signal.butter(order, hz, kind, fs=48_000, output="sos")
    wanted = signal.sosfilt(sos, audio.samples.astype(float))
    heard = biquad.filtered(audio, *design(hz, order, 48_000)).samples
    np.testing.assert_allclose(heard, wanted, rtol=1e-5, atol=1e-7)


def test_a_notch_takes_out_its_frequency_and_little_else():
    rate = 48_000
    time = np.arange(2 * rate) / rate
    hum, tone = (np.sin(2.0 * np.pi * hz * time).astype(np.float32) for hz in (50.0, 1_000.0))
    heard = Notch(50.0, 5.0)(Audio(np.stack([hum, tone]), rate)).samples[:, rate:]
    assert np.abs(heard[0]).max() < 1e-6
    assert np.abs(heard[1]).max() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("design", [biquad.peaking, biquad.low_shelf, biquad.high_shelf])
def test_sections_are_minimum_phase_and_filter_as_scipy_does(design):
    audio = sounding(2, 5_000, 48_000)
    for hz in (25.0, 1_000.0, 19_000.0):
        s = design(hz, 9.0, 0.8, 48_000)
        assert np.abs(np.roots([s.b0, s.b1, s.b2])).max() < 1.0
        assert np.abs(np.roots([1.0, s.a1, s.a2])).max() < 1.0
        wanted = signal.lfilter([s.b0, s.b1, s.b2], [1.0, s.a1, s.a2], audio.samples.astype(float))
        np.testing.assert_allclose(biquad.filtered(audio, s).samples, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("many", [0, 1, 2, 3, 6, 7])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [1, 512, 1_300])
def test_sections_in_a_row_filter_each_channel_as_scipy_does(many, channels, length):
    audio = sounding(channels, length, 48_000)
    row = [biquad.peaking(300.0 * (k + 1), 6.0 - k, 0.5 + k, 48_000) for k in range(many)]
    wanted = audio.samples.astype(float)
    for s in row:
        wanted = signal.lfilter([s.b0, s.b1, s.b2], [1.0, s.a1, s.a2], wanted)
    np.testing.assert_allclose(biquad.filtered(audio, *row).samples, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("many", [1, 2])
def test_a_tail_ends_in_silence_and_not_in_denormal_numbers(many):
    ringing = biquad.peaking(5_000.0, 24.0, 1.0, 44_100)
    heard = biquad.filtered(impulse(60_000, 44_100, (1.0, 1.0)), *[ringing] * many).samples
    assert not heard[:, 20_000:].any()
    assert np.abs(heard[heard != 0.0]).min() > 1e-36


@pytest.mark.parametrize("effect", [PeakingEQ, LowShelf, HighShelf])
def test_an_eq_of_0_db_changes_no_bit(effect):
    audio = sounding(2, 5_000, 44_100)
    assert np.array_equal(effect(1_234.5, 0.0, 0.9)(audio).samples, audio.samples)
    assert effect(1_234.5, 3.0, 0.9).inverse() == effect(1_234.5, -3.0, 0.9)


def test_tilt_and_graphic_of_0_db_change_no_bit():
    audio = sounding(2, 5_000, 44_100)
    assert np.array_equal(Tilt(900.0, 0.0)(audio).samples, audio.samples)
    assert np.array_equal(GraphicEQ((0.0,) * 31)(audio).samples, audio.samples)


def faders(kind, count):
    rng = np.random.default_rng(count)
    return {
        "all up": np.full(31, 12.0),
        "zigzag": np.where(np.arange(31) % 2, 12.0, -12.0),
        "step": np.where(np.arange(31) < 16, 12.0, -12.0),
        "random": rng.uniform(-12.0, 12.0, 31),
        "corners": rng.choice([-12.0, 12.0], 31),
    }[kind] * (np.arange(31) < count)


@pytest.mark.parametrize("rate", WIDE_RATES)
@pytest.mark.parametrize("kind", ["all up", "zigzag", "random", "corners"])
def test_a_graphic_eq_gives_what_its_faders_say_at_every_centre(kind, rate):
    there = sum(hz < rate / 2 for hz in graphic_eq.NOMINAL_HZ)
    wanted = faders(kind, there)
    effect, centres = GraphicEQ(tuple(wanted.tolist())), THIRDS_HZ[:there]
    heard = measured_db(effect, centres, rate, seconds=3)
    np.testing.assert_allclose(heard, wanted[:there], atol=0.01)
    exact = np.zeros(there)
    for s in graphic_eq.sections(effect.gains_db[:there], rate):
        row = ([s.b0, s.b1, s.b2], [1.0, s.a1, s.a2])
        exact += 20.0 * np.log10(np.abs(signal.freqz(*row, worN=centres, fs=rate)[1]))
    np.testing.assert_allclose(exact, wanted[:there], atol=1e-5)


def test_6_db_in_one_band_is_6_db_there_and_0_db_at_the_others():
    for band in (0, 17, 30):
        one = np.where(np.arange(31) == band, 6.0, 0.0)
        heard = measured_db(GraphicEQ(tuple(one.tolist())), THIRDS_HZ, 44_100)
        np.testing.assert_allclose(heard, one, atol=1e-3)


@pytest.mark.parametrize("rate", [44_100, 48_000, 192_000])
def test_a_graphic_eq_runs_smoothly_between_its_centres(rate):
    for kind, furthest in (("all up", 0.4), ("step", 13.0)):
        effect = GraphicEQ(tuple(faders(kind, 31).tolist()))
        frequencies, heard = response_db(effect, rate, length=1 << 17)
        between = heard[(frequencies > 25.0) & (frequencies < 18_000.0)]
        assert np.abs(between - 12.0 * (kind == "all up")).max() < furthest


def test_the_bands_are_the_standards():
    assert graphic_eq.NOMINAL_HZ[:8] == (20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0)
    assert graphic_eq.NOMINAL_HZ[17] == graphic_eq.CENTRES_HZ[17] == 1_000.0
    assert graphic_eq.NOMINAL_HZ[-2:] == (16_000.0, 20_000.0)
    np.testing.assert_allclose(graphic_eq.CENTRES_HZ, graphic_eq.NOMINAL_HZ, rtol=0.01)


@pytest.mark.parametrize("rate", WIDE_RATES)
def test_opposite_faders_undo_extreme_settings(rate):
    there = sum(hz < rate / 2 for hz in graphic_eq.NOMINAL_HZ)
    audio = sounding(2, rate // 2, rate)
    for kind in ("all up", "zigzag", "step", "corners"):
        one = GraphicEQ(tuple(faders(kind, there).tolist()))
        assert snr_db(audio, one.inverse()(one(audio))) > 110.0


def test_a_fader_above_half_the_rate_is_named():
    audio = sounding(1, 100, 8_000)
    faders = np.zeros(31)
    faders[23] = -3.0
    with pytest.raises(Unsuitable, match=r"4000 Hz at 8000 Hz, got -3 dB at 4000 Hz: set it to 0"):
        GraphicEQ(tuple(faders.tolist()))(audio)
    assert GraphicEQ(tuple(np.roll(faders, -1).tolist()))(audio).length == 100

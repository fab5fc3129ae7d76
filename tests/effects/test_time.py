"""Echoes and modulation."""

import math

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.dsp.delays.fractional_delay import shifted
from automix_bench.dsp.delays.lfo import sines
from automix_bench.effect import Unsuitable
from automix_bench.effects.chorus import Chorus
from automix_bench.effects.delay import Delay
from automix_bench.effects.filtered_delay import FilteredDelay
from automix_bench.effects.flanger import Flanger
from automix_bench.effects.phaser import Phaser
from automix_bench.effects.ping_pong_delay import PingPongDelay
from automix_bench.effects.tremolo import Tremolo
from automix_bench.effects.vibrato import Vibrato
from tests.support.signals import RATES, impulse, response_db, snr_db, sounding

RATE = 44_100
SWEEPING = [
    Chorus(3.0, 3.0, 8.0, 0.2, 0.5),
    Flanger(3.0, 1.0, 3.0, 0.5, 0.7),
    Phaser(3.0, 200.0, 5_000.0, 0.5, 0.8),
    Vibrato(3.0, 50.0),
    Tremolo(3.0, 0.8),
]


def tone(frequency_hz, seconds=1.0, rate=RATE, channels=1, level=0.5):
    time = np.arange(round(seconds * rate)) / rate
    wave = level * np.sin(2.0 * np.pi * frequency_hz * time)
    return Audio(np.tile(wave, (channels, 1)).astype(np.float32), rate)


def only_wet(effect, audio):
    """The added part of the sound, divided by `wet`."""
    return (effect(audio).samples.astype(float) - audio.samples) / effect.wet


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


@pytest.mark.parametrize(
    "delay",
    [
        Delay(1.0, 0.0, 1.0),
        PingPongDelay(1.0, 0.0, 1.0),
        FilteredDelay(1.0, 0.0, 1.0, 200.0, 5.0),
    ],
)
def test_a_delay_shorter_than_a_sample_is_refused(delay):
    told = type(delay).__name__ + r"\.delay_ms must be a sample or more, 2 ms at 500 Hz, got 1"
    with pytest.raises(Unsuitable, match=told):
        delay(sounding(2, 10, 500))


@pytest.mark.parametrize("rate", RATES)
def test_the_echoes_of_a_ping_pong_by_hand(rate):
    """The middle is (1 - 0.5) / 2 = 0.25: on the left at D and 3D, on the right at 2D and 4D."""
    lag = rate // 100
    out = PingPongDelay(10.0, 0.6, 0.8)(impulse(4 * lag + 1, rate, at=(1.0, -0.5))).samples
    wanted = np.zeros_like(out)
    wanted[:, 0] = 1.0, -0.5
    for echo in range(1, 5):
        wanted[(echo + 1) % 2, echo * lag] = 0.25 * 0.8 * 0.6 ** (echo - 1)
    np.testing.assert_allclose(out, wanted, atol=1e-7)


def test_a_ping_pong_is_undone_at_the_ends_of_its_knobs():
    noise = sounding(2, 60_000, RATE)
    for feedback in (0.0, 0.95):
        for wet in (0.0, 1.0):
            delay = PingPongDelay(1.0, feedback, wet)
            assert snr_db(noise, delay.inverse()(delay(noise))) > 110.0
            assert delay.inverse().inverse() == delay


def test_the_echoes_of_a_filtered_delay_pass_its_filters_once_more_each():
    lag, length = 4_410, 44_100
    out = FilteredDelay(100.0, 0.5, 0.8, 3_000.0, 200.0)(impulse(length, RATE)).samples[0]
    assert out[0] == 1.0
    assert not out[1:lag].any()
    hz = np.fft.rfftfreq(lag, 1.0 / RATE)
    first, second = (np.fft.rfft(out[k * lag : (k + 1) * lag].astype(float)) for k in (1, 2))
    through = np.tan(np.pi * hz / RATE)
    low, high = (through / math.tan(math.pi * edge / RATE) for edge in (3_000.0, 200.0))
    filters = 1.0 / (1.0 + 1j * low) * (1j * high) / (1.0 + 1j * high)
    heard = hz < 20_000.0
    np.testing.assert_allclose(first[heard], 0.8 * filters[heard], atol=1e-5)
    np.testing.assert_allclose(second[heard], 0.8 * 0.5 * filters[heard] ** 2, atol=1e-5)


def test_the_oscillator_is_a_sine_with_the_given_phase():
    audio = Audio(np.zeros((2, 10_000), np.float32), RATE)
    waves = sines(audio, 7.0, 30.0, 90.0)
    angles = 2.0 * np.pi * 7.0 * np.arange(10_000) / RATE + np.radians([[30.0], [120.0]])
    np.testing.assert_allclose(waves, np.sin(angles), atol=1e-12)


def test_reading_between_samples_is_exact_to_a_thousandth_below_085_of_half_the_rate():
    for frequency_hz in (100.0, 5_000.0, 12_000.0, 18_500.0):
        wave = tone(frequency_hz)
        shifts = np.full((1, wave.length), 0.37)
        heard = shifted(wave, shifts).samples[0, 100:-100]
        time = (np.arange(wave.length) + 0.37) / RATE
        wanted = 0.5 * np.sin(2.0 * np.pi * frequency_hz * time)[100:-100]
        assert np.abs(heard - wanted).max() < 0.5e-3


@pytest.mark.parametrize("effect", [Chorus, Flanger])
def test_an_echo_between_samples_is_exact_to_a_thousandth_below_07_of_half_the_rate(effect):
    for delay_ms in (4.0, 4.001, 4.0113, 4.02):
        for frequency_hz in (100.0, 5_000.0, 15_000.0):
            wave = tone(frequency_hz)
            heard = only_wet(effect(1.0, 0.0, delay_ms, 0.0, 1.0), wave)[0, 1_000:]
            time = np.arange(wave.length) / RATE - delay_ms / 1_000.0
            wanted = 0.5 * np.sin(2.0 * np.pi * frequency_hz * time)[1_000:]
            assert np.abs(heard - wanted).max() < 0.5e-3


@pytest.mark.parametrize("effect", [Chorus, Flanger])
@pytest.mark.parametrize("rate", RATES)
def test_a_chorus_that_stands_still_is_a_delay(effect, rate):
    noise = sounding(2, 10_000, rate)
    still, delay = effect(1.0, 0.0, 10.0, 0.6, -0.7), Delay(10.0, 0.6, -0.7)
    assert snr_db(delay(noise), still(noise)) > 120.0


def test_the_delay_of_a_chorus_goes_as_its_sine_says():
    """A click returns D later, where D is the delay at its return."""
    chorus = Chorus(2.0, 3.0, 8.0, 0.0, 1.0, phase_degrees=40.0)
    clicks = np.zeros((1, RATE), np.float32)
    places = np.arange(0, RATE - 1_000, 1_000)
    clicks[0, places] = 1.0
    added = only_wet(chorus, Audio(clicks, RATE))[0]
    for place in places:
        echo = added[place : place + 1_000]
        lag = np.vdot(echo**2, np.arange(1_000)) / np.vdot(echo, echo)
        angle = 2.0 * np.pi * 2.0 * (place + lag) / RATE + math.radians(40.0)
        assert lag * 1_000.0 / RATE == pytest.approx(8.0 + 3.0 * math.sin(angle), abs=0.02)


def test_a_chorus_reads_each_channel_where_its_sine_says():
    sound = tone(1_000.0, channels=2)
    added = only_wet(Chorus(4.0, 8.0, 6.0, 0.0, 1.0, spread_degrees=90.0), sound)
    time = np.arange(RATE) / RATE
    for channel, phase in enumerate((0.0, np.pi / 2.0)):
        lag_ms = np.maximum(6.0 + 8.0 * np.sin(2.0 * np.pi * 4.0 * time + phase), 1.0)
        wanted = 0.5 * np.sin(2.0 * np.pi * 1_000.0 * (time - lag_ms / 1_000.0))
        assert np.abs(added[channel] - wanted)[1_000:].max() < 0.5e-3


def test_a_flanger_is_never_shorter_than_its_filter():
    click = impulse(100, RATE)
    out = Flanger(1.0, 0.0, 0.1, 0.0, 1.0)(click).samples[0]
    assert np.flatnonzero(out).tolist() == [0, 8]


def test_a_chorus_by_cross_fade_equals_a_chorus():
    """The knobs of RemFX, by JUCE's law, sample by sample and with linear interpolation: the sound
    below 1 kHz, where that is exact enough."""
    rate, mix, depth, centre_ms, feedback, speed_hz = 48_000, 0.3, 0.4, 7.0, 0.3, 1.0
    dry = tone(300.0, 0.5, rate).samples[0].astype(float)
    line, last, wanted = np.zeros(dry.size), 0.0, np.zeros(dry.size)
    for n in range(dry.size):
        line[n] = dry[n] - last
        swing = 20.0 * 0.5 * depth * math.sin(2.0 * math.pi * speed_hz * n / rate)
        place = n - max(1.0, swing + centre_ms) * rate / 1_000.0
        wet = np.interp(place, np.arange(n + 1), line[: n + 1]) if place >= 0.0 else 0.0
        last = wet * feedback
        wanted[n] = (1.0 - mix) * dry[n] + mix * wet
    chorus = Chorus(speed_hz, 10.0 * depth, centre_ms, -feedback, mix / (1.0 - mix))
    # JUCE's feedback comes from the sample before; that explains the tolerance.
    heard = (1.0 - mix) * chorus(Audio(dry.astype(np.float32)[np.newaxis], rate)).samples[0]
    assert np.abs(heard - wanted)[2_000:].max() < 0.01


@pytest.mark.parametrize("effect", SWEEPING)
def test_swept_effects_repeat_with_their_sweep(effect):
    """Noise with the period of the sweep stays periodic; at any other speed it would not."""
    once = sounding(2, RATE // 3, RATE)
    thrice = Audio(np.tile(once.samples, (1, 3)), RATE)
    out = effect(thrice).samples
    later, last = out[:, RATE // 3 + 3_000 : 2 * RATE // 3], out[:, 2 * RATE // 3 + 3_000 :]
    shared = slice(0, later.shape[1] - 200)
    assert np.abs(later[:, shared] - last[:, shared]).max() < 1e-3 * np.abs(out).max()
    half = out[:, RATE // 2 + 3_000 :][:, shared]
    assert np.abs(later[:, shared] - half).max() > 0.05 * np.abs(out).max()


@pytest.mark.parametrize("effect", SWEEPING)
def test_a_spread_moves_the_second_channel_only(effect):
    both = tone(440.0, channels=2)
    fields = vars(effect) | {"spread_degrees": 90.0}
    wide, ahead = type(effect)(**fields), type(effect)(**(vars(effect) | {"phase_degrees": 90.0}))
    assert np.array_equal(wide(both).samples[0], effect(both).samples[0])
    np.testing.assert_allclose(wide(both).samples[1], ahead(both).samples[1], atol=1e-6)
    assert not np.allclose(wide(both).samples[1], wide(both).samples[0], atol=1e-3)


@pytest.mark.parametrize("effect", [Chorus, Flanger, Phaser])
def test_a_sweep_is_undone_by_its_own_family(effect):
    fields = vars(next(e for e in SWEEPING if type(e) is effect))
    one = effect(**(fields | {"speed_hz": 10.0, "feedback": -0.1, "wet": 0.8}))
    undo = one.inverse()
    assert (undo.feedback, undo.wet) == (pytest.approx(-0.9), -0.8)
    noise = sounding(2, 100_000, RATE)
    assert snr_db(noise, undo(one(noise))) > 115.0
    assert effect(**(fields | {"feedback": -0.5, "wet": 0.8})).inverse() is None


def test_the_pitch_of_a_vibrato_swings_by_its_cents():
    wave = tone(1_000.0)
    out = Vibrato(5.0, 100.0, phase_degrees=0.0)(wave).samples[0].astype(float)
    spectrum = np.fft.fft(out)
    spectrum[RATE // 2 :] = 0.0
    speed = np.diff(np.unwrap(np.angle(np.fft.ifft(spectrum)))) * RATE / (2.0 * np.pi * 1_000.0)
    inner = slice(2_000, -2_000)
    time = (np.arange(RATE - 1) + 0.5) / RATE
    swing = 2.0 ** (100.0 / 1_200.0) - 1.0
    wanted = 1.0 + swing * np.cos(2.0 * np.pi * 5.0 * time)
    np.testing.assert_allclose(speed[inner], wanted[inner], atol=2e-3)
    assert 1_200.0 * np.log2(speed[inner].max()) == pytest.approx(100.0, abs=3.0)


def test_a_vibrato_is_on_time_on_average():
    ramp = Audio(np.linspace(0.0, 1.0, RATE, dtype=np.float32)[np.newaxis], RATE)
    late = (Vibrato(5.0, 50.0)(ramp).samples - ramp.samples)[0, 4_410:-4_410] * RATE
    assert abs(late.mean()) < 1.0
    assert late.max() == pytest.approx(-late.min(), rel=0.01)
    assert late.max() > 30.0


def test_a_tremolo_by_hand():
    constant = Audio(np.full((2, RATE), 0.5, np.float32), RATE)
    out = Tremolo(4.0, 0.6, 0.0, 180.0)(constant).samples
    wave = np.sin(2.0 * np.pi * 4.0 * np.arange(RATE) / RATE)
    gains = np.stack([1.0 - 0.3 * (1.0 - wave), 1.0 - 0.3 * (1.0 + wave)])
    np.testing.assert_allclose(out, 0.5 * gains, atol=1e-6)
    assert (out.max(), out.min()) == pytest.approx((0.5, 0.2), abs=1e-6)


def test_a_tremolo_is_undone_down_to_60_db():
    noise = sounding(2, RATE, RATE)
    for depth in (0.5, 0.999):
        tremolo = Tremolo(4.0, depth)
        assert snr_db(noise, tremolo.inverse()(tremolo(noise))) > 140.0
    assert Tremolo(4.0, 0.9995).inverse() is None
    assert np.isfinite(Tremolo(4.0, 1.0, direction="undo")(noise).samples).all()


@pytest.mark.parametrize("stages", [2, 4, 12])
def test_a_phaser_that_stands_still_has_the_response_of_its_formula(stages):
    still = Phaser(1.0, 1_000.0, 1_000.0, 0.4, 0.7, stages=str(stages))
    hz, heard_db = response_db(still, RATE)
    z = np.exp(-2j * np.pi * hz / RATE)
    t = math.tan(math.pi * 1_000.0 / RATE)
    c = (t - 1.0) / (t + 1.0)
    row = ((c + z) / (1.0 + c * z)) ** stages
    wanted = 1.0 + 0.7 * row / (1.0 - 0.4 * row)
    np.testing.assert_allclose(10.0 ** (heard_db / 20.0), np.abs(wanted), atol=1e-5)


def test_the_filters_of_a_phaser_turn_by_90_degrees_at_the_swept_frequency():
    """At a quarter of the sweep it is at its top, at three quarters at its bottom: there two
    filters turn a tone by 180 degrees, and a wet of 1 takes it away."""
    for at, frequency_hz in ((0.25, 4_000.0), (0.75, 500.0), (0.5, None)):
        phaser = Phaser(0.1, 500.0, 4_000.0, 0.0, 1.0, phase_degrees=360.0 * at, stages="2")
        t = [math.tan(math.pi * f / RATE) for f in (500.0, 4_000.0)]
        middle_hz = math.atan(math.sqrt(t[0] * t[1])) * RATE / math.pi
        left = phaser(tone(frequency_hz or middle_hz, 0.02)).samples[0, 600:]
        assert np.abs(left).max() < 0.03


def test_no_sweep_makes_a_phaser_ring_up():
    """The loop adds no energy: |d| <= |v| and so |y| <= (1 + wet / (1 - feedback)) |x|."""
    noise = sounding(1, 100_000, 8_000)
    for stages in ("2", "12"):
        out = Phaser(10.0, 20.0, 3_900.0, 0.95, 1.0, stages=stages)(noise).samples
        assert np.linalg.norm(out) <= 21.0 * np.linalg.norm(noise.samples)

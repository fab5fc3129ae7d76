"""Gates, limiters, de-essers, multiband compressors and transient shapers, and the rooms in dsp
that they share: against their equations, their time constants and their ceilings."""

import math

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.dynamics.lookahead import arriving, highest_ahead
from automix_bench.dsp.dynamics.true_peak import peaks_around
from automix_bench.dsp.filters.crossover import low_band
from automix_bench.dsp.loudness import true_peak_dbtp
from automix_bench.effect import Unsuitable
from automix_bench.effects.balance import Balance
from automix_bench.effects.de_esser import DeEsser
from automix_bench.effects.gate import Gate
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.multiband_compressor import MultibandCompressor
from automix_bench.effects.transient_shaper import TransientShaper
from tests.support.signals import RATES, snr_db, sounding

PART = 1.0 - math.exp(-1.0)
LINKED = [
    Gate(-30.0, 6.0, 40.0, 1.0, 0.0, 5.0),
    Limiter(12.0, -6.0, 2.0, 50.0),
    DeEsser(4_000.0, -40.0, 4.0, 20.0, 1.0, 50.0, "all"),
    TransientShaper(12.0, -12.0),
]


def steps(rate, *parts):
    """A wave of the highest frequency, with constant magnitudes for some ms each."""
    magnitude = np.concatenate([np.full(round(ms * rate / 1_000.0), level) for level, ms in parts])
    wave = (magnitude * (-1.0) ** np.arange(magnitude.size)).astype(np.float32)
    return Audio(wave[np.newaxis], rate)


def gains(effect, audio):
    """The gain of the effect at each sample of the first channel, linear."""
    return effect(audio).samples[0].astype(float) / audio.samples[0]


def samples_of(ms, rate):
    return ms * rate / 1_000.0


def louder(tone, frequency_hz, level_db, rate=44_100, seconds=0.5):
    amplitude = 10.0 ** (level_db / 20.0)
    wave = tone(hz=frequency_hz, seconds=seconds, rate=rate, amplitude=amplitude)
    return Audio(wave.samples[:1], rate)


def faded(audio):
    """Faded in over 0.1 s, because a sudden start is loud in every band."""
    length = audio.rate // 10
    ramp = np.ones(audio.length, np.float32)
    ramp[:length] = np.sin(0.5 * np.pi * np.arange(length) / length) ** 2
    return audio.with_samples(audio.samples * ramp)


def amplitude_at(audio, frequency_hz, start):
    """The amplitude of the part in phase with a sine of that frequency, from a sample on."""
    wave = audio.samples[0, start:].astype(float)
    phase = 2.0 * np.pi * frequency_hz * np.arange(wave.size) / audio.rate
    window = np.hanning(wave.size)
    return float(2.0 * np.abs(np.sum(window * wave * np.exp(-1j * phase))) / np.sum(window))


@pytest.mark.parametrize("effect", LINKED, ids=lambda effect: type(effect).__name__)
def test_all_channels_get_one_gain_so_the_stereo_image_stays(effect):
    tilted = Balance(0.0, -20.0)(sounding(2, 20_000, 44_100, rms=0.1))
    ratio = effect(tilted).samples / tilted.samples
    np.testing.assert_allclose(ratio[0], ratio[1], rtol=1e-5)
    assert np.ptp(ratio) > 0.3


# Gate


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("attack_ms", "hold_ms", "release_ms"), [(1, 0, 20), (10, 40, 100)])
def test_a_gate_goes_63_percent_of_its_way_in_its_times(rate, attack_ms, hold_ms, release_ms):
    gate = Gate(-30.0, 6.0, 40.0, float(attack_ms), float(hold_ms), float(release_ms))
    gain = gains(gate, steps(rate, (1e-3, 20), (0.1, 200), (1e-3, 400)))
    opens, closes = round(0.02 * rate), round(0.22 * rate)
    floor = 10.0 ** (-40.0 / 20.0)
    np.testing.assert_allclose(gain[:opens], floor, rtol=1e-5)
    assert gain[closes - 1] == pytest.approx(1.0, abs=1e-6)
    rise = int(np.argmax(gain[opens:] > floor + PART * (1.0 - floor)))
    assert rise == pytest.approx(samples_of(attack_ms, rate), rel=0.05, abs=1.5)
    fall = int(np.argmax(gain[closes:] < 1.0 - PART * (1.0 - floor)))
    assert fall == pytest.approx(samples_of(hold_ms + release_ms, rate), rel=0.05, abs=1.5)
    held = closes + round(samples_of(hold_ms, rate))
    assert gain[held - 1] > 0.999999
    assert gain[held + 2] < 1.0


def test_a_gate_opens_at_the_threshold_and_closes_below_the_hysteresis():
    gate = Gate(-20.0, 6.0, 60.0, 0.0, 0.0, 1.0)
    ends = [
        gains(gate, steps(44_100, (10.0 ** (level / 20.0), 50)))[-1] for level in (-20.1, -19.9)
    ]
    assert ends == pytest.approx([1e-3, 1.0], rel=1e-4)
    for level, stays in ((-25.9, 1.0), (-26.1, 1e-3)):
        quieter = steps(44_100, (0.5, 20), (10.0 ** (level / 20.0), 100))
        assert gains(gate, quieter)[-1] == pytest.approx(stays, rel=1e-4)


# Limiter


def hard_sounds(rate):
    n = np.arange(rate // 2)
    rng = np.random.default_rng(3)
    clicks = np.where(rng.random(n.size) < 0.001, 10.0 * rng.standard_normal(n.size), 0.0)
    decay = np.exp(-(n % (rate // 8)) / (0.02 * rate))
    return {
        "square": np.where(n // 50 % 2, 1.0, -1.0),
        "random signs": rng.choice([-2.0, 2.0], n.size),
        "clicks": clicks,
        "noise at +20 dB": 10.0 * rng.standard_normal(n.size),
        "quarter of the rate": np.sin(np.pi / 2.0 * n + np.pi / 4.0),
        "bursts": 3.0 * np.sin(0.93 * np.pi * n) * (n // 700 % 2),
        "steps": np.ones(n.size),
        "drums": 4.0
        * decay
        * (rng.standard_normal(n.size) + np.sin(2.0 * np.pi * 60.0 * n / rate)),
    }


def dense_peak_db(audio, factor):
    dense = soxr.resample(audio.samples.T, audio.rate, factor * audio.rate, quality="HQ")
    return decibels(float(max(np.abs(dense).max(), np.abs(audio.samples).max())))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(
    "limiter",
    [
        Limiter(0.0, -1.0, 5.0, 100.0),
        Limiter(30.0, -0.3, 1.0, 1.0),
        Limiter(6.0, -12.0, 20.0, 2_000.0),
    ],
)
def test_no_true_peak_is_above_the_ceiling(limiter, rate):
    for name, wave in hard_sounds(rate).items():
        audio = Audio(np.stack([wave, 0.5 * np.roll(wave, 7)]).astype(np.float32), rate)
        out = limiter(audio)
        assert true_peak_dbtp(out) <= limiter.ceiling_dbtp, name
        assert dense_peak_db(out, 4) <= limiter.ceiling_dbtp, name
        # The reduction is no larger than needed: the loudest peak is at the ceiling.
        assert dense_peak_db(out, 4) >= limiter.ceiling_dbtp - 0.3, name


@settings(max_examples=20, deadline=None)
@given(
    wave=st.lists(st.floats(-30.0, 30.0, width=32), min_size=1, max_size=300),
    lookahead_ms=st.floats(1.0, 20.0),
    release_ms=st.floats(1.0, 2_000.0),
    rate=st.sampled_from([8_000, 44_100]),
)
def test_no_wave_at_all_passes_the_ceiling(wave, lookahead_ms, release_ms, rate):
    audio = Audio(np.array([wave], np.float32), rate)
    assert true_peak_dbtp(Limiter(0.0, -1.0, lookahead_ms, release_ms)(audio)) <= -1.0


def test_sounds_below_the_ceiling_change_only_by_the_drive():
    quiet = sounding(2, 20_000, 44_100, rms=0.02)
    assert true_peak_dbtp(quiet) < -18.0
    assert np.array_equal(Limiter(0.0, -18.0, 5.0, 100.0)(quiet).samples, quiet.samples)
    driven = Limiter(12.0, -0.0, 5.0, 100.0)(quiet)
    assert snr_db(quiet.scaled(10.0 ** (12.0 / 20.0)), driven) > 130.0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("lookahead_ms", [2.0, 10.0])
def test_the_gain_comes_within_the_look_ahead_and_goes_with_the_release(rate, lookahead_ms):
    # A low frequency, without true peaks between its samples; loud between 100 and 101 ms.
    wave = steps(rate, (0.1, 100), (0.8, 1), (0.1, 900)).samples[0] * 1.0
    wave = np.abs(wave)
    gain_db = 20.0 * np.log10(
        gains(Limiter(0.0, -12.0, lookahead_ms, 80.0), Audio(wave[np.newaxis], rate))
    )
    loud, last, ahead = rate // 10, rate // 10 + rate // 1_000 - 1, round(lookahead_ms * rate / 1e3)
    wanted = -(20.0 * np.log10(0.8) + 12.0)
    assert gain_db[loud : last + 1].max() <= wanted
    # Ringing at the two edges adds up to 2 dB of peak, for a few samples.
    assert gain_db.min() > wanted - 2.0
    margin = round(0.001 * rate)
    assert np.abs(gain_db[: loud - ahead - margin]).max() < 1e-6
    assert gain_db[loud - ahead // 4] < 0.9 * wanted
    deepest = gain_db[last + ahead // 2 + margin]
    after = gain_db[last + ahead // 2 + margin :]
    fall = int(np.argmax(after > (1.0 - PART) * deepest))
    assert fall == pytest.approx(0.08 * rate, rel=0.05)


def test_a_limiter_has_no_latency_and_keeps_a_steady_sine_a_sine(tone):
    sine = louder(tone, 997.0, 6.0)
    out = Limiter(0.0, -6.0, 5.0, 500.0)(sine)
    inner = slice(5_000, -5_000)
    wanted = Audio(sine.samples[:, inner] * np.float32(10.0 ** (-12.02 / 20.0)), sine.rate)
    assert snr_db(wanted, Audio(out.samples[:, inner].copy(), sine.rate)) > 40.0


# The rooms


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(0.0, 60.0), min_size=1, max_size=80),
    ahead=st.integers(1, 100),
)
def test_reductions_arrive_in_time(values, ahead):
    row = np.array(values)
    highest = highest_ahead(row, ahead)
    assert list(highest) == [max(values[n : n + ahead + 1]) for n in range(len(values))]
    early = highest_ahead(np.concatenate([np.zeros(ahead), row]), ahead)
    smooth = arriving(early, ahead)[ahead:]
    assert (smooth >= row - 1e-9).all()
    assert smooth.max() <= row.max() + 1e-9


def test_arriving_averages_over_the_look_ahead():
    for behind in (1, 2, 3, 50, 100):
        weights = arriving(np.eye(1, 200)[0], behind)
        assert np.flatnonzero(weights > 1e-9)[[0, -1]].tolist() == [0, behind]
        assert weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_the_peaks_around_samples_are_those_of_the_true_peak_meter(rate):
    audio = sounding(2, 5_000, rate)
    peaks = peaks_around(audio)
    assert decibels(float(peaks.max())) == pytest.approx(true_peak_dbtp(audio), abs=1e-4)
    dense = soxr.resample(audio.samples.T, rate, 4 * rate, quality="HQ")
    for n in range(1, 300):
        near = np.abs(dense[4 * n - 3 : 4 * n + 4]).max()
        assert peaks[n] == pytest.approx(max(near, np.abs(audio.samples[:, n]).max()))


def warped(hz, crossover_hz, rate=44_100):
    """A frequency over that of a crossover, as the bilinear transform sees them."""
    return math.tan(math.pi * hz / rate) / math.tan(math.pi * crossover_hz / rate)


@pytest.mark.parametrize("rate", [8_000, *RATES, 192_000])
@pytest.mark.parametrize("frequency_hz", [40.0, 1_000.0, 3_500.0])
def test_a_crossover_is_linkwitz_riley_without_phase_and_sums_to_the_sound(rate, frequency_hz):
    length = 1 << 16
    click = np.zeros((1, length))
    click[0, length // 2] = 1.0
    low = low_band(click, frequency_hz, rate)
    third_octaves = [hz for hz in 1_000.0 * 2.0 ** (np.arange(-17, 14) / 3.0) if hz < 0.45 * rate]
    n = np.arange(length) - length // 2
    for hz in third_octaves:
        v = warped(hz, frequency_hz, rate)
        response = np.sum(low[0] * np.exp(-2j * np.pi * hz * n / rate))
        assert response.real == pytest.approx(1.0 / (1.0 + v**4), abs=1e-6)
        assert abs(response.imag) < 1e-6
        above = np.sum((click - low)[0] * np.exp(-2j * np.pi * hz * n / rate))
        assert above.real == pytest.approx(v**4 / (1.0 + v**4), abs=1e-6)


def test_beyond_the_ends_the_low_band_assumes_silence():
    sound = np.random.default_rng(0).standard_normal((2, 4_000))
    silence = np.zeros((2, 20_000))
    padded = low_band(np.concatenate([silence, sound, silence], axis=1), 50.0, 44_100)
    np.testing.assert_allclose(low_band(sound, 50.0, 44_100), padded[:, 20_000:24_000], atol=1e-6)


# Multiband compressor


BANDS = {"low": 60.0, "mid": 1_000.0, "high": 12_000.0}
# Crossovers that keep the tone of a band within that band.
ALONE = {"low": (1_000.0, 16_000.0), "mid": (50.0, 16_000.0), "high": (40.0, 600.0)}


def multiband(
    band, threshold_db, ratio, *, knee_db=0.0, times_ms=(0.0, 5_000.0), at_hz=(250, 4_000)
):
    """Only one band compresses."""
    curves = [v for b in BANDS for v in ((threshold_db, ratio) if b == band else (-80.0, 1.0))]
    return MultibandCompressor(*at_hz, *curves, knee_db, *times_ms)


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize(("ratio", "knee_db"), [(2.0, 0.0), (4.0, 12.0), (100.0, 0.0)])
def test_each_band_has_its_static_curve(tone, band, ratio, knee_db):
    frequency_hz = BANDS[band]
    for level_db in (-40.0, -24.0, -20.0, -14.0, 0.0):
        sine = louder(tone, frequency_hz, level_db, seconds=1.0)
        out = multiband(band, -20.0, ratio, knee_db=knee_db, at_hz=ALONE[band])(faded(sine))
        above = level_db + 20.0
        if knee_db and abs(above) <= knee_db / 2.0:
            above = (above + knee_db / 2.0) ** 2 / (2.0 * knee_db)
        wanted = level_db - (1.0 - 1.0 / ratio) * max(above, 0.0)
        assert decibels(amplitude_at(out, frequency_hz, 22_050)) == pytest.approx(wanted, abs=0.1)


def test_compressing_one_band_leaves_the_others_except_for_leakage(tone):
    tones = {b: louder(tone, hz, -6.0, seconds=1.0) for b, hz in BANDS.items()}
    mix = faded(tones["low"] + tones["mid"] + tones["high"])
    for band in BANDS:
        out = multiband(band, -26.0, 100.0)(mix)
        for hz in BANDS.values():
            low, below = (
                1.0 / (1.0 + warped(hz, crossover) ** 4) for crossover in (250.0, 4_000.0)
            )
            share = {"low": low, "mid": (1.0 - low) * below, "high": (1.0 - low) * (1.0 - below)}[
                band
            ]
            wanted = decibels(1.0 - share * (1.0 - 10.0 ** (-19.8 / 20.0)))
            change = decibels(amplitude_at(out, hz, 22_050)) + 6.0
            assert change == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_a_band_goes_63_percent_of_its_way_in_its_times(rate):
    compressor = multiband("high", -30.0, 2.0, times_ms=(20.0, 80.0), at_hz=ALONE["high"])
    gain_db = 20.0 * np.log10(
        gains(compressor, steps(rate, (10.0**-1.55, 50), (10.0**-0.5, 200), (10.0**-1.55, 400)))
    )
    loud, quiet = round(0.05 * rate), round(0.25 * rate)
    assert gain_db[quiet - rate // 100] == pytest.approx(-10.0, abs=0.1)
    rise = int(np.argmax(gain_db[loud:] < -10.0 * PART))
    assert rise == pytest.approx(0.02 * rate, rel=0.05)
    fall = int(np.argmax(gain_db[quiet:] > -10.0 * (1.0 - PART)))
    assert fall == pytest.approx(0.08 * rate, rel=0.05)


def test_crossed_crossovers_change_places():
    audio = sounding(2, 8_000, 44_100, rms=0.3)
    curves = (-40.0, 4.0, -30.0, 2.0, -20.0, 8.0, 6.0, 5.0, 100.0)
    crossed = MultibandCompressor(1_500.0, 700.0, *curves)(audio)
    assert np.array_equal(
        crossed.samples, MultibandCompressor(700.0, 1_500.0, *curves)(audio).samples
    )


def test_ratios_of_1_change_no_bit():
    audio = sounding(2, 8_000, 44_100, rms=0.3)
    flat = MultibandCompressor(200.0, 3_000.0, -60.0, 1.0, -60.0, 1.0, -60.0, 1.0, 6.0, 5.0, 100.0)
    assert np.array_equal(flat(audio).samples, audio.samples)


# De-esser


@pytest.mark.parametrize("reach", ["high band", "all"])
def test_sibilance_is_reduced_by_its_curve_up_to_the_range(tone, reach):
    de_esser = DeEsser(4_000.0, -30.0, 4.0, 12.0, 0.0, 1_000.0, reach)
    for level_db, wanted in ((-40.0, 0.0), (-30.0, 0.0), (-22.0, -6.0), (-10.0, -12.0)):
        out = de_esser(louder(tone, 14_000.0, level_db))
        change = decibels(amplitude_at(out, 14_000.0, 8_000)) - level_db
        assert change == pytest.approx(wanted, abs=0.1)
    # A sound as loud below the high band is not changed.
    vowel = louder(tone, 300.0, -6.0)
    assert snr_db(vowel, de_esser(vowel)) > 80.0


def test_the_high_band_or_the_whole_sound_is_reduced(tone):
    voice = louder(tone, 300.0, -12.0) + louder(tone, 14_000.0, -10.0)
    for reach, vowel_db in (("high band", 0.0), ("all", -12.0)):
        out = DeEsser(4_000.0, -30.0, 4.0, 12.0, 0.0, 1_000.0, reach)(voice)
        assert decibels(amplitude_at(out, 300.0, 8_000)) + 12.0 == pytest.approx(vowel_db, abs=0.1)
        assert decibels(amplitude_at(out, 14_000.0, 8_000)) + 10.0 == pytest.approx(-12.0, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_a_de_esser_goes_63_percent_of_its_way_in_its_times(rate):
    de_esser = DeEsser(4_000.0, -30.0, 4.0, 40.0, 10.0, 60.0, "all")
    gain_db = 20.0 * np.log10(
        gains(de_esser, steps(rate, (1e-3, 50), (10.0**-0.5, 150), (1e-3, 300)))
    )
    loud, quiet = round(0.05 * rate), round(0.2 * rate)
    rise = int(np.argmax(gain_db[loud:] < -15.0 * PART))
    assert rise == pytest.approx(0.01 * rate, rel=0.05)
    fall = int(np.argmax(gain_db[quiet:] > -15.0 * (1.0 - PART)))
    assert fall == pytest.approx(0.06 * rate, rel=0.05)


@pytest.mark.parametrize(
    "effect", [multiband("mid", -20.0, 4.0), DeEsser(5_000.0, -30.0, 4.0, 12.0, 1.0, 50.0)]
)
def test_a_crossover_at_half_the_rate_is_refused(effect):
    with pytest.raises(
        Unsuitable, match="must lie below half the audio's rate, 4000 Hz at 8000 Hz"
    ):
        effect(sounding(1, 100, 8_000))


# Transient shaper


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("attack_ms", [20.0, 80.0])
def test_the_start_of_a_note_is_raised_and_settles_in_its_time(rate, attack_ms):
    note = steps(rate, (0.1, 1_000), (0.4, 600))
    gain_db = 20.0 * np.log10(gains(TransientShaper(12.0, 0.0, attack_ms, 300.0), note))
    start = rate
    assert gain_db[start - 1] == pytest.approx(0.0, abs=1e-3)
    # After 10 ms the quick envelope has settled: attack_db (1 - s / f) with f = 0.4.
    at = round(0.01 * rate)
    slow = 0.4 - 0.3 * math.exp(-(at + 1) / (attack_ms * rate / 1_000.0))
    assert gain_db[start + at] == pytest.approx(12.0 * (1.0 - slow / 0.4), abs=0.05)
    later = gain_db[start + at :] / gain_db[start + at]
    assert int(np.argmax(later < 1.0 - PART)) == pytest.approx(attack_ms * rate / 1_000.0, rel=0.05)


@pytest.mark.parametrize("rate", RATES)
def test_the_end_of_a_note_is_raised_by_how_far_it_has_died_away(rate):
    gain_db = 20.0 * np.log10(
        gains(TransientShaper(0.0, 10.0, 20.0, 400.0), steps(rate, (0.5, 300), (0.005, 700)))
    )
    end = round(0.3125 * rate)
    assert np.abs(gain_db[: end - 2]).max() < 1e-3
    for ms in (5.0, 50.0, 500.0):
        quick = 0.005 + 0.495 * math.exp(-ms / 20.0)
        slow = 0.005 + 0.495 * math.exp(-ms / 400.0)
        heard = gain_db[end + round(ms * rate / 1_000.0)]
        assert heard == pytest.approx(10.0 * (1.0 - quick / slow), rel=0.01)


def test_a_steady_tone_keeps_its_level(tone):
    for frequency_hz in (41.0, 110.0, 5_000.0):
        sine = louder(tone, frequency_hz, -20.0, seconds=1.0)
        gain = gains(TransientShaper(24.0, 24.0), Audio(sine.samples + np.float32(1e-9), 44_100))
        loud = np.abs(sine.samples[0]) > 0.01
        assert np.abs(20.0 * np.log10(gain[loud][-10_000:])).max() < 0.02


def test_a_shaper_scales_with_its_input_but_is_not_additive():
    shaper = TransientShaper(18.0, -12.0, 30.0, 200.0)
    one, other = (sounding(2, 12_000, 44_100, seed=s, rms=0.3) for s in (1, 2))
    assert snr_db(shaper(one), shaper(one.scaled(0.01)).scaled(100.0)) > 120.0
    assert snr_db(shaper(one + other), shaper(one) + shaper(other)) < 60.0

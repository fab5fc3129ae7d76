"""Saturation, clipping, rounding and reduced rates."""

import math

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.dsp.filters.oversampling import bent
from automix_bench.effects.asymmetric_clip import AsymmetricClip
from automix_bench.effects.bit_depth import BitDepth
from automix_bench.effects.cubic_clip import CubicClip
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.overdrive import Overdrive
from automix_bench.effects.rate_reduction import RateReduction
from automix_bench.effects.soft_clip import SoftClip
from tests.support.signals import RATES, level_db, snr_db, sounding

RATE = 44_100


def audio_of(wave, rate=RATE):
    return Audio(np.asarray(wave, np.float32)[np.newaxis], rate)


def sine(frequency_hz, level=1.0, rate=RATE, seconds=2.0):
    time = np.arange(round(seconds * rate)) / rate
    return audio_of(level * np.sin(2.0 * np.pi * frequency_hz * time), rate)


def bins(audio):
    """The amplitude at each whole number of Hz, in the last second of sound."""
    last = audio.samples[0, -audio.rate :].astype(np.float64)
    return np.abs(np.fft.rfft(last)) * 2.0 / audio.rate


def swell(top=1.5, length=44_100):
    """A slow ramp through all levels."""
    return audio_of(top * np.sin(np.linspace(0.0, 4.0 * np.pi, length)))


def best_lag(before, after, reach=40):
    """The shift, in samples, at which `after` is most similar to `before`."""
    middle = slice(reach, before.length - reach)
    likeness = [
        np.vdot(before.samples[0, middle], np.roll(after.samples[0], -shift)[middle])
        for shift in range(-reach, reach + 1)
    ]
    return int(np.argmax(likeness)) - reach


def test_soft_clip_is_a_tanh_that_keeps_full_scale():
    ramp = Audio(np.linspace(-1.5, 1.5, 301, dtype=np.float32)[np.newaxis], 44_100)
    out = SoftClip(12.0)(ramp).samples[0]
    drive = 10.0**0.6
    wanted = np.tanh(drive * ramp.samples[0].astype(float)) / math.tanh(drive)
    np.testing.assert_allclose(out, wanted, rtol=1e-6)
    assert out[[50, 250]] == pytest.approx([-1.0, 1.0], rel=1e-6)
    assert (np.diff(out) >= 0.0).all()


def test_hard_clip_cuts_at_its_threshold_and_nowhere_else():
    out = HardClip(-6.0)(audio_of([0.2, 0.5, 0.6, -0.501, -0.502, -2.0])).samples[0]
    threshold = np.float32(10.0 ** (-6.0 / 20.0))
    wanted = np.array([0.2, 0.5, threshold, -0.501, -threshold, -threshold], np.float32)
    assert np.array_equal(out, wanted)
    assert np.array_equal(HardClip(0.0)(sine(100.0)).samples, sine(100.0).samples)


@pytest.mark.parametrize("rate", RATES)
def test_without_aliasing_oversampling_is_the_plain_curve(rate):
    """A linear curve changes nothing at any frequency; a slow wave follows the curve exactly."""
    noise = sounding(2, 5_000, rate, rms=0.3).samples.astype(np.float64)
    np.testing.assert_allclose(bent(noise, lambda wave: 0.5 * wave), 0.5 * noise, atol=1e-15)
    slow = sine(50.0, 2.0, rate).samples.astype(np.float64)
    np.testing.assert_allclose(bent(slow, np.tanh), np.tanh(slow), atol=3e-6)


def test_oversampling_is_what_bending_at_a_high_rate_gives():
    """The reference: the same tones at 16 times the rate, shaped there and band-limited by FFT."""
    dense = np.arange(16 * 4_410) / (16 * RATE)
    tones = np.sin(2.0 * np.pi * 4_000.0 * dense) + np.sin(2.0 * np.pi * 5_500.0 * dense + 1.0)
    spectrum = np.fft.rfft(np.tanh(tones))
    ideal = np.fft.irfft(spectrum[: 4_410 // 2 + 1], 4_410) / 16.0
    # Both are periodic over 0.1 s; the middle third of three of them has no ends.
    out = bent(np.tile(tones[::16], 3)[np.newaxis], np.tanh)[0, 4_410:-4_410]
    heard = np.arange(4_410 // 2 + 1) < 0.4 * 4_410
    error = np.where(heard, np.fft.rfft(out) - np.fft.rfft(ideal), 0.0)
    assert np.abs(error).max() < 1e-3 * np.abs(np.fft.rfft(ideal)).max()
    plain = np.where(heard, np.fft.rfft(np.tanh(tones[::16]) - ideal), 0.0)
    assert np.linalg.norm(error) < 0.03 * np.linalg.norm(plain)


def test_oversampling_does_not_depend_on_its_blocks():
    long = sounding(1, 9_000, RATE, rms=0.5).samples.astype(np.float64)
    whole = bent(long, np.tanh)
    assert np.array_equal(bent(long[:, 1_000:7_000], np.tanh)[:, 64:-64], whole[:, 1_064:6_936])


def cubic(x, ceiling):
    cut = np.clip(x, -1.5 * ceiling, 1.5 * ceiling)
    return cut - 4.0 * cut**3 / (27.0 * ceiling**2)


def asymmetric(x, upper, lower):
    return np.where(x >= 0.0, cubic(x, upper), cubic(x, lower))


def driven(x, drive, bias):
    s = lambda u: u / np.sqrt(1.0 + u * u)  # noqa: E731
    return 2.0 * (s(drive * x + bias) - s(bias)) / (s(drive + bias) + s(drive - bias))


@pytest.mark.parametrize(
    ("bender", "curve"),
    [
        (CubicClip(-12.0), lambda x: cubic(x, 10.0**-0.6)),
        (AsymmetricClip(-12.0, -18.0), lambda x: asymmetric(x, 10.0**-0.6, 10.0**-0.9)),
        (Overdrive(24.0, 20_000.0, 0.3), lambda x: driven(x, 10.0**1.2, 0.3)),
    ],
)
def test_oversampling_lowers_aliases_by_20_db(bender, curve):
    """A tone of 4999 Hz has harmonics at its multiples; what else there is below 18 kHz is false.
    Beside it, the same curve without oversampling."""
    tone = sine(4_999.0)
    false = np.arange(18_000)
    false = false[(false % 4_999 != 0) & (false > 50)]
    aliased = [
        20.0 * np.log10(np.linalg.norm(bins(out)[false]) / bins(out)[4_999])
        for out in (bender(tone), audio_of(curve(tone.samples[0].astype(float))))
    ]
    assert aliased[0] < aliased[1] - 20.0
    assert aliased[0] < -35.0


def test_cubic_clip_by_hand():
    slow, ceiling = swell(), 10.0 ** (-6.0 / 20.0)
    wanted = cubic(slow.samples[0].astype(float), ceiling)
    np.testing.assert_allclose(CubicClip(-6.0)(slow).samples[0], wanted, atol=1e-6)
    # A sine as high as the ceiling keeps 1 - 3/4 * 4/27 = 8/9, and has a third harmonic of 1/27.
    heard = bins(CubicClip(0.0)(sine(441.0)))
    assert heard[441] == pytest.approx(8.0 / 9.0, abs=1e-5)
    assert heard[3 * 441] == pytest.approx(1.0 / 27.0, abs=1e-5)
    assert np.delete(heard, [441, 3 * 441]).max() < 1e-5


def test_quiet_sounds_keep_their_level_in_the_clips():
    quiet = sounding(2, 20_000, RATE, rms=1e-4)
    for clip in (CubicClip(0.0), AsymmetricClip(-3.0, 0.0)):
        assert snr_db(quiet, clip(quiet)) > 110.0


def test_a_clip_far_below_the_sound_holds_it_there():
    """Also for frequencies near half the rate, which the filters do not cover."""
    loud = sounding(2, 20_000, RATE, rms=0.3)
    assert level_db(CubicClip(-60.0)(loud)) < -58.0
    assert np.abs(CubicClip(-60.0)(loud).samples).max() < 2e-3


def test_asymmetric_clip_by_hand():
    slow = swell()
    out = AsymmetricClip(-6.0, -20.0)(slow).samples[0]
    upper, lower = 10.0 ** (-6.0 / 20.0), 0.1
    wanted = asymmetric(slow.samples[0].astype(float), upper, lower)
    np.testing.assert_allclose(out, wanted, atol=1e-5)
    assert (out.max(), out.min()) == pytest.approx((upper, -lower), abs=1e-5)


def test_the_halves_make_even_harmonics_and_a_constant_that_can_be_removed():
    loud = sine(441.0)
    heard = bins(AsymmetricClip(-6.0, -20.0)(loud))
    assert heard[2 * 441] > 0.05
    assert heard[0] > 0.3
    assert bins(AsymmetricClip(-6.0, -6.0)(loud))[[0, 2 * 441]].max() < 1e-6
    removed = AsymmetricClip(-6.0, -20.0, "removed")(loud)
    assert abs(removed.samples[0, RATE // 2 :].mean()) < 1e-3
    assert bins(removed)[441] == pytest.approx(heard[441], rel=1e-3)


def test_overdrive_by_hand():
    """At 441 Hz neither the capacitor nor a tone of 20 kHz changes much."""
    drive, level, bias = 10.0, 0.3, 0.5
    wave = sine(441.0, level).samples[0].astype(float)
    wanted = bins(audio_of(driven(wave, drive, bias)))
    heard = bins(Overdrive(20.0, 20_000.0, bias)(sine(441.0, level)))
    for harmonic in (1, 2, 3, 4, 5):
        assert heard[441 * harmonic] == pytest.approx(wanted[441 * harmonic], rel=0.01, abs=1e-4)
    assert heard[0] < 1e-4 * wanted[0]


def test_overdrive_keeps_full_scale_and_is_even_without_bias():
    # 40 dB make a band-limited square wave, which overshoots by 18 % (Gibbs).
    for drive_db, over in ((0.0, 0.02), (12.0, 0.05), (40.0, 0.25)):
        out = Overdrive(drive_db, 20_000.0)(sine(701.0))
        assert np.abs(out.samples[:, RATE:]).max() == pytest.approx(1.0, abs=over)
        assert bins(out)[[0, 1_402, 2_804]].max() < 1e-5


def test_the_tone_of_overdrive_is_3_db_down_at_its_frequency():
    quiet = [Overdrive(0.0, tone_hz)(sine(2_000.0, 1e-3)) for tone_hz in (2_000.0, 20_000.0)]
    drop_db = level_db(quiet[1].samples[:, 5_000:]) - level_db(quiet[0].samples[:, 5_000:])
    assert drop_db == pytest.approx(3.01, abs=0.05)


@pytest.mark.parametrize(
    "bender", [CubicClip(-6.0), AsymmetricClip(-6.0, -9.0), Overdrive(6.0, 20_000.0)]
)
def test_oversampling_is_not_late(bender):
    noise = sounding(1, 8_000, RATE)
    assert best_lag(noise, bender(noise)) == 0


def test_bit_depth_by_hand():
    wave = [0.0, 0.124, 0.126, -0.3, 0.374, 0.9, 1.4, 0.125, 0.375]
    out = BitDepth(3.0)(audio_of(wave)).samples[0]
    assert out.tolist() == [0.0, 0.0, 0.25, -0.25, 0.25, 1.0, 1.5, 0.0, 0.5]


@pytest.mark.parametrize("bits", [8.0, 12.0, 16.0])
def test_the_noise_of_bit_depth_is_6_db_a_bit(bits):
    tone = sine(997.3)
    assert snr_db(tone, BitDepth(bits)(tone)) == pytest.approx(6.0206 * bits + 1.76, abs=0.3)


def test_16_bits_are_those_of_a_file():
    steps = np.arange(-32_768, 32_768) / 32_768.0
    assert np.array_equal(BitDepth(16.0)(audio_of(steps)).samples[0], steps.astype(np.float32))


def test_holding_by_hand():
    out = RateReduction(2_000.0)(audio_of(np.arange(1.0, 12.0), 6_000)).samples[0]
    assert out.tolist() == [2.0] * 3 + [5.0] * 3 + [8.0] * 3 + [10.0] * 2
    # 5 samples for each 2: 0 1 2 | 3 4 | 5 6 7 | 8 9
    out = RateReduction(2_000.0)(audio_of(np.arange(10.0), 5_000)).samples[0]
    assert out.tolist() == [1.0] * 3 + [3.0] * 2 + [6.0] * 3 + [8.0] * 2


def test_holding_folds_high_frequencies_and_a_band_limit_removes_them():
    tone = sine(6_300.0)
    held, limited = (bins(RateReduction(11_025.0, kind)(tone)) for kind in ("hold", "band_limited"))
    # Holding over 4 samples scales 4725 Hz by sin(pi f / 11025) / (4 sin(pi f / 44100)).
    share = math.sin(math.pi * 4_725 / 11_025) / (4.0 * math.sin(math.pi * 4_725 / 44_100))
    assert held[11_025 - 6_300] == pytest.approx(share, abs=1e-3)
    assert limited[11_025 - 6_300] < 1e-4
    assert limited[6_300] < 1e-4


def test_frequencies_below_the_limit_pass_a_band_limit():
    low = sounding(1, 20_000, 8_000)
    fitting = RateReduction(4_000.0, "band_limited")(low)
    again = RateReduction(5_000.0, "band_limited")(fitting)
    inside = slice(1_000, -1_000)
    error = again.samples[:, inside] - fitting.samples[:, inside]
    assert level_db(error) < level_db(fitting) - 90.0


@pytest.mark.parametrize("kind", ["hold", "band_limited"])
@pytest.mark.parametrize("target_rate", [1_000.0, 7_350.0, 8_000.0, 22_050.0, 31_111.1])
def test_a_reduced_rate_is_not_late(kind, target_rate):
    noise = RateReduction(1_000.0, "band_limited")(sounding(1, 30_000, RATE))
    assert best_lag(noise, RateReduction(target_rate, kind)(noise)) == 0


@pytest.mark.parametrize("kind", ["hold", "band_limited"])
@pytest.mark.parametrize("target_rate", [44_100.0, 48_000.0])
def test_a_rate_that_is_not_lower_changes_nothing(kind, target_rate):
    noise = sounding(2, 1_000, RATE)
    assert np.array_equal(RateReduction(target_rate, kind)(noise).samples, noise.samples)


def test_the_distortion_of_remfx_is_in_range():
    """The drive of RemFX is 8 to 25 dB, into a tanh."""
    music = sounding(2, 44_100, 48_000, rms=0.1)
    for drive_db in (8.0, 25.0):
        soft, over = SoftClip(drive_db)(music), Overdrive(drive_db, 20_000.0)(music)
        assert 3.0 < level_db(soft) - level_db(music) < 20.0
        assert 3.0 < level_db(over) - level_db(music) < 20.0

"""Damage that is known, undone: right values, and sounds without damage."""

import numpy as np
import pytest

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.dsp.restoration.compressor_search import uncompressed
from automix_bench.dsp.restoration.curve_inverse import flatness_db, straightened, uncurved
from automix_bench.dsp.restoration.late_reverb import without_late_reverb
from automix_bench.dsp.restoration.limiter_gain import limiter_reduction_db, unlimited
from automix_bench.dsp.restoration.sparse_declipping import clipping_levels, declipped
from automix_bench.dsp.spectra.harmonic_percussive import drums_bass_other
from automix_bench.dsp.spectra.resynthesis import Stft
from automix_bench.dsp.spectra.stretches import in_stretches
from automix_bench.effects.drc import Drc
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.sdr import sdr

SHAPES = [(1, 8_000), (2, 44_100), (1, 96_000)]


@pytest.fixture(params=SHAPES, ids=str)
def chord(request):
    """A maker of sounds of ten partials, at one of some rates: 0.5 s, or as asked."""
    channels, rate = request.param

    def make(seconds=0.5):
        time = np.arange(round(seconds * rate)) / rate
        rng = np.random.default_rng(0)
        waves = [np.zeros_like(time) for _ in range(channels)]
        for number in range(10):
            tone = np.sin(2 * np.pi * (110.0 * (number + 1)) * time + rng.uniform(0, 6))
            waves[number % channels] += tone / (number + 1)
        return Audio(np.float32([0.4 * wave for wave in waves]), rate)

    return make


@pytest.fixture
def strokes():
    """A maker of 3 s of decaying strokes, four a second, each of its own loudness."""

    def make(channels=2, rate=44_100, decay=25.0, spread_db=8.0, apart=0.25):
        rng = np.random.default_rng(1)
        time = np.arange(round(3.0 * rate)) / rate
        levels = 10.0 ** (-rng.uniform(0.0, spread_db, 13) / 20.0)
        wave = rng.standard_normal(len(time)) * np.exp(-decay * (time % apart))
        wave *= levels[(time / apart).astype(int)]
        both = np.stack([wave, np.roll(wave, 5)])[:channels]
        return Audio((amplitude(-3.0) * both / np.abs(both).max()).astype(np.float32), rate)

    return make


def gain_db(metric, target, before, after):
    """How much better the second is, in dB of SDR."""
    worse, better = (metric.measure(reference=target, estimate=one) for one in (before, after))
    return better - worse


@pytest.mark.parametrize(("threshold_db", "least_db"), [(-1.0, 30.0), (-3.0, 30.0), (-6.0, 30.0)])
@pytest.mark.parametrize(("channels", "rate"), SHAPES)
def test_a_clipped_sine_comes_back(tone, channels, rate, threshold_db, least_db):
    whole = tone(hz=440.0, channels=channels, rate=rate, amplitude=1.0, seconds=0.5)
    clipped = HardClip(threshold_db)(whole)
    restored = declipped(clipped)
    middle = slice(rate // 10, -rate // 10)
    error = np.square(restored.samples[:, middle] - whole.samples[:, middle]).mean()
    assert -10.0 * np.log10(2.0 * error) > least_db


def test_declipping_keeps_reliable_samples_and_raises_the_others(chord):
    clipped = HardClip(-9.0)(chord())
    assert (np.abs(chord().samples) > amplitude(-9.0)).any()
    restored = declipped(clipped)
    at_level = np.abs(clipped.samples) >= np.float32(amplitude(-9.0))
    assert np.array_equal(restored.samples[~at_level], clipped.samples[~at_level])
    assert (np.abs(restored.samples) >= np.abs(clipped.samples) - 1e-6).all()
    assert (np.sign(restored.samples) == np.sign(clipped.samples))[at_level].all()
    assert gain_db(sdr, chord(), clipped, restored) > 4.0


def test_clipping_levels_are_found_for_each_channel_and_half():
    time = np.arange(8_000) / 16_000
    wave = 0.8 * np.sin(2 * np.pi * 200.0 * time)
    audio = Audio(np.float32([np.clip(wave, -0.3, 0.5), np.minimum(wave, 0.6)]), 16_000)
    levels = clipping_levels(audio)
    np.testing.assert_allclose(levels[0], [0.3, 0.5], rtol=1e-6)
    assert (levels[1, 0], levels[1, 1]) == (np.inf, pytest.approx(0.6))
    restored = declipped(audio)
    lower = audio.samples[1] < 0.6
    assert np.array_equal(restored.samples[1, lower], audio.samples[1, lower])
    assert not np.isfinite(clipping_levels(audio.with_samples(audio.samples[:, :1]))).any()


def test_a_limiter_is_undone_in_part(strokes):
    whole = strokes()
    limited = Limiter(gain_db=9.0, ceiling_dbtp=-3.0, lookahead_ms=1.5, release_ms=12.0)(whole)
    restored = unlimited(limited)
    before, after = (
        audible_distance.measure(reference=whole, estimate=one) for one in (limited, restored)
    )
    assert after < 0.93 * before, (before, after)
    reduction_db = limiter_reduction_db(limited)
    assert (reduction_db.min(), reduction_db.shape) == (0.0, (whole.length,))
    # All channels get one gain.
    ratio = restored.samples / np.where(limited.samples == 0.0, 1.0, limited.samples)
    sounding = (np.abs(limited.samples) > 1e-3).all(axis=0)
    np.testing.assert_allclose(ratio[0, sounding], ratio[1, sounding], rtol=1e-4)


@pytest.mark.parametrize(("threshold_db", "ratio"), [(-40.0, 6.7), (-60.0, 4.5), (-50.0, 3.0)])
def test_a_compressor_is_found_and_undone(strokes, threshold_db, ratio):
    whole = strokes(decay=12.0, spread_db=6.0)
    compressed = Drc(threshold_db, ratio, 25.0, 31.0, 40.0, 1_000.0)(whole)
    restored = uncompressed(compressed, peak_db(whole))
    before, after = (
        audible_distance.measure(reference=whole, estimate=one) for one in (compressed, restored)
    )
    assert after < 0.5 * before


def test_a_sound_at_its_peak_was_not_compressed(noise):
    loud = noise(rms=0.3)
    assert uncompressed(loud, -3.0) is loud
    assert uncompressed(loud, 6.0) is not loud


@pytest.mark.parametrize(("channels", "rate"), SHAPES)
def test_late_reverberation_is_subtracted(strokes, channels, rate):
    whole = strokes(channels=channels, rate=rate, decay=40.0)
    room = NoiseReverb(1.2, 0.9, 0.6, 10.0, 0.4, 7.0)(whole)
    restored = without_late_reverb(room)
    before, after = (
        audible_distance.measure(reference=whole, estimate=one) for one in (room, restored)
    )
    assert after < 0.6 * before


@pytest.mark.parametrize(
    "undo",
    [declipped, unlimited, without_late_reverb, lambda audio: uncompressed(audio, -3.0)],
    ids=["declipped", "unlimited", "without_late_reverb", "uncompressed"],
)
@pytest.mark.parametrize(("channels", "rate"), SHAPES)
def test_what_is_silent_or_undamaged_keeps_its_bits(undo, strokes, channels, rate):
    for audio in (
        strokes(channels=channels, rate=rate, decay=40.0, apart=0.75),
        strokes(channels=channels, rate=rate).scaled(0.0),
    ):
        assert undo(audio) is audio


@pytest.mark.parametrize("length", [1, 2, 100, 5_000])
def test_short_sounds_keep_their_length(noise, length):
    for channels in (1, 2):
        audio = HardClip(-20.0)(noise(channels=channels, rms=0.2).excerpt(0, length))
        for undo in (declipped, unlimited, without_late_reverb):
            assert undo(audio).samples.shape == audio.samples.shape
        assert uncompressed(audio, -3.0).samples.shape == audio.samples.shape


@pytest.mark.parametrize(("channels", "rate"), SHAPES)
def test_a_transform_and_back_is_the_sound(noise, channels, rate):
    audio = noise(channels=channels, rate=rate, seconds=0.3)
    stft = Stft(0.093, rate)
    np.testing.assert_allclose(stft.back(stft(audio), audio).samples, audio.samples, atol=1e-6)
    assert stft.frequencies_hz[-1] == rate / 2


def test_strokes_are_drums_and_tones_are_bass_or_other(tone, noise):
    clicks = np.zeros((1, 44_100), np.float32)
    clicks[:, 5_000::11_000] = 0.9
    parts = {
        "drums": Audio(clicks, 44_100),
        "bass": tone(hz=80.0, channels=1, amplitude=0.3),
        "other": tone(hz=1_000.0, channels=1, amplitude=0.3),
    }
    mix = sum(part.samples for part in parts.values())
    separated = drums_bass_other(Audio(mix, 44_100))
    for (name, part), estimate in zip(parts.items(), separated, strict=True):
        middle = slice(4_410, -4_410)
        error = estimate.samples[:, middle] - part.samples[:, middle]
        ratio = np.square(part.samples[:, middle]).sum() / np.square(error).sum()
        assert 10.0 * np.log10(ratio) > (6.0 if name == "drums" else 15.0), name
    np.testing.assert_allclose(sum(one.samples for one in separated), mix, atol=1e-5)


@pytest.mark.parametrize("seconds", [20.0, 59.9, 60.0, 61.0, 88.0, 95.5])
def test_work_in_stretches_covers_a_long_sound_once(seconds):
    rng = np.random.default_rng(0)
    audio = Audio(rng.standard_normal((2, round(seconds * 100))).astype(np.float32), 100)
    lengths = []

    def work(stretch):
        lengths.append(stretch.seconds)
        return stretch.scaled(0.5)

    out = in_stretches(audio, work)
    np.testing.assert_allclose(out.samples, 0.5 * audio.samples, rtol=1e-5, atol=1e-7)
    assert len(lengths) == 1 if seconds < 60.0 else max(lengths) < 60.0
    assert in_stretches(audio, lambda stretch: stretch) is audio


def at_full_scale(audio):
    return audio.scaled(1.0 / float(np.abs(audio.samples).max()))


@pytest.mark.parametrize("drive_db", [0.0, 6.0, 12.0])
def test_a_known_curve_is_inverted_exactly(chord, drive_db):
    whole = at_full_scale(chord())
    back = uncurved(SoftClip(drive_db)(whole), drive_db)
    slope = 1.0 / (amplitude(drive_db) / np.tanh(amplitude(drive_db)))
    assert sdr.measure(reference=whole, estimate=back.scaled(slope)) > 70.0


@pytest.mark.parametrize(("drive_db", "least_db"), [(3.0, 35.0), (9.0, 35.0), (15.0, 30.0)])
def test_an_unknown_curve_is_found_and_inverted_at_any_level(chord, drive_db, least_db):
    whole = at_full_scale(chord(1.5))
    bent = SoftClip(drive_db)(whole)
    for gain in (0.05, 0.8):
        heard = bent.scaled(gain)
        back = straightened(heard)
        scale = float(np.vdot(back.samples, whole.samples) / np.vdot(whole.samples, whole.samples))
        assert sdr.measure(reference=whole.scaled(scale), estimate=back) > least_db
        assert integrated_lufs(back) == pytest.approx(integrated_lufs(heard), abs=0.05)


def test_what_saturates_comes_closer(chord):
    whole = at_full_scale(chord(1.0))
    bent = SoftClip(20.0)(whole)
    before, after = (
        audible_distance.measure(reference=whole, estimate=one)
        for one in (bent, straightened(bent))
    )
    assert after < before / 2.0


@pytest.mark.parametrize("damage", [None, NoiseReverb(0.8, 0.6, 0.4, 0.0, 0.4, 7.0)])
def test_what_went_through_no_curve_stays_as_it_is(chord, strokes, damage):
    for clean in (chord(1.0), strokes(), chord(0.05), chord().scaled(0.0)):
        heard = damage(clean) if damage else clean
        assert straightened(heard) is heard


def test_distortion_makes_a_spectrum_flatter(chord):
    whole = at_full_scale(chord(1.0))
    flatness = [flatness_db(SoftClip(drive)(whole), 0) for drive in (6.0, 12.0, 24.0)]
    assert flatness_db(whole, 0) < flatness[0] < flatness[1] < flatness[2]

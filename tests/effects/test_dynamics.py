"""Compressors, expanders and similar effects, and their inverses."""

import math
from functools import cache

import numpy as np
import pytest
import soundfile

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.gain_reduction import CEILING_DB
from automix_bench.effect import Unsuitable
from automix_bench.effects.balance import Balance
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.decompressor import Decompressor
from automix_bench.effects.drc import Drc
from automix_bench.effects.drc_inverse import DrcInverse
from automix_bench.effects.expander import Expander
from automix_bench.metrics.si_sdr import si_sdr as metric
from automix_bench.separation.example_clip import example_clip
from tests.support.signals import RATES, example_of, sounding


@cache
def music():
    """8 s of a mix, stereo."""
    samples, rate = soundfile.read(example_clip(), dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples[: 8 * rate].T), rate)


def si_sdr(reference, estimate):
    return metric(reference=reference, estimate=estimate)


def compressed_db(level_db, threshold_db, ratio, knee_db):
    """The static curve of the paper, from input level to output level."""
    above = level_db - threshold_db
    if 2.0 * above < -knee_db:
        return level_db
    if 2.0 * abs(above) <= knee_db and knee_db:
        return level_db + (1.0 / ratio - 1.0) * (above + knee_db / 2.0) ** 2 / (2.0 * knee_db)
    return threshold_db + above / ratio


def expanded_db(level_db, threshold_db, ratio, knee_db, range_db):
    below = threshold_db - level_db
    if 2.0 * below < -knee_db:
        return level_db
    if 2.0 * abs(below) <= knee_db and knee_db:
        wanted = (ratio - 1.0) * (below + knee_db / 2.0) ** 2 / (2.0 * knee_db)
    else:
        wanted = (ratio - 1.0) * below
    return level_db - min(wanted, range_db)


def steps(rate, before_db, between_db, seconds):
    """Three parts of constant magnitude, the second at `between_db`, and their first samples."""
    ends = np.cumsum([round(length * rate) for length in seconds])
    magnitude = np.full(ends[2], 10.0 ** (before_db / 20.0))
    magnitude[ends[0] : ends[1]] = 10.0 ** (between_db / 20.0)
    wave = (magnitude * (-1.0) ** np.arange(magnitude.size)).astype(np.float32)[np.newaxis]
    return Audio(wave, rate), int(ends[0]), int(ends[1])


def reduction_db(effect, audio):
    return -20.0 * np.log10(effect(audio).samples[0].astype(float) / audio.samples[0])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("knee_db", [0.0, 12.0])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0, 100.0])
def test_the_static_curve_on_a_steady_sine(tone, rate, knee_db, ratio):
    compressor = Compressor(-20.0, ratio, knee_db, 0.0, 5_000.0, 3.0)
    for level_db in (-60.0, -27.0, -25.0, -21.0, -20.0, -18.0, -15.0, -12.0, 0.0):
        sine = tone(seconds=0.5, rate=rate, amplitude=10.0 ** (level_db / 20.0), channels=1)
        heard = np.abs(compressor(sine).samples[0, -rate // 10 :]).max()
        wanted = compressed_db(level_db, -20.0, ratio, knee_db) + 3.0
        assert 20.0 * np.log10(heard) == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("knee_db", [0.0, 12.0])
def test_the_static_curve_on_the_rms_of_a_sine(tone, channels, knee_db):
    compressor = Compressor(-20.0, 4.0, knee_db, 1.0, 100.0, 0.0, detector_ms=20.0)
    for rms_db in (-60.0, -27.0, -25.0, -20.0, -15.0, -3.01):
        sine = tone(seconds=1.0, amplitude=10.0 ** (rms_db / 20.0) * 2.0**0.5, channels=channels)
        heard = compressor(sine).samples[0, -20_000:].astype(float)
        level_db = 10.0 * np.log10(np.mean(heard**2))
        assert level_db == pytest.approx(compressed_db(rms_db, -20.0, 4.0, knee_db), abs=0.1)


@pytest.mark.parametrize("detector_ms", [0.0, 5.0])
@pytest.mark.parametrize("knee_db", [0.0, 12.0])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 4.0, 100.0])
def test_the_static_curve_of_the_expander(ratio, knee_db, detector_ms):
    """On a wave of constant magnitude, whose peak and RMS are equal."""
    expander = Expander(-30.0, ratio, knee_db, 1.0, 10.0, 40.0, detector_ms)
    for level_db in (-80.0, -50.0, -37.0, -34.0, -30.0, -26.0, -20.0, -1.0):
        audio, _, _ = steps(44_100, level_db, level_db, (0.1, 0.1, 0.1))
        wanted = level_db - expanded_db(level_db, -30.0, ratio, knee_db, 40.0)
        assert reduction_db(expander, audio)[-1] == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("attack_ms", "release_ms"), [(1.0, 50.0), (10.0, 100.0), (30.0, 200.0)])
def test_ballistics_reach_63_percent_in_their_time(rate, attack_ms, release_ms):
    # Quiet, loud for 10 attacks, quiet again; of constant magnitude, so the detector sees steps.
    audio, up, down = steps(rate, -60.0, -10.0, (0.02, attack_ms / 100.0, release_ms / 500.0))
    course_db = reduction_db(Compressor(-30.0, 4.0, 0.0, attack_ms, release_ms, 0.0), audio)
    full_db, part = 15.0, 1.0 - math.exp(-1.0)
    assert course_db[down - 1] == pytest.approx(full_db, rel=1e-3)
    rise = int(np.argmax(course_db > part * full_db)) - up
    assert rise == pytest.approx(attack_ms * rate / 1_000.0, abs=1.5)
    fall = int(np.argmax(course_db[down:] < (1.0 - part) * full_db))
    assert fall == pytest.approx(release_ms * rate / 1_000.0, rel=2e-3, abs=1.5)


@pytest.mark.parametrize("rate", RATES)
def test_the_expander_opens_in_its_attack_and_closes_in_its_release(rate):
    audio, up, down = steps(rate, -50.0, -10.0, (0.5, 0.1, 0.5))
    course_db = reduction_db(Expander(-30.0, 2.0, 0.0, 10.0, 50.0, 60.0), audio)
    part = 1.0 - math.exp(-1.0)
    assert course_db[up - 1] == pytest.approx(20.0, rel=1e-3)
    opened = int(np.argmax(course_db[up:] < (1.0 - part) * 20.0))
    assert opened == pytest.approx(0.010 * rate, rel=0.01, abs=1.5)
    closed = int(np.argmax(course_db[down:] > part * 20.0))
    assert closed == pytest.approx(0.050 * rate, rel=0.01, abs=1.5)


@pytest.mark.parametrize("effect", [Compressor, Expander])
@pytest.mark.parametrize("rate", RATES)
def test_the_rms_detector_averages_power_for_its_time(effect, rate):
    """Without smoothing of the reduction, the power covers 63 % of its way up in that time."""
    compressing = effect is Compressor
    above = (-80.0, 2.0, 0.0, 0.0, 1.0, 0.0, 30.0)
    below = (0.0, 1.5, 0.0, 0.0, 1.0, 100.0, 30.0)
    audio, up, down = steps(rate, -60.0, -20.0, (0.5, 0.5, 0.01))
    course_db = reduction_db(effect(*(above if compressing else below)), audio)[:down]
    level_db = course_db * 2.0 - 80.0 if compressing else -course_db * 2.0
    power = 10.0 ** (level_db / 10.0)
    if compressing:
        half_way = 1e-6 + (1e-2 - 1e-6) * (1.0 - math.exp(-1.0))
        taken = int(np.argmax(power[up:] > half_way))
        assert taken == pytest.approx(0.030 * rate, rel=0.05)
    assert 10.0 * np.log10(power[down - 1]) == pytest.approx(-20.0, abs=0.1)


@pytest.mark.parametrize("detector_ms", [0.0, 10.0])
def test_one_gain_for_all_channels_so_the_stereo_image_stays(detector_ms):
    audio = sounding(2, 10_000, 44_100, rms=0.3)
    tilted = Balance(0.0, -20.0)(audio)
    for effect in (
        Compressor(-30.0, 8.0, 6.0, 5.0, 80.0, 0.0, detector_ms),
        Expander(0.0, 2.0, 6.0, 5.0, 80.0, 60.0, detector_ms),
        Drc(-30.0, 8.0, 5.0, 80.0, 5.0, 80.0),
    ):
        gains = effect(tilted).samples / tilted.samples
        np.testing.assert_allclose(gains[0], gains[1], rtol=1e-5)
        assert gains.min() < 0.5


def test_the_side_chain_keeps_the_lows_from_the_detector_only(tone):
    low, high = (tone(hz=hz, amplitude=0.5, channels=1) for hz in (50.0, 2_000.0))
    knobs = (-30.0, 4.0, 0.0, 0.0, 1_000.0, 0.0)
    flat = Compressor(*knobs)
    cut = Compressor(*knobs, sidechain="high_pass", sidechain_hz=500.0)
    tail = slice(-4_410, None)
    loud = [np.abs(one(low).samples[0, tail]).max() for one in (flat, cut)]
    # 40 dB lower at a tenth of the corner: -46 dB, below the threshold.
    assert loud[0] < 0.12
    assert loud[1] == pytest.approx(0.5, rel=1e-3)
    np.testing.assert_allclose(flat(high).samples[0, tail], cut(high).samples[0, tail], rtol=0.01)
    at_corner = Compressor(-80.0, 100.0, 0.0, 0.0, 5_000.0, 0.0, 0.0, "high_pass", 500.0)
    corner = tone(hz=500.0, amplitude=0.5, channels=1)
    reduced = 20.0 * np.log10(0.5 / np.abs(at_corner(corner).samples[0, tail]).max())
    assert reduced == pytest.approx(0.99 * (80.0 - 6.02 - 3.01), abs=0.1)
    assert cut.inverse() is None
    with pytest.raises(Unsuitable, match=r"Compressor.sidechain_hz must lie below .* 400 Hz at"):
        cut(Audio(high.samples, 800))


def test_a_flat_side_chain_ignores_its_frequency():
    audio = sounding(2, 5_000, 44_100)
    plain = Compressor(-30.0, 4.0, 6.0, 5.0, 80.0, 0.0)
    given = Compressor(-30.0, 4.0, 6.0, 5.0, 80.0, 0.0, sidechain_hz=900.0)
    assert np.array_equal(plain(audio).samples, given(audio).samples)
    assert given.inverse() == plain.inverse()


@pytest.mark.parametrize("detector_ms", [0.0, 5.0])
@pytest.mark.parametrize(
    "knobs",
    [
        (-30.0, 4.0, 0.0, 5.0, 100.0, 0.0),
        (-40.0, 2.0, 12.0, 0.0, 50.0, 6.0),
        (-20.0, 10.0, 6.0, 30.0, 300.0, -4.0),
        (-50.0, 100.0, 20.0, 0.1, 10.0, 20.0),
    ],
)
def test_compressed_music_comes_back(knobs, detector_ms):
    one = Compressor(*knobs, detector_ms)
    squeezed = one(music())
    assert si_sdr(music(), squeezed) < 40.0
    assert si_sdr(music(), one.inverse()(squeezed)) >= 80.0
    mono = Audio(music().samples[:1].copy(), music().rate)
    assert si_sdr(mono, one.inverse()(one(mono))) >= 80.0
    assert one.inverse().inverse() == one


@pytest.mark.parametrize("detector_ms", [0.0, 5.0])
@pytest.mark.parametrize(
    "knobs",
    [
        (-20.0, 2.0, 0.0, 1.0, 50.0, 60.0),
        (-10.0, 4.0, 12.0, 0.0, 100.0, 30.0),
        (-30.0, 100.0, 0.0, 10.0, 20.0, 90.0),
    ],
)
def test_expanded_music_comes_back(knobs, detector_ms):
    one = Expander(*knobs, detector_ms)
    stretched = one(music())
    assert si_sdr(music(), stretched) < 60.0
    assert si_sdr(music(), one.inverse()(stretched)) >= 80.0
    assert one.inverse().inverse() == one


@pytest.mark.parametrize("detector_ms", [0.0, 1e-3, 1.0, 300.0])
@pytest.mark.parametrize("effect", [Compressor, Expander])
def test_the_inverse_holds_at_the_ends_of_the_knobs(effect, detector_ms):
    audio = sounding(2, 20_000, 44_100)
    for ratio in (1.5, 100.0):
        for fast in (0.0, 500.0):
            for knee_db in (0.0, 40.0):
                last = 10.0 if effect is Compressor else 100.0
                threshold_db = -80.0 if effect is Compressor else 0.0
                one = effect(threshold_db, ratio, knee_db, fast, 1.0, last, detector_ms)
                assert si_sdr(audio, one.inverse()(one(audio))) >= effect.inverse_db


@pytest.mark.parametrize("detector_ms", [0.0, 5.0])
@pytest.mark.parametrize("effect", [Compressor, Expander])
def test_a_very_narrow_knee_counts_as_none(effect, detector_ms):
    audio = sounding(2, 5_000, 44_100)
    knobs = (2.0, 1.0, 10.0, 1.0, detector_ms)
    hard = effect(-20.0, knobs[0], 0.0, *knobs[1:])(audio)
    for knee_db in (5e-324, 1e-300, 1e-12, 1e-8):
        one = effect(-20.0, knobs[0], knee_db, *knobs[1:])
        assert si_sdr(hard, one(audio)) >= 100.0
        assert si_sdr(audio, one.inverse()(one(audio))) >= effect.inverse_db


def test_a_decompressor_stays_finite_on_any_input():
    loud = sounding(2, 20_000, 44_100, rms=0.3)
    for detector_ms in (0.0, 10.0):
        one = Decompressor(-80.0, 100.0, 0.0, 0.0, 1.0, 0.0, detector_ms)
        most_db = 20.0 * np.log10(np.abs(one(loud).samples).max() / np.abs(loud.samples).max())
        assert 100.0 < most_db <= 0.99 * (80.0 + CEILING_DB) + 0.1


@pytest.mark.parametrize("detector_ms", [0.0, 5.0])
def test_wrong_settings_make_the_inverse_worse_but_not_useless(detector_ms):
    right = {
        "threshold_db": -30.0,
        "ratio": 4.0,
        "knee_db": 6.0,
        "attack_ms": 5.0,
        "release_ms": 100.0,
        "makeup_db": 3.0,
        "detector_ms": detector_ms,
    }
    squeezed = Compressor(**right)(music())
    exact = si_sdr(music(), Decompressor(**right)(squeezed))
    for name in right:
        if right[name]:
            near, far = (
                si_sdr(music(), Decompressor(**(right | {name: right[name] * off}))(squeezed))
                for off in (1.02, 1.2)
            )
            assert far < near - 10.0, name
            assert near < exact - 1.0, name


# By drcinv 0.1.5: drc_forward(course(), 8_000, [-20.0, 4.0, 0.002, 0.01, 0.005, 0.02, p], mode),
# p 1 for peak and 2 for rms, its samples 0, 49, 50, 60, 100, 249, 251, 300 and 399.
PROBED = (0, 49, 50, 60, 100, 249, 251, 300, 399)
PUBLISHED = {
    ("compressor", "peak"): (
        0.02,
        -0.02394191959,
        0.6136442623,
        0.4554373753,
        0.2211643189,
        -0.09845416786,
        -0.003762305684,
        0.005534068336,
        -0.01879190174,
    ),
    ("compressor", "rms"): (
        0.02,
        -0.02394191959,
        0.5989306091,
        0.4267212984,
        0.2126578103,
        -0.09782073971,
        -0.003736216579,
        0.004584009602,
        -0.01578264241,
    ),
    ("expander", "peak"): (
        0.01892972111,
        -0.001724934057,
        0.05133024982,
        0.1234431845,
        0.3496083317,
        -0.350531233,
        -0.01339766046,
        0.01415634909,
        -0.001564743963,
    ),
    ("expander", "rms"): (
        0.01893009721,
        -0.001752546582,
        0.05268517004,
        0.1246228485,
        0.3503281582,
        -0.3505845636,
        -0.01339964013,
        0.01415738434,
        -0.01662907444,
    ),
}


def course():
    """A reproducible signal: quiet, loud, quiet."""
    n = np.arange(400)
    level = np.where((n >= 50) & (n < 250), 0.5, 0.02)
    return np.where(n % 2, -1.0, 1.0) * level * (1.0 + 0.3 * np.sin(n / 7.0))


@pytest.mark.parametrize(("mode", "detector"), PUBLISHED)
def test_drc_gives_the_numbers_of_drcinv(mode, detector):
    audio = Audio(course().astype(np.float32)[np.newaxis], 8_000)
    one = Drc(-20.0, 4.0, 2.0, 10.0, 5.0, 20.0, mode, detector)
    probed = one(audio).samples[0, list(PROBED)]
    np.testing.assert_allclose(probed, PUBLISHED[mode, detector], rtol=0.0, atol=1e-6)
    double = Audio(np.repeat(audio.samples, 2, axis=0), 8_000)
    np.testing.assert_array_equal(one(double).samples[1], one(audio).samples[0])


@pytest.mark.parametrize(("mode", "detector"), PUBLISHED)
def test_drc_and_its_inverse_agree_with_drcinv(mode, detector):
    drcinv = pytest.importorskip("drcinv")
    clip = Audio(music().samples[:1, 40_000:46_000].copy(), music().rate)
    one = Drc(-30.0, 4.0, 5.0, 20.0, 13.0, 130.0, mode, detector)
    q = [-30.0, 4.0, 0.005, 0.02, 0.013, 0.13, 2 if detector == "rms" else 1]
    their_mode = mode[:3] if mode == "expander" else "comp"
    theirs = drcinv.drc_forward(clip.samples[0].astype(float), clip.rate, q, their_mode)
    out = one(clip)
    np.testing.assert_allclose(out.samples[0], theirs, rtol=0.0, atol=1e-6)
    undone = drcinv.drc_inverse(out.samples[0].astype(float), clip.rate, q, their_mode, "brentq")
    ours = si_sdr(clip, one.inverse()(out))
    assert ours >= min(si_sdr(clip, clip.with_samples(undone[np.newaxis])), 130.0) - 0.5


@pytest.mark.parametrize("detector", ["rms", "peak"])
@pytest.mark.parametrize(
    ("mode", "knobs"),
    [
        ("compressor", (-30.0, 4.0, 5.0, 20.0, 13.0, 130.0)),
        ("compressor", (-40.0, 100.0, 0.1, 1.0, 0.1, 10.0)),
        ("limiter", (-35.0, 1.0, 1.0, 50.0, 1.0, 100.0)),
        ("expander", (-20.0, 3.0, 5.0, 50.0, 20.0, 20.0)),
        ("expander", (-10.0, 10.0, 0.1, 10.0, 10.0, 10.0)),
    ],
)
def test_music_through_drc_comes_back(mode, knobs, detector):
    one = Drc(*knobs, mode, detector)
    out = one(music())
    assert si_sdr(music(), out) < 60.0
    assert si_sdr(music(), one.inverse()(out)) >= 80.0
    assert one.inverse().inverse() == one


def test_wrong_settings_make_the_inverse_of_drc_worse_but_not_useless():
    right = Drc(-30.0, 4.0, 5.0, 20.0, 13.0, 130.0)
    out = right(music())
    for name in right.knobs():
        given = {other: getattr(right, other) for other in right.settings()}
        near, far = (
            si_sdr(music(), DrcInverse(**(given | {name: given[name] * off}))(out))
            for off in (1.02, 1.2)
        )
        assert far < near - 10.0, name
        assert near < 90.0, name


def test_a_limiter_has_no_ratio_and_an_expander_beyond_ten_no_inverse():
    audio = sounding(2, 5_000, 44_100)
    ends = [Drc(-30.0, ratio, 5.0, 20.0, 13.0, 130.0, "limiter") for ratio in (1.0, 100.0)]
    assert np.array_equal(ends[0](audio).samples, ends[1](audio).samples)
    assert Drc(-30.0, 10.0, 5.0, 20.0, 13.0, 130.0, "expander").inverse() is not None
    assert Drc(-30.0, 10.1, 5.0, 20.0, 13.0, 130.0, "expander").inverse() is None


@pytest.mark.parametrize("mode", ["compressor", "limiter", "expander"])
def test_drc_times_are_from_10_to_90_percent(mode):
    """The times of the gain; the detector is 100 times as fast."""
    rate = 48_000
    audio, up, down = steps(rate, -60.0, -10.0, (0.5, 0.5, 1.0))
    gain = (Drc(-30.0, 2.0, 0.1, 1.0, 100.0, 200.0, mode)(audio).samples / audio.samples)[0]
    times_ms = (200.0, 100.0) if mode == "expander" else (100.0, 200.0)
    for part, wanted_ms in zip((gain[up:down], gain[down:]), times_ms, strict=True):
        way = (part - part[0]) / (part[-1] - part[0])
        taken = (np.argmax(way > 0.9) - np.argmax(way > 0.1)) * 1_000.0 / rate
        assert taken == pytest.approx(wanted_ms, rel=0.05)


@pytest.mark.parametrize("effect", [Compressor, Expander, Drc])
def test_inverses_hold_for_any_settings(effect):
    audio = sounding(2, 8_000, 48_000)
    for seed in range(60):
        one = example_of(effect, seed)
        if one.inverse() is not None:
            assert si_sdr(audio, one.inverse()(one(audio))) >= effect.inverse_db, one

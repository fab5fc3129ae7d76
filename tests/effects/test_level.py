"""Level and space."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable
from automix_bench.effects.balance import Balance
from automix_bench.effects.gain import Gain
from automix_bench.effects.haas import Haas
from automix_bench.effects.mono import Mono
from automix_bench.effects.mute import Mute
from automix_bench.effects.pan import Pan
from automix_bench.effects.polarity import Polarity
from automix_bench.effects.stereo_width import StereoWidth
from tests.support.signals import level_db, snr_db, sounding

LAWS = ("constant_power", "linear", "minus_4_5_db")


def ones():
    return Audio(np.ones((2, 1), np.float32), 44_100)


def test_gain_is_in_decibels():
    audio = sounding(1, 100, 44_100)
    np.testing.assert_allclose(Gain(20.0)(audio).samples, 10.0 * audio.samples, rtol=1e-7)
    np.testing.assert_allclose(Gain(-6.0)(audio).samples, 0.501187 * audio.samples, rtol=1e-6)


@given(pan=st.floats(-1.0, 1.0))
def test_pan_keeps_the_power_at_two(pan):
    left, right = Pan(pan)(ones()).samples[:, 0].tolist()
    assert left**2 + right**2 == pytest.approx(2.0, rel=1e-6)
    assert min(left, right) >= 0.0
    assert (right - left) * pan >= 0.0


@given(pan=st.floats(-1.0, 1.0))
def test_the_laws_of_pan_are_sine_linear_and_their_geometric_mean(pan):
    power, linear, between = (Pan(pan, law)(ones()).samples[:, 0].astype(float) for law in LAWS)
    assert linear.sum() == pytest.approx(2.0, rel=1e-6)
    np.testing.assert_allclose(between**2, power * linear, rtol=1e-6)


@pytest.mark.parametrize(
    ("law", "pan", "left", "right"),
    [
        # sqrt(2) cos 67.5 and 22.5 degrees; sqrt(2) cos 78.75 and 11.25 degrees
        ("constant_power", 0.5, 0.541196, 1.306563),
        ("constant_power", -0.75, 1.387040, 0.275899),
        ("linear", 0.5, 0.5, 1.5),
        ("linear", -0.75, 1.75, 0.25),
        # sqrt(0.5 x 0.541196), sqrt(1.5 x 1.306563); sqrt(1.75 x 1.387040), sqrt(0.25 x 0.275899)
        ("minus_4_5_db", 0.5, 0.520190, 1.399944),
        ("minus_4_5_db", -0.75, 1.557986, 0.262631),
        # 3.01, 6.02 and 4.515 dB
        ("constant_power", 1.0, 0.0, 1.414214),
        ("linear", 1.0, 0.0, 2.0),
        ("minus_4_5_db", -1.0, 1.681793, 0.0),
    ],
)
def test_pan_by_hand(law, pan, left, right):
    heard = Pan(pan, law)(ones()).samples[:, 0]
    np.testing.assert_allclose(heard, [left, right], rtol=2e-6)


@pytest.mark.parametrize("law", LAWS)
def test_pan_is_unity_at_the_centre_and_silent_at_the_far_side(law):
    audio = sounding(2, 100, 44_100)
    assert np.array_equal(Pan(0.0, law)(audio).samples, audio.samples)
    for pan, near, far in ((-1.0, 0, 1), (1.0, 1, 0)):
        out = Pan(pan, law)(audio).samples
        assert not out[far].any()
        assert np.array_equal(np.sign(out[near]), np.sign(audio.samples[near]))


def test_pan_has_constant_power_by_default():
    assert Pan(0.3) == Pan(0.3, "constant_power")


def test_pan_has_no_inverse_only_where_a_side_is_lost():
    for law in LAWS:
        assert Pan(1.0, law).inverse() is None
        assert Pan(-1.0, law).inverse() is None
        assert Pan(-0.9995, law).inverse() is None
        assert Pan(0.998, law).inverse() is not None
    undo = Pan(0.5).inverse()
    assert isinstance(undo, Balance)
    assert (undo.left_db, undo.right_db) == pytest.approx((5.33291, -2.32261), abs=1e-4)


def test_pan_is_undone_under_every_law():
    audio = sounding(2, 5_000, 44_100)
    for law in LAWS:
        assert snr_db(audio, Pan(-0.6, law).inverse()(Pan(-0.6, law)(audio))) > 130.0


@pytest.mark.parametrize("effect", [Pan(0.1), Balance(1.0, 2.0), StereoWidth(0.5), Haas(9.0)])
@pytest.mark.parametrize("channels", [1, 6])
def test_effects_on_sides_need_stereo(effect, channels):
    with pytest.raises(Unsuitable, match=f"{type(effect).__name__} wants stereo.*got {channels}"):
        effect(sounding(channels, 10, 44_100))


def test_polarity_inverts_every_channel_and_undoes_itself():
    audio = sounding(3, 100, 44_100)
    assert np.array_equal(Polarity()(audio).samples, -audio.samples)
    assert Polarity().inverse() == Polarity()


def test_mute_leaves_nothing():
    out = Mute()(sounding(3, 100, 44_100))
    assert out.samples.shape == (3, 100)
    assert not out.samples.any()


def test_mono_is_the_mean_on_every_channel():
    wave = np.array([[1.0, 0.5, -1.0], [0.0, 0.5, 1.0], [0.5, 0.5, 0.6]], np.float32)
    out = Mono()(Audio(wave, 44_100)).samples
    np.testing.assert_allclose(out, np.tile([0.5, 0.5, 0.2], (3, 1)), rtol=1e-6)
    alone = sounding(1, 100, 44_100)
    assert np.array_equal(Mono()(alone).samples, alone.samples)


def test_mono_of_unrelated_channels_loses_3_db():
    audio = sounding(2, 100_000, 44_100)
    assert level_db(Mono()(audio)) - level_db(audio) == pytest.approx(-3.01, abs=0.05)


def test_width_scales_the_side_and_leaves_the_mid():
    audio = Audio(np.array([[0.5, 0.25], [0.1, 0.25]], np.float32), 44_100)
    # mid 0.3, side 0.2; the second sample has no side
    np.testing.assert_allclose(
        StereoWidth(2.5)(audio).samples, [[0.8, 0.25], [-0.2, 0.25]], rtol=1e-6
    )
    assert np.array_equal(StereoWidth(1.0)(audio).samples, audio.samples)
    np.testing.assert_allclose(
        StereoWidth(0.0)(audio).samples, Mono()(audio).samples, rtol=1e-6, atol=0.0
    )


def test_width_is_undone_by_its_reciprocal_where_there_is_one():
    assert StereoWidth(0.25).inverse() == StereoWidth(4.0)
    assert StereoWidth(4.0).inverse() == StereoWidth(0.25)
    assert StereoWidth(0.2499).inverse() is None
    assert StereoWidth(0.0).inverse() is None


@pytest.mark.parametrize(("delay_ms", "late"), [(10.0, 0), (-10.0, 1)])
def test_haas_delays_the_side_it_moves_away_from(delay_ms, late):
    audio = sounding(2, 2_000, 48_000)
    out = Haas(delay_ms)(audio).samples
    assert np.array_equal(out[1 - late], audio.samples[1 - late])
    assert not out[late, :480].any()
    assert np.array_equal(out[late, 480:], audio.samples[late, :-480])


def test_haas_later_than_the_sound_is_long_leaves_one_side():
    out = Haas(40.0)(sounding(2, 100, 48_000)).samples
    assert not out[0].any()
    assert out[1].any()


def test_haas_and_pan_go_the_same_way():
    """To the right: there it is louder, or earlier."""
    click = np.zeros((2, 1_000), np.float32)
    click[:, 0] = 1.0
    panned = Pan(0.5)(Audio(click, 44_100)).samples
    assert panned[1, 0] > panned[0, 0]
    left, right = Haas(5.0)(Audio(click, 44_100)).samples
    assert np.argmax(right) < np.argmax(left)
    assert math.isclose(np.argmax(left), 0.005 * 44_100, abs_tol=0.51)

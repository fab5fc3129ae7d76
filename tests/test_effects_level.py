"""Level and space."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix_bench.audio import Audio
from automix_bench.effects.balance import Balance
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from tests.sounds import sounding


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

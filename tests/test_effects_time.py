"""Echoes and modulation."""

import numpy as np
import pytest

from automix_bench.effects.delay import Delay
from tests.sounds import RATES, impulse, sounding


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

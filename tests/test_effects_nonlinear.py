"""What bends the wave."""

import math

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.effects.soft_clip import SoftClip


def test_soft_clip_is_a_tanh_that_keeps_full_scale():
    ramp = Audio(np.linspace(-1.5, 1.5, 301, dtype=np.float32)[np.newaxis], 44_100)
    out = SoftClip(12.0)(ramp).samples[0]
    drive = 10.0**0.6
    wanted = np.tanh(drive * ramp.samples[0].astype(float)) / math.tanh(drive)
    np.testing.assert_allclose(out, wanted, rtol=1e-6)
    assert out[[50, 250]] == pytest.approx([-1.0, 1.0], rel=1e-6)
    assert (np.diff(out) >= 0.0).all()

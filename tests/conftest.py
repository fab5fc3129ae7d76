"""Sounds that many tests share. Everything is made here: no network, no download."""

import numpy as np
import pytest

from automix_bench.audio import Audio


@pytest.fixture
def noise():
    """A maker of seeded noise: `noise(channels=2, seconds=1.0, rate=44_100, seed=0, rms=0.1)`."""

    def make(channels=2, seconds=1.0, rate=44_100, seed=0, rms=0.1):
        rng = np.random.default_rng(seed)
        samples = rms * rng.standard_normal((channels, round(seconds * rate)))
        return Audio(samples.astype(np.float32), rate)

    return make


@pytest.fixture
def tone():
    """A maker of sines: `tone(hz=997.0, channels=2, seconds=1.0, rate=44_100, amplitude=0.5)`."""

    def make(hz=997.0, channels=2, seconds=1.0, rate=44_100, amplitude=0.5):
        time = np.arange(round(seconds * rate)) / rate
        wave = amplitude * np.sin(2.0 * np.pi * hz * time)
        return Audio(np.tile(wave, (channels, 1)).astype(np.float32), rate)

    return make

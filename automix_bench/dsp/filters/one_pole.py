"""First-order filters by the bilinear transform, with -3.01 dB at their frequency.

    low pass   H(z) = g (1 + z^-1) / (1 + g - (1 - g) z^-1),
    high pass  H(z) = (1 - z^-1) / (1 + g - (1 - g) z^-1),  g = tan(pi frequency_hz / rate)

(J. O. Smith, "Introduction to Digital Filters", 2007). They start from zero state and have no
latency. The gain is 1 at 0 Hz for the low pass, at half the rate for the high pass.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np

from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.loops import SILENCE


def low_passed(samples: np.ndarray, frequency_hz: float, rate: int) -> np.ndarray:
    """`(channels, samples)` in float64 through the low pass."""
    g = math.tan(math.pi * frequency_hz / rate)
    passed: np.ndarray = _first_order(samples, g / (1.0 + g), g / (1.0 + g), (1.0 - g) / (1.0 + g))
    return passed


def high_passed(samples: np.ndarray, frequency_hz: float, rate: int) -> np.ndarray:
    """`(channels, samples)` in float64 through the high pass."""
    g = math.tan(math.pi * frequency_hz / rate)
    passed: np.ndarray = _first_order(
        samples, 1.0 / (1.0 + g), -1.0 / (1.0 + g), (1.0 - g) / (1.0 + g)
    )
    return passed


@compiled
@no_type_check
def _first_order(samples: np.ndarray, now: float, before: float, pole: float) -> np.ndarray:
    out = np.empty(samples.shape)
    for channel in range(samples.shape[0]):
        state = 0.0
        for n in range(samples.shape[1]):
            value = now * samples[channel, n] + state
            state = before * samples[channel, n] + pole * value
            if abs(state) < SILENCE:
                state = 0.0
            out[channel, n] = value
    return out

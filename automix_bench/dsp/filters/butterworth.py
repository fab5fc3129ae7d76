"""Butterworth filters of any order, as sections in a row.

    |H|^2 = 1 / (1 + v^(2 order)),  v = tan(pi f / rate) / tan(pi frequency_hz / rate)

for the low pass; for the high pass v is replaced by 1 / v. The poles lie evenly on a half circle
(S. Butterworth, "On the theory of filter amplifiers", Experimental Wireless 7, 1930): each pair is
a second-order section whose q is 1 / (2 sin(angle)), angles counted from the imaginary axis, and an
odd order also has one real pole, a first-order section. The bilinear transform is that of `biquad`,
so an order of 2 is the cookbook's filter with q = 1 / sqrt(2)."""

from __future__ import annotations

import math

from automix_bench.dsp.filters import biquad
from automix_bench.dsp.filters.biquad import Biquad

__all__ = ["high_pass", "low_pass"]


def low_pass(frequency_hz: float, order: int, rate: int) -> tuple[Biquad, ...]:
    """0 dB at 0 Hz, -3.01 dB at `frequency_hz`; above, the slope is -6.02 dB an octave times the
    order."""
    pairs = tuple(biquad.low_pass(frequency_hz, q, rate) for q in _qualities(order))
    warped = math.tan(math.pi * frequency_hz / rate)
    whole = 1.0 + warped
    real = Biquad(warped / whole, warped / whole, 0.0, (warped - 1.0) / whole, 0.0)
    return (*pairs, real) if order % 2 else pairs


def high_pass(frequency_hz: float, order: int, rate: int) -> tuple[Biquad, ...]:
    """0 dB at half the rate, -3.01 dB at `frequency_hz`; below, the slope is 6.02 dB an octave
    times the order."""
    pairs = tuple(biquad.high_pass(frequency_hz, q, rate) for q in _qualities(order))
    warped = math.tan(math.pi * frequency_hz / rate)
    whole = 1.0 + warped
    real = Biquad(1.0 / whole, -1.0 / whole, 0.0, (warped - 1.0) / whole, 0.0)
    return (*pairs, real) if order % 2 else pairs


def _qualities(order: int) -> list[float]:
    """The q of each pair of poles, the sharpest first."""
    angles = (math.pi * (2 * k + 1) / (2 * order) for k in range(order // 2))
    return [0.5 / math.sin(angle) for angle in angles]

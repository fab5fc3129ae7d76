"""Linkwitz-Riley crossovers without phase, in float64.

A fourth-order Linkwitz-Riley low pass is a second-order Butterworth low pass used twice (S. H.
Linkwitz, "Active crossover networks for noncoincident drivers", JAES 24 (1), 1976). Here the second
use runs backwards in time (J. J. Kormylo and V. K. Jain, "Two-pass recursive digital filter with
zero phase shift", IEEE Trans. ASSP 22 (5), 1974), so the phases cancel and the magnitudes stay:

    L(f) = 1 / (1 + v^4),  H(f) = v^4 / (1 + v^4),  v = tan(pi f / rate) / tan(pi f0 / rate)

Each is -6.02 dB at f0, with 24 dB an octave, and L + H = 1; the causal pair gives only an all-pass.
So the high band is the sound minus the low band, and bands add up to the sound bit for bit, or to
the last bit of a float64. The price is that each band rings before a click as it does after it, for
about 1 / f0, and that the crossover cannot run in real time.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.loops import SILENCE

__all__ = ["low_band"]

Doubles = Float64[np.ndarray, "channels samples"]

# Zeros are filtered beyond the end until the low pass has fallen this far.
_TAIL = 1e-8


def low_band(samples: Doubles, frequency_hz: float, rate: int) -> Doubles:
    """The part of the sound below `frequency_hz`, which must be less than half the rate. The
    samples minus this are the part above. The sound is taken to be silent before its start and
    after its end."""
    warped = math.tan(math.pi * frequency_hz / rate)
    square, damping = warped * warped, math.sqrt(2.0) * warped
    whole = 1.0 + damping + square
    a1, a2 = 2.0 * (square - 1.0) / whole, (1.0 - damping + square) / whole
    # The two poles have the magnitude sqrt(a2), which approaches 1 again close to half the rate.
    tail = min(rate, math.ceil(2.0 * math.log(_TAIL) / math.log(a2))) if 0.0 < a2 < 1.0 else 2
    band: Doubles = _both_ways(samples, square / whole, a1, a2, tail)
    return band


@compiled
@no_type_check
def _both_ways(samples: np.ndarray, b0: float, a1: float, a2: float, tail: int) -> np.ndarray:
    """The low pass b0 (1 + 2 z^-1 + z^-2) / (1 + a1 z^-1 + a2 z^-2), forwards, then backwards."""
    channels, length = samples.shape
    band = np.empty(samples.shape)
    beyond = np.empty(tail)
    b1 = 2.0 * b0
    for channel in range(channels):
        first = second = 0.0
        for n in range(length + tail):
            dry = samples[channel, n] if n < length else 0.0
            wet = b0 * dry + first
            first = (b1 * dry + second) - a1 * wet
            second = b0 * dry - a2 * wet
            if abs(first) < SILENCE and abs(second) < SILENCE:
                first = second = 0.0
            if n < length:
                band[channel, n] = wet
            else:
                beyond[n - length] = wet
        first = second = 0.0
        for n in range(length + tail - 1, -1, -1):
            dry = band[channel, n] if n < length else beyond[n - length]
            wet = b0 * dry + first
            first = (b1 * dry + second) - a1 * wet
            second = b0 * dry - a2 * wet
            if abs(first) < SILENCE and abs(second) < SILENCE:
                first = second = 0.0
            if n < length:
                band[channel, n] = wet
    return band

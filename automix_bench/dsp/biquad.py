"""Second-order equaliser sections, in float64.

    H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)

The coefficients are those of R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients" (W3C note, 2021), with A = 10^(gain_db / 40), w = 2 pi frequency / rate and
alpha = sin(w) / (2 q). The bilinear transform behind them maps the response of the analogue
prototype onto the digital one exactly at `frequency_hz` and squeezes it towards half the rate, so
equal settings differ a little between rates at high frequencies. Every section is minimum phase
and stable; the one with the opposite gain is its reciprocal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import SILENCE, compiled, doubles

__all__ = ["Biquad", "filtered", "high_shelf", "low_shelf", "peaking"]


@dataclass(frozen=True)
class Biquad:
    """The coefficients of one section, divided by a0."""

    b0: float
    b1: float
    b2: float
    a1: float
    a2: float


def peaking(frequency_hz: float, gain_db: float, q: float, rate: int) -> Biquad:
    """A bell: exactly `gain_db` at `frequency_hz`, 0 dB at 0 Hz and at half the rate.

        b = 1 + alpha A, -2 cos w, 1 - alpha A;  a = 1 + alpha / A, -2 cos w, 1 - alpha / A

    `q` is the centre over the width between the points of half the gain in dB (analogue).
    """
    a, cosine, alpha = _prototype(frequency_hz, gain_db, q, rate)
    return _divided(
        (1.0 + alpha * a, -2.0 * cosine, 1.0 - alpha * a),
        (1.0 + alpha / a, -2.0 * cosine, 1.0 - alpha / a),
    )


def low_shelf(frequency_hz: float, gain_db: float, q: float, rate: int) -> Biquad:
    """A shelf: `gain_db` at 0 Hz, half of it (in dB) at `frequency_hz`, 0 dB at half the rate.

        b = A ((A+1) - (A-1) cos w + 2 sqrt(A) alpha), 2A ((A-1) - (A+1) cos w),
            A ((A+1) - (A-1) cos w - 2 sqrt(A) alpha)
        a = (A+1) + (A-1) cos w + 2 sqrt(A) alpha, -2 ((A-1) + (A+1) cos w),
            (A+1) + (A-1) cos w - 2 sqrt(A) alpha

    `q` of 0.7071 is the steepest without a bump.
    """
    a, cosine, alpha = _prototype(frequency_hz, gain_db, q, rate)
    return _shelf(a, cosine, alpha)


def high_shelf(frequency_hz: float, gain_db: float, q: float, rate: int) -> Biquad:
    """A shelf: 0 dB at 0 Hz, half of `gain_db` at `frequency_hz`, all of it at half the rate.

    The low shelf mirrored about a quarter of the rate: z becomes -z, so cos w and the odd
    coefficients change sign. `q` of 0.7071 is the steepest without a bump.
    """
    a, cosine, alpha = _prototype(frequency_hz, gain_db, q, rate)
    mirrored = _shelf(a, -cosine, alpha)
    return Biquad(mirrored.b0, -mirrored.b1, mirrored.b2, -mirrored.a1, mirrored.a2)


def filtered(audio: Audio, section: Biquad) -> Audio:
    """`audio` through `section`, each channel by itself, from rest; as long as it was."""
    coefficients = (section.b0, section.b1, section.b2, section.a1, section.a2)
    return audio.with_samples(_filter(doubles(audio), *coefficients))


def _prototype(
    frequency_hz: float, gain_db: float, q: float, rate: int
) -> tuple[float, float, float]:
    """A, cos w and alpha of the cookbook."""
    w = 2.0 * math.pi * frequency_hz / rate
    return 10.0 ** (gain_db / 40.0), math.cos(w), math.sin(w) / (2.0 * q)


def _shelf(a: float, cosine: float, alpha: float) -> Biquad:
    up, down, bump = a + 1.0, a - 1.0, 2.0 * math.sqrt(a) * alpha
    return _divided(
        (
            a * (up - down * cosine + bump),
            2.0 * a * (down - up * cosine),
            a * (up - down * cosine - bump),
        ),
        (
            up + down * cosine + bump,
            -2.0 * (down + up * cosine),
            up + down * cosine - bump,
        ),
    )


def _divided(b: tuple[float, float, float], a: tuple[float, float, float]) -> Biquad:
    return Biquad(b[0] / a[0], b[1] / a[0], b[2] / a[0], a[1] / a[0], a[2] / a[0])


@compiled
@no_type_check
def _filter(
    samples: np.ndarray, b0: float, b1: float, b2: float, a1: float, a2: float
) -> np.ndarray:
    """Direct form II transposed, the form whose rounding errors stay smallest."""
    out = np.empty(samples.shape, np.float32)
    for channel in range(samples.shape[0]):
        first = second = 0.0
        for n in range(samples.shape[1]):
            dry = samples[channel, n]
            wet = b0 * dry + first
            first = b1 * dry - a1 * wet + second
            second = b2 * dry - a2 * wet
            if abs(first) < SILENCE and abs(second) < SILENCE:
                first = second = 0.0
            out[channel, n] = wet
    return out

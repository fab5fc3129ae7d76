"""The frequency weighting of loudness (ITU-R BS.1770-5, annex 1), and energies in short steps.

    shelf:      K = tan(pi f / rate), f = 1681.97 Hz, Q = 0.7072, V = 10^(3.99984 dB / 20)
                b = V + V^0.49967 K / Q + K^2, 2 (K^2 - V), V - V^0.49967 K / Q + K^2
                a = 1 + K / Q + K^2,           2 (K^2 - 1), 1 - K / Q + K^2
    high-pass:  K = tan(pi f / rate), f = 38.135 Hz, Q = 0.50033
                b = 1, -2, 1 (as in the standard, not divided by a0)
                a = 1 + K / Q + K^2,           2 (K^2 - 1), 1 - K / Q + K^2

The standard gives coefficients at 48 kHz only. B. De Man recovered the prototype behind them
("Evaluation of implementations of the EBU R128 loudness measurement", AES convention 145,
2018); at 48 kHz it reproduces them to 10 decimals.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np
from jaxtyping import Float64, Int64

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.filters.biquad import Biquad
from automix_bench.dsp.loops import SILENCE

__all__ = ["LOWEST_RATE", "k_weighting", "weighted_energies"]

_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_POWER = 0.4996667741545416
_PASS_HZ, _PASS_Q = 38.13547087602444, 0.5003270373238773

LOWEST_RATE = 4_000
"""In Hz: a shelf at 1682 Hz needs more than twice that."""


def k_weighting(rate: int) -> tuple[Biquad, Biquad]:
    """The shelf and the high-pass.

    Raises:
        ValueError: the rate is under 4 kHz.
    """
    if rate < LOWEST_RATE:
        raise ValueError(f"loudness wants a rate of at least {LOWEST_RATE} Hz, got {rate}")
    k, gain = math.tan(math.pi * _SHELF_HZ / rate), 10.0 ** (_SHELF_DB / 20.0)
    bump = gain**_SHELF_POWER * k / _SHELF_Q
    a0, a1, a2 = _feedback(k, _SHELF_Q)
    shelf = Biquad(
        (gain + bump + k * k) / a0, 2.0 * (k * k - gain) / a0, (gain - bump + k * k) / a0, a1, a2
    )
    _, a1, a2 = _feedback(math.tan(math.pi * _PASS_HZ / rate), _PASS_Q)
    return shelf, Biquad(1.0, -2.0, 1.0, a1, a2)


def _feedback(k: float, q: float) -> tuple[float, float, float]:
    a0 = 1.0 + k / q + k * k
    return a0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0


def weighted_energies(
    audio: Audio, edges: Int64[np.ndarray, " edges"]
) -> Float64[np.ndarray, "channels steps"]:
    """The sum of the squares of each channel, K-weighted from zero state, from each edge to the
    next.

    Args:
        edges: sample numbers, rising; the first is 0.

    Raises:
        ValueError: the rate is under 4 kHz.
    """
    shelf, high_pass = k_weighting(audio.rate)
    row = np.array([shelf.b0, shelf.b1, shelf.b2, shelf.a1, shelf.a2, high_pass.a1, high_pass.a2])
    samples = np.ascontiguousarray(audio.samples).view()
    samples.flags.writeable = False
    energies: np.ndarray = _energies(samples, row, edges)
    return energies


@compiled
@no_type_check
def _energies(samples: np.ndarray, row: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Filter two channels side by side, as each has to wait for its own last sample. An odd last
    channel is filtered as both of a pair. The feedback of a channel is set to 0 at edges where all
    of it is silence."""
    b0, b1, b2, a1, a2, c1, c2 = row[0], row[1], row[2], row[3], row[4], row[5], row[6]
    channels = samples.shape[0]
    out = np.zeros((channels, edges.size - 1))
    for left in range(0, channels, 2):
        right = min(left + 1, channels - 1)
        l1 = l2 = l3 = l4 = r1 = r2 = r3 = r4 = 0.0
        for step in range(edges.size - 1):
            if max(abs(l1), abs(l2), abs(l3), abs(l4)) < SILENCE:
                l1 = l2 = l3 = l4 = 0.0
            if max(abs(r1), abs(r2), abs(r3), abs(r4)) < SILENCE:
                r1 = r2 = r3 = r4 = 0.0
            left_energy = right_energy = 0.0
            for n in range(edges[step], edges[step + 1]):
                x, y = np.float64(samples[left, n]), np.float64(samples[right, n])
                u, v = b0 * x + l1, b0 * y + r1
                l1, r1 = b1 * x - a1 * u + l2, b1 * y - a1 * v + r2
                l2, r2 = b2 * x - a2 * u, b2 * y - a2 * v
                s, t = u + l3, v + r3
                l3, r3 = -2.0 * u - c1 * s + l4, -2.0 * v - c1 * t + r4
                l4, r4 = u - c2 * s, v - c2 * t
                left_energy += s * s
                right_energy += t * t
            out[left, step] = left_energy
            out[right, step] = right_energy
    return out

"""Second-order sections, one or many in series, in float64.

    H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)

The coefficients are those of R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients" (W3C note, 2021), with A = 10^(gain_db / 40), w = 2 pi frequency / rate and alpha =
sin(w) / (2 q). Their bilinear transform maps the response of the analogue prototype onto the
digital one exactly at `frequency_hz` and compresses it towards half the rate, so equal settings
differ a little between rates at high frequencies. Every section is stable. A bell or a shelf is
minimum phase, and its reciprocal is the one with the opposite gain. Passes and the notch have zeros
on the unit circle, so they have no inverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.loops import SILENCE

__all__ = [
    "Biquad",
    "filtered",
    "high_pass",
    "high_shelf",
    "low_pass",
    "low_shelf",
    "notch",
    "peaking",
]

# Blocks of samples go through all sections one after the other; they fit in a core's cache.
_BLOCK = 512


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


def low_pass(frequency_hz: float, q: float, rate: int) -> Biquad:
    """0 dB at 0 Hz, `q` (as a factor) at `frequency_hz`, nothing at half the rate.

        b = (1 - cos w) / 2, 1 - cos w, (1 - cos w) / 2;  a = 1 + alpha, -2 cos w, 1 - alpha

    `q` of 0.7071 is the sharpest without a bump.
    """
    _, cosine, alpha = _prototype(frequency_hz, 0.0, q, rate)
    whole = 1.0 - cosine
    return _divided((whole / 2.0, whole, whole / 2.0), (1.0 + alpha, -2.0 * cosine, 1.0 - alpha))


def high_pass(frequency_hz: float, q: float, rate: int) -> Biquad:
    """Nothing at 0 Hz, `q` (as a factor) at `frequency_hz`, 0 dB at half the rate.

        b = (1 + cos w) / 2, -(1 + cos w), (1 + cos w) / 2;  a = 1 + alpha, -2 cos w, 1 - alpha

    `q` of 0.7071 is the sharpest without a bump.
    """
    _, cosine, alpha = _prototype(frequency_hz, 0.0, q, rate)
    whole = 1.0 + cosine
    return _divided((whole / 2.0, -whole, whole / 2.0), (1.0 + alpha, -2.0 * cosine, 1.0 - alpha))


def notch(frequency_hz: float, q: float, rate: int) -> Biquad:
    """Nothing at `frequency_hz`, 0 dB at 0 Hz and at half the rate.

        b = 1, -2 cos w, 1;  a = 1 + alpha, -2 cos w, 1 - alpha

    `q` is the centre over the width between the points at -3.01 dB (analogue).
    """
    _, cosine, alpha = _prototype(frequency_hz, 0.0, q, rate)
    return _divided((1.0, -2.0 * cosine, 1.0), (1.0 + alpha, -2.0 * cosine, 1.0 - alpha))


def filtered(audio: Audio, *sections: Biquad) -> Audio:
    """`audio` through the sections in turn, each channel by itself, starting from zero state; the
    length stays. Numbers between and inside sections are float64; the result is rounded once."""
    if not sections:
        return audio
    rows = np.array([(s.b0, s.b1, s.b2, s.a1, s.a2) for s in sections])
    return audio.with_samples(_cascade(_floats(audio), rows))


def _floats(audio: Audio) -> np.ndarray:
    """The samples, contiguous and read-only. Loops take only this form, so each is compiled
    once."""
    samples = np.ascontiguousarray(audio.samples).view()
    samples.flags.writeable = False
    return samples


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
def _cascade(samples: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Filter two channels side by side, as each has to wait for its own last sample. An odd last
    channel is filtered as both of a pair."""
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    dry, wet = np.empty((2, _BLOCK)), np.empty((2, _BLOCK))
    states = np.empty((len(rows), 4))
    for left in range(0, channels, 2):
        right = min(left + 1, channels - 1)
        states[:] = 0.0
        for start in range(0, length, _BLOCK):
            count = min(_BLOCK, length - start)
            for n in range(count):
                dry[0, n] = samples[left, start + n]
                dry[1, n] = samples[right, start + n]
            for k in range(len(rows)):
                if _at_rest(dry, count, states[k]):
                    wet[:] = 0.0
                elif not _quickly(dry, wet, count, rows[k], states[k]):
                    _carefully(dry[0], wet[0], count, rows[k], states[k, :2])
                    _carefully(dry[1], wet[1], count, rows[k], states[k, 2:])
                dry, wet = wet, dry
            for n in range(count):
                out[left, start + n] = dry[0, n]
                out[right, start + n] = dry[1, n]
    return out


@compiled
@no_type_check
def _at_rest(dry: np.ndarray, count: int, state: np.ndarray) -> bool:
    """Whether the input is silent and the state is zero."""
    return not state.any() and not dry[:, :count].any()


@compiled
@no_type_check
def _quickly(
    dry: np.ndarray, wet: np.ndarray, count: int, row: np.ndarray, state: np.ndarray
) -> bool:
    """Filter two channels in direct form II transposed, the form with the smallest rounding errors.
    Testing the feedback for silence at every sample takes longer than the filter. So only the
    lowest feedback is recorded, and if it was silence, the function returns False and the block has
    to be filtered again."""
    b0, b1, b2, a1, a2 = row[0], row[1], row[2], row[3], row[4]
    l1, l2, r1, r2 = state[0], state[1], state[2], state[3]
    lowest = np.inf
    for n in range(count):
        x, y = dry[0, n], dry[1, n]
        left, right = b0 * x + l1, b0 * y + r1
        l1, r1 = b1 * x - a1 * left + l2, b1 * y - a1 * right + r2
        l2, r2 = b2 * x - a2 * left, b2 * y - a2 * right
        lowest = abs(l1) if abs(l1) < lowest else lowest
        lowest = abs(r1) if abs(r1) < lowest else lowest
        wet[0, n], wet[1, n] = left, right
    if lowest < SILENCE:
        return False
    state[0], state[1], state[2], state[3] = l1, l2, r1, r2
    return True


@compiled
@no_type_check
def _carefully(
    dry: np.ndarray, wet: np.ndarray, count: int, row: np.ndarray, state: np.ndarray
) -> None:
    """The same for one channel, with feedback set to 0 where it is silence."""
    b0, b1, b2, a1, a2 = row[0], row[1], row[2], row[3], row[4]
    first, second = state[0], state[1]
    for n in range(count):
        x = dry[n]
        y = b0 * x + first
        first = b1 * x - a1 * y + second
        second = b2 * x - a2 * y
        if abs(first) < SILENCE and abs(second) < SILENCE:
            first = second = 0.0
        wet[n] = y
    state[0], state[1] = first, second

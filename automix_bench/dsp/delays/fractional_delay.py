"""Read between samples: delays that move, and that are not whole numbers of samples.

The value at a delay of D + f samples, 0 <= f < 1, is a weighted sum of the samples around it,

    v(n - D - f) = sum_k h_k(f) v[n - D - k],  k = 1 - taps / 2 ... taps / 2

with the weights of the general least-squares fractional-delay filter (T. I. Laakso, V. Valimaki, M.
Karjalainen and U. K. Laine, "Splitting the unit delay", IEEE Signal Processing Magazine 13 (1),
1996). The response of these weights is the nearest to exp(-j w f), in the mean square, from 0 to
`band` times half the rate. They solve P h = p with P_ik = sinc(band (i - k)) and p_k = sinc(band (k
- f)), and are divided by their sum. At f = 0 they are a single 1, so a delay of whole samples
changes no bit. f is rounded to the nearest 1 / 2048 of a sample, which shifts a wave of 10 kHz at
44.1 kHz by 0.02 degrees at most.
"""

from __future__ import annotations

from functools import lru_cache
from typing import no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.loops import SILENCE, doubles

STEPS = 2048

# For an echo added to the sound: 16 weights, with an error of 0.1 % up to 0.7 of half the rate.
ECHO_TAPS, ECHO_BAND = 16, 0.76
# The shortest delay, in samples, whose weights all fall on the past.
SHORTEST = ECHO_TAPS // 2
# For the sound itself: 32 weights, with an error of 0.1 % up to 0.85 of half the rate.
SOUND_TAPS, SOUND_BAND = 32, 0.88


def moving_echo(
    audio: Audio,
    waves: np.ndarray,
    *,
    delay_ms: float,
    depth_ms: float,
    least_ms: float,
    feedback: float,
    wet: float,
) -> Audio:
    """`audio` and an echo whose delay moves: y[n] = x[n] + wet d[n] with d[n] = v(n - D[n]) and
    v[n] = x[n] + feedback d[n].

    Args:
        waves: the movement of the delay, in [-1, 1], one number a sample of `audio`.
        delay_ms: D where `waves` is 0.
        depth_ms: added to D where `waves` is 1.
        least_ms: the lower limit of D; 8 samples are another.
        feedback: in (-1, 1).
        wet: linear.
    """
    per_ms = audio.rate / 1_000.0
    lags = (delay_ms * per_ms, depth_ms * per_ms, max(least_ms * per_ms, float(SHORTEST)))
    table = _weights(ECHO_TAPS, ECHO_BAND)
    return audio.with_samples(_moving_echo(doubles(audio), waves, *lags, feedback, wet, table))


def shifted(audio: Audio, shifts: np.ndarray) -> Audio:
    """`audio` read `shifts` samples later, y[n] = x(n + shift[n]); beyond its ends there is
    silence."""
    table = _weights(SOUND_TAPS, SOUND_BAND)
    return audio.with_samples(_shifted(doubles(audio), shifts, table))


@lru_cache(maxsize=2)
def _weights(taps: int, band: float) -> np.ndarray:
    """h for f = 0, 1/2048 ... 1: `(2049, taps)`, with the weight of the earliest sample first."""
    offsets = taps // 2 - np.arange(taps)
    fractions = np.arange(STEPS + 1)[:, np.newaxis] / STEPS
    inner = np.sinc(band * (offsets[:, np.newaxis] - offsets))
    solved = np.linalg.solve(inner, np.sinc(band * (offsets - fractions)).T)
    table: np.ndarray = np.ascontiguousarray((solved / solved.sum(axis=0)).T)
    # These two rows are known exactly.
    table[0], table[-1] = offsets == 0, offsets == 1
    return table


@compiled
@no_type_check
def _weighted(weights: np.ndarray, values: np.ndarray, taps: int) -> float:
    """The sum of `taps` products, in four partial sums, which the processor adds side by side."""
    a, b = weights[0] * values[0], weights[1] * values[1]
    c, d = weights[2] * values[2], weights[3] * values[3]
    for k in range(4, taps, 4):
        a += weights[k] * values[k]
        b += weights[k + 1] * values[k + 1]
        c += weights[k + 2] * values[k + 2]
        d += weights[k + 3] * values[k + 3]
    return (a + b) + (c + d)


@compiled
@no_type_check
def _moving_echo(
    samples: np.ndarray,
    waves: np.ndarray,
    delay: float,
    depth: float,
    least: float,
    feedback: float,
    wet: float,
    table: np.ndarray,
) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty((channels, length), np.float32)
    front = int(max(delay + depth, least)) + ECHO_TAPS
    line = np.zeros(front + length)
    for channel in range(channels):
        for n in range(length):
            lag = max(delay + depth * waves[channel, n], least)
            whole = int(lag)
            weights = table[int((lag - whole) * STEPS + 0.5)]
            earliest = front + n - whole - SHORTEST
            echo = _weighted(weights, line[earliest:], ECHO_TAPS)
            sent = samples[channel, n] + feedback * echo
            line[front + n] = sent if abs(sent) >= SILENCE else 0.0
            out[channel, n] = samples[channel, n] + wet * echo
    return out


@compiled
@no_type_check
def _shifted(samples: np.ndarray, shifts: np.ndarray, table: np.ndarray) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty((channels, length), np.float32)
    half = SOUND_TAPS // 2
    padded = np.zeros(length + 2 * SOUND_TAPS)
    for channel in range(channels):
        padded[SOUND_TAPS : SOUND_TAPS + length] = samples[channel]
        for n in range(length):
            # Half a filter beyond the ends there is only silence, as there is further out.
            place = min(max(n + shifts[channel, n], -float(half)), float(length + half - 1))
            whole = int(np.ceil(place))
            weights = table[int((whole - place) * STEPS + 0.5)]
            earliest = SOUND_TAPS + whole - half
            out[channel, n] = _weighted(weights, padded[earliest:], SOUND_TAPS)
    return out

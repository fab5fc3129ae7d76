"""Reverberation by a feedback delay network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.loops import SILENCE, doubles
from automix_bench.effect import Effect, Unsuitable, knob

__all__ = ["Reverb"]

_LINES = 16
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.011, 0.067

# Hadamard's matrix with these columns negated has eigenvalues all around the unit circle. Without
# negation they are all +1 or -1, and all modes at 0 Hz would pile up into one.
_NEGATED = np.array([1, 1, -1, -1, 1, -1, -1, -1, -1, 1, 1, -1, -1, 1, 1, 1], dtype=np.float64)

# The signs of the lines' inputs and outputs. A mono sound feeds all lines; left and right each feed
# every other line. An output sums all lines. The products of the two outputs' signs add up to 0
# over the lines of either side. Among such signs, these bring the power and the correlation of the
# tail closest to those of uncorrelated lines, over rates and decay times (within 0.6 dB and 0.07).
_INPUT_SIGNS = np.array([-1, -1, 1, 1, 1, -1, 1, 1, 1, -1, 1, 1, -1, -1, 1, -1], dtype=np.float64)
_OUTPUT_SIGNS = np.array(
    [
        [-1, -1, -1, 1, -1, -1, -1, -1, -1, 1, -1, 1, -1, -1, -1, -1],
        [-1, 1, -1, -1, 1, -1, 1, -1, 1, 1, 1, -1, -1, 1, -1, -1],
    ],
    dtype=np.float64,
)


@dataclass(frozen=True)
class Reverb(Effect):
    """A room: a feedback delay network of 16 lines.

        s_i[n] = h_i * r_i[n],  r_i[n + D_i] = sum_j M_ij s_j[n] + b_i x[n - P],
        y = (1 - wet) x + wet c sum_i o_i s_i

    The design follows J.-M. Jot and A. Chaigne, "Digital delay networks for designing artificial
    reverberators", AES 90, 1991. M is orthogonal (Hadamard's, some columns negated), so all decay
    happens in the lines' one-pole low passes h_i(z) = g_i (1 - p_i) / (1 - p_i z^-1), where

        g_i = 10^(-3 D_i / (rt60_seconds rate))

    and p_i makes line i lose twice as many dB at `damping_hz` as at 0 Hz. So `rt60_seconds` is the
    time in which low frequencies decay by 60 dB; at `damping_hz` that time is half as long. In
    between it is nearly rt60 / (1 + v(f) / v(damping)), v(f) = 1 - cos(2 pi f / rate), which is
    proportional to f^2 while f is low.

    The D_i are primes from 11 to 67 ms at any rate; P is `pre_delay_ms` in samples, rounded. The
    b_i and o_i are +-1. Left feeds the even lines and right the odd lines. Both outputs sum all
    lines with orthogonal signs, so the two sides of the tail are uncorrelated whatever the input. c
    brings the tail of steady pink noise (20 Hz to 20 kHz) to the power of the input, summed over
    the channels, so `wet` means the same in every room. c assumes that the lines are uncorrelated,
    which holds to within 1 dB.

    Latency of the dry sound: 0 samples. The first reflection comes 11 ms after the pre-delay. The
    output is as long as the input: the tail beyond its end is cut off.

    Raises:
        Unsuitable: the audio has more than two channels, or `damping_hz` is not below half its
            rate, which happens only at rates of 40 kHz or less.
    """

    irreversible: ClassVar[str] = (
        "a dense tail is not minimum phase: its exact inverse is unstable, and its end is cut off"
    )

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    rt60_seconds: float = knob(0.1, 10.0, "s")
    pre_delay_ms: float = knob(0.0, 250.0, "ms")
    damping_hz: float = knob(500.0, 20_000.0, "Hz")
    wet: float = knob(0.0, 1.0, "(share of the amplitude)")

    def __call__(self, audio: Audio) -> Audio:
        if audio.channels > 2:
            raise Unsuitable(f"Reverb wants mono or stereo audio, got {audio.channels} channels")
        require_below_nyquist(self.damping_hz, audio.rate, knob="Reverb.damping_hz")
        lengths = _line_lengths(audio.rate)
        gains = 10.0 ** (-3.0 * lengths / (self.rt60_seconds * audio.rate))
        poles = _poles(gains, 2.0 * math.pi * self.damping_hz / audio.rate)
        output_gains = _level(gains, poles, audio.rate) * _OUTPUT_SIGNS[: audio.channels]
        pre_delay = round(self.pre_delay_ms * audio.rate / 1_000.0)
        dry = doubles(audio)
        tail = _network(dry, pre_delay, lengths, gains * (1.0 - poles), poles, output_gains)
        return audio.with_samples((1.0 - self.wet) * dry + self.wet * tail)

    def inverse(self) -> None:
        return None


def _line_lengths(rate: int) -> np.ndarray:
    """D_i: for each of 16 lengths in geometric progression, the next prime that is not used yet."""
    lengths: list[int] = []
    for seconds in np.geomspace(_SHORTEST_SECONDS, _LONGEST_SECONDS, _LINES):
        length = max(2, round(seconds * rate))
        while length in lengths or any(length % n == 0 for n in range(2, math.isqrt(length) + 1)):
            length += 1
        lengths.append(length)
    return np.array(lengths)


def _poles(gains: np.ndarray, damping: float) -> np.ndarray:
    """p_i, such that |h_i| is g_i^2 at the angular frequency `damping`, in radians per sample.

    It solves (1 - p)^2 = g^2 (1 - 2 p cos w + p^2) for the root inside the unit circle, in the form
    that avoids cancellation where g is near 1.
    """
    loss = 1.0 - gains**2
    k = (loss + gains**2 * (1.0 - math.cos(damping))) / loss
    root: np.ndarray = 1.0 / (k + np.sqrt(k**2 - 1.0))
    return root


def _level(gains: np.ndarray, poles: np.ndarray, rate: int) -> float:
    """c. With A(f) the mean of |h_i|^2 over the lines, the circulating power is a geometric series,
    so an output gets 16 A / (1 - A) times the power that feeds a line."""
    frequencies = np.geomspace(20.0, min(20_000.0, rate / 2.0), 256)
    delay = np.exp(-2j * np.pi * frequencies[:, np.newaxis] / rate)
    energies = np.mean(np.abs(gains * (1.0 - poles) / (1.0 - poles * delay)) ** 2, axis=1)
    return 1.0 / math.sqrt(_LINES * float(np.mean(energies / (1.0 - energies))))


@compiled
@no_type_check
def _mix(lines: np.ndarray) -> None:
    """Multiply 16 numbers by Hadamard's matrix, in place: the fast Walsh-Hadamard transform."""
    step = 1
    while step < _LINES:
        for start in range(0, _LINES, 2 * step):
            for i in range(start, start + step):
                one, other = lines[i], lines[i + step]
                lines[i], lines[i + step] = one + other, one - other
        step *= 2


@compiled
@no_type_check
def _network(
    samples: np.ndarray,
    pre_delay: int,
    lengths: np.ndarray,
    gains: np.ndarray,
    poles: np.ndarray,
    output_gains: np.ndarray,
) -> np.ndarray:
    """The tail. All lines share one ring of rows; line i reads D_i rows behind the common row of
    writing."""
    channels, length = samples.shape
    size = 1
    while size <= lengths.max():
        size *= 2
    ring = np.zeros((size, _LINES))
    state, mixed = np.zeros(_LINES), np.zeros(_LINES)
    out = np.zeros((channels, length))
    for n in range(length):
        for i in range(_LINES):
            value = gains[i] * ring[(n - lengths[i]) & (size - 1), i] + poles[i] * state[i]
            state[i] = value if abs(value) >= SILENCE else 0.0
            mixed[i] = _NEGATED[i] * state[i]
        for channel in range(channels):
            for i in range(_LINES):
                out[channel, n] += output_gains[channel, i] * state[i]
        _mix(mixed)
        for i in range(_LINES):
            fed = 0.0
            if n >= pre_delay:
                fed = _INPUT_SIGNS[i] * samples[i % channels, n - pre_delay]
            ring[n & (size - 1), i] = 0.25 * mixed[i] + fed
    return out

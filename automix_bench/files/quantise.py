"""Audio as integers of 16 or 24 bits, and back."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
from jaxtyping import Int32

from automix_bench.audio import Audio, decibels, peak, peak_db
from automix_bench.dsp.compiled import compiled

Integers = Int32[np.ndarray, "channels samples"]
FULL_SCALE_24 = float(1 << 23)
BITS = (24, 16)
"""Depths that audio is stored in. 16-bit samples are 24-bit integers that are multiples of 256."""


class BeyondFullScale(ValueError):
    """A sample is beyond full scale, and cannot be stored.

    Attributes:
        peak_db: of the largest sample, in dB full scale.
    """

    def __init__(self, peak_db: float) -> None:
        super().__init__(f"a peak of {peak_db:+.2f} dB is beyond full scale: lower it first")
        self.peak_db = peak_db


def integers(audio: Audio, gain: float = 1.0, bits: int = 24) -> Integers:
    """The samples times `gain` as 24-bit integers in [-2**23, 2**23 - 1], rounded once, half to
    even; with 16 bits, as multiples of 256.

    Raises:
        BeyondFullScale: a sample does not fit. Nothing is clipped.
    """
    return (quantised(audio, gain, bits).samples * np.float32(FULL_SCALE_24)).astype(np.int32)


def from_integers(samples: Integers, rate: int) -> Audio:
    """24-bit integers as audio. Exact: float32 holds every 24-bit integer."""
    return Audio(samples.astype(np.float32) * np.float32(1.0 / FULL_SCALE_24), rate)


def quantised(audio: Audio, gain: float = 1.0, bits: int = 24) -> Audio:
    """The audio times `gain`, rounded to 24 or 16 bits: the same samples as from a stored file.

    Raises:
        BeyondFullScale: a sample does not fit.
    """

    steps = 2.0 ** (bits - 1)
    if peak(audio) * abs(gain) < 1.5:
        samples = np.ascontiguousarray(audio.samples)
        out = np.empty_like(samples)
        _in_steps(samples.ravel(), gain * steps, 1.0 / steps, out.ravel())
        rounded = Audio(out, audio.rate)
        lowest, highest = rounded.range
        if lowest >= -1.0 and highest <= 1.0 - 1.0 / steps:
            return rounded
    raise BeyondFullScale(peak_db(audio) + decibels(abs(gain)))


def interleaved(audio: Audio) -> Int32[np.ndarray, "samples channels"]:
    """The samples as 24-bit integers in the upper bits of 32, as libsndfile takes them; rounded
    half to even.

    Raises:
        BeyondFullScale: a sample does not fit.
    """
    samples = np.ascontiguousarray(audio.samples)
    lowest, highest = (round(float(end) * FULL_SCALE_24) for end in (samples.min(), samples.max()))
    if lowest < -FULL_SCALE_24 or highest >= FULL_SCALE_24:
        raise BeyondFullScale(peak_db(audio))
    out = np.empty(samples.T.shape, np.int32)
    _interleave(samples, out.ravel())
    return out


@compiled
@no_type_check
def _in_steps(samples: np.ndarray, per_unit: float, step: float, out: np.ndarray) -> None:
    """Write to `out` the samples times `per_unit`, in double precision, rounded half to even, times
    `step`, in single precision. Negative zero is stored as 0.0. Arrays are one-dimensional."""
    for n in range(samples.size):
        whole = np.float32(np.rint(np.float64(samples[n]) * per_unit))
        out[n] = whole * np.float32(step) + np.float32(0.0)


@compiled
@no_type_check
def _interleave(samples: np.ndarray, out: np.ndarray) -> None:
    """Write to the one-dimensional `out` the interleaved samples of all channels, rounded half to
    even to 24 bits, in the upper bits of 32. They must be within full scale."""
    channels, length = samples.shape
    if channels == 2:  # in one loop, which compiles to vector instructions
        left, right = samples[0], samples[1]
        for n in range(length):
            out[2 * n] = np.int32(np.rint(left[n] * np.float32(8_388_608.0))) << 8
            out[2 * n + 1] = np.int32(np.rint(right[n] * np.float32(8_388_608.0))) << 8
        return
    for channel in range(channels):
        row = samples[channel]
        for n in range(length):
            whole = np.int32(np.rint(row[n] * np.float32(8_388_608.0)))
            out[channels * n + channel] = whole << 8

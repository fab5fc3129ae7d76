"""Samples to whole numbers, in one pass over them: what is stored, and what comes back from it."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from automix_bench.dsp.compiled import compiled

__all__ = ["in_steps", "interleaved"]


@compiled
@no_type_check
def in_steps(samples: np.ndarray, per_unit: float, step: float, out: np.ndarray) -> None:
    """Into `out`: the samples times `per_unit`, in double precision, rounded half to even, times
    `step`, in single. There is no -0.0 among them. All are one row."""
    for n in range(samples.size):
        whole = np.float32(np.rint(np.float64(samples[n]) * per_unit))
        out[n] = whole * np.float32(step) + np.float32(0.0)


@compiled
@no_type_check
def interleaved(samples: np.ndarray, out: np.ndarray) -> None:
    """Into `out`, one row: the samples of all channels in turn, rounded half to even to 24 bits
    that stand at the upper end of 32. They must fit."""
    channels, length = samples.shape
    if channels == 2:  # at once, which makes vector instructions of it
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

"""Blocks of a sound that fit in a core's nearest cache, processed one step at a time.

Computations without feedback (levels, curves, gains) run over a whole block before those with
feedback (smoothing) do, as the compiler makes vector instructions of loops without feedback. The
result does not depend on where blocks end, bit by bit.
"""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from automix_bench.dsp.compiled import compiled

__all__ = ["BLOCK", "mean_into", "multiplied_into", "peaks_into"]

BLOCK = 512


@compiled
@no_type_check
def peaks_into(block: np.ndarray, samples: np.ndarray, start: int) -> None:
    """Fill `block` with the magnitude of the loudest channel, from sample `start` on."""
    block[:] = 0.0
    for channel in range(samples.shape[0]):
        row = samples[channel, start : start + block.size]
        for i in range(block.size):
            block[i] = max(block[i], abs(row[i]))


@compiled
@no_type_check
def mean_into(block: np.ndarray, samples: np.ndarray, start: int, p: float) -> None:
    """Fill `block` with |x|^p, p 1 or 2, its mean over the channels, from sample `start` on."""
    block[:] = 0.0
    for channel in range(samples.shape[0]):
        row = samples[channel, start : start + block.size]
        for i in range(block.size):
            block[i] += row[i] * row[i] if p == 2.0 else abs(row[i])
    for i in range(block.size):
        block[i] = np.divide(block[i], samples.shape[0])


@compiled
@no_type_check
def multiplied_into(out: np.ndarray, samples: np.ndarray, start: int, gains: np.ndarray) -> None:
    """Fill `out`, from sample `start` on, with `samples` times `gains`."""
    for channel in range(samples.shape[0]):
        dry = samples[channel, start : start + gains.size]
        wet = out[channel, start : start + gains.size]
        for i in range(gains.size):
            wet[i] = gains[i] * dry[i]

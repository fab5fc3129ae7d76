"""Linked channels and time constants, which the detectors of dynamics processors share."""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.dsp.compiled import compiled

__all__ = ["loudest_channel", "pole"]

Doubles = Float64[np.ndarray, "channels samples"]
Row = Float64[np.ndarray, " samples"]


def pole(time_ms: float, rate: int) -> float:
    """The pole of a one-pole low pass with this time constant; 0 for no smoothing."""
    return math.exp(-1_000.0 / (time_ms * rate)) if time_ms > 0.0 else 0.0


def loudest_channel(samples: Doubles) -> Row:
    """The largest magnitude over the channels at each sample: the level of linked channels."""
    peaks: Row = _loudest_channel(samples)
    return peaks


@compiled
@no_type_check
def _loudest_channel(samples: np.ndarray) -> np.ndarray:
    peaks = np.abs(samples[0])
    for channel in range(1, samples.shape[0]):
        for n in range(samples.shape[1]):
            peaks[n] = max(peaks[n], abs(samples[channel, n]))
    return peaks

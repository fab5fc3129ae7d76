"""Levels and gains in frames of 1.5 ms: the rate at which a network follows a sound."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

__all__ = ["FRAME_SECONDS", "frame_length", "frame_levels_db", "played_reduction"]

FRAME_SECONDS = 64.0 / 44_100.0
QUIETEST_DB = -100.0
"""Below this, in dB full scale, everything is alike."""

Row = Float32[np.ndarray, " samples"] | Float64[np.ndarray, " samples"]
Frames = Float64[np.ndarray, " frames"]


def frame_length(rate: int) -> int:
    """The samples of a frame, at a rate in Hz."""
    return max(round(FRAME_SECONDS * rate), 1)


def frame_levels_db(row: Row, rate: int) -> Float64[np.ndarray, "2 frames"]:
    """The level of the peak and of the power in every frame, in dB full scale. A last frame that is
    not whole is filled with zeros.

    Args:
        row: the samples of one channel, or the largest magnitude over linked channels.
    """
    length = frame_length(rate)
    padded = np.zeros(-(-len(row) // length) * length)
    padded[: len(row)] = row
    frames = np.abs(padded.reshape(-1, length))
    quietest = 10.0 ** (QUIETEST_DB / 20.0)
    peaks = np.maximum(frames.max(axis=1), quietest)
    powers = np.maximum(np.square(frames).mean(axis=1), quietest**2)
    return np.stack([20.0 * np.log10(peaks), 10.0 * np.log10(powers)])


def played_reduction(reduction_db: Frames, samples: int, rate: int) -> Row:
    """The reduction in dB at every sample: a straight line between the ends of frames, from 0 on.

    Args:
        reduction_db: at the last sample of every frame.
        samples: how many are wanted, as many as the frames hold at most.
    """
    length = frame_length(rate)
    ends = length * np.arange(len(reduction_db) + 1) - 1.0
    line: Row = np.interp(np.arange(samples), ends, np.concatenate([[0.0], reduction_db]))
    return line

"""Levels of short frames, and gains between frames: what a network of dynamics hears and says."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int64

from automix_bench.audio import Audio

__all__ = ["FRAMES_PER_SECOND", "frame_levels_db", "frame_means", "with_frame_gains"]

FRAMES_PER_SECOND = 44_100.0 / 32.0
LOWEST_DB = -90.0


def frame_levels_db(audio: Audio) -> Float32[np.ndarray, "2 frames"]:
    """The peak and the RMS of the loudest channel at each sample, of frames of 0.73 ms, in dB full
    scale, not below -90."""
    loudest = np.abs(audio.samples.astype(np.float64)).max(axis=0)
    starts = _starts(audio.length, audio.rate)
    peaks = np.maximum.reduceat(loudest, starts)
    powers = np.add.reduceat(np.square(loudest), starts) / np.diff(starts, append=audio.length)
    floor = 10.0 ** (LOWEST_DB / 20.0)
    levels = np.stack([np.maximum(peaks, floor), np.maximum(np.sqrt(powers), floor)])
    return (20.0 * np.log10(levels)).astype(np.float32)


def frame_means(
    values: Float64[np.ndarray, " samples"], rate: int
) -> Float64[np.ndarray, " frames"]:
    """The means over the same frames."""
    starts = _starts(len(values), rate)
    means: Float64[np.ndarray, " frames"] = np.add.reduceat(values, starts) / np.diff(
        starts, append=len(values)
    )
    return means


def with_frame_gains(audio: Audio, gains_db: np.ndarray) -> Audio:
    """A sound with a gain for each frame, in dB; on straight lines between their middles."""
    starts = _starts(audio.length, audio.rate)
    middles = (starts + np.append(starts[1:], audio.length) - 1) / 2.0
    by_sample = np.interp(np.arange(audio.length), middles, np.asarray(gains_db, np.float64))
    return audio.with_samples(audio.samples * 10.0 ** (by_sample / 20.0))


def _starts(length: int, rate: int) -> Int64[np.ndarray, " frames"]:
    samples = rate / FRAMES_PER_SECOND
    count = max(int(np.ceil(length / samples)), 1)
    starts: Int64[np.ndarray, " frames"] = np.unique(
        np.minimum((np.arange(count) * samples).astype(np.int64), length - 1)
    )
    return starts

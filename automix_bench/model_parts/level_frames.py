"""What a network hears of a compressor: how levels move, in stretches of a few milliseconds."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from automix_bench.audio import Audio

__all__ = ["CHANNELS", "level_frames"]

STRETCH_SECONDS = 256 / 44_100
LOWEST_DB = -100.0
CHANNELS = 3


def level_frames(audio: Audio) -> Float32[np.ndarray, "kinds stretches"]:
    """The RMS level, the peak level, and the RMS level of the difference of neighbouring samples,
    which is that of the highs, in stretches of 5.8 ms; in dB full scale over 50, so 0 is full
    scale."""
    length = max(round(STRETCH_SECONDS * audio.rate), 1)
    count = max(audio.length // length, 1)
    samples = np.zeros((audio.channels, count * length))
    part = audio.samples[:, : count * length]
    samples[:, : part.shape[1]] = part
    stretches = samples.reshape(audio.channels, count, length)
    steps = np.diff(samples, axis=1, prepend=samples[:, :1]).reshape(stretches.shape)
    steps = steps * (audio.rate / 44_100.0)
    floor = 10.0 ** (LOWEST_DB / 10.0)
    powers = np.stack(
        [
            np.square(stretches).mean(axis=(0, 2)),
            np.square(stretches).max(axis=(0, 2)),
            np.square(steps).mean(axis=(0, 2)),
        ]
    )
    levels: Float32[np.ndarray, "kinds stretches"] = (
        10.0 * np.log10(powers + floor) / 50.0
    ).astype(np.float32)
    return levels

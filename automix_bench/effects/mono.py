"""A mono sum on every channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Effect

__all__ = ["Mono"]


@dataclass(frozen=True)
class Mono(Effect):
    """Replaces every channel by the mean of all channels.

        y_c = (x_1 + x_2 + ... + x_C) / C

    For a stereo sound the mean is the mid signal (A. D. Blumlein, British patent 394,325, 1933).
    The number of channels stays the same. Sounds that are equal on all channels keep their level;
    unrelated sounds lose 3.01 dB in stereo; opposite sounds vanish. Audio of one channel stays as
    it is. Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "the differences between the channels are lost"
    linear: ClassVar[bool] = True

    def __call__(self, audio: Audio) -> Audio:
        mean = np.mean(audio.samples, axis=0, dtype=np.float64).astype(np.float32)
        return audio.with_samples(np.tile(mean, (audio.channels, 1)))

    def inverse(self) -> None:
        return None

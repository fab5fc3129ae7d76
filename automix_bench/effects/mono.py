"""The same on every channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Effect

__all__ = ["Mono"]


@dataclass(frozen=True)
class Mono(Effect):
    """Every channel replaced by the mean of all.

        y_c = (x_1 + x_2 + ... + x_C) / C

    Of a stereo sound that is the mid signal (A. D. Blumlein, British patent 394,325, 1933). There
    are as many channels as before. What is the same on all channels keeps its level, what is
    unrelated loses 3.01 dB in stereo, what is opposite is gone. One channel alone is left as it is.
    Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "what differed between the channels is gone"
    linear: ClassVar[bool] = True

    def __call__(self, audio: Audio) -> Audio:
        mean = np.mean(audio.samples, axis=0, dtype=np.float64).astype(np.float32)
        return audio.with_samples(np.tile(mean, (audio.channels, 1)))

    def inverse(self) -> None:
        return None

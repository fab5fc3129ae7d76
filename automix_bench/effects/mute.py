"""Silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Effect

__all__ = ["Mute"]


@dataclass(frozen=True)
class Mute(Effect):
    """Silence of the same length.

        y = 0

    This is a gain of minus infinity decibels (IEC 60027-3), which `Gain` cannot reach. Latency: 0
    samples.
    """

    irreversible: ClassVar[str] = "the muted sound is lost"
    linear: ClassVar[bool] = True

    def __call__(self, audio: Audio) -> Audio:
        return audio.with_samples(np.zeros(audio.samples.shape, np.float32))

    def inverse(self) -> None:
        return None

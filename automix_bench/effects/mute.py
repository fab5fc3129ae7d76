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
    """Nothing is left, as long as it was.

        y = 0

    A gain of minus infinity decibels (IEC 60027-3), which no `Gain` goes down to. Latency: 0
    samples.
    """

    irreversible: ClassVar[str] = "silence says nothing of what was muted"
    linear: ClassVar[bool] = True

    def __call__(self, audio: Audio) -> Audio:
        return audio.with_samples(np.zeros(audio.samples.shape, np.float32))

    def inverse(self) -> None:
        return None

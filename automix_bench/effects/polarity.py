"""Inverted polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect

__all__ = ["Polarity"]


@dataclass(frozen=True)
class Polarity(Effect):
    """Gives every sample the opposite sign, on all channels.

        y = -x

    Polarity is defined in AES26-2001, "Conservation of the polarity of audio signals". The control
    is often called a phase switch, though it shifts no phase. Latency: 0 samples. Undone by itself,
    bit for bit.
    """

    linear: ClassVar[bool] = True

    def __call__(self, audio: Audio) -> Audio:
        return audio.with_samples(-audio.samples)

    def inverse(self) -> Polarity:
        return self

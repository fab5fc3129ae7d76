"""Upside down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect

__all__ = ["Polarity"]


@dataclass(frozen=True)
class Polarity(Effect):
    """Every sample with the opposite sign, on all channels.

        y = -x

    Polarity as in AES26-2001, "Conservation of the polarity of audio signals"; often called a
    phase switch, though no phase is shifted. Latency: 0 samples. Undone by itself, bit for bit.
    """

    linear: ClassVar[bool] = True

    def __call__(self, audio: Audio) -> Audio:
        return audio.with_samples(-audio.samples)

    def inverse(self) -> Polarity:
        return self

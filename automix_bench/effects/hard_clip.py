"""Hard clipping at a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.effect import Effect, knob

__all__ = ["HardClip"]


@dataclass(frozen=True)
class HardClip(Effect):
    """Limits every sample to a threshold.

        y = min(max(x, -T), T),  T = 10^(threshold_db / 20)

    Declipping methods undo this kind of clipping (P. Zaviska, P. Rajmic, A. Ozerov and L. Rencker,
    "A survey and an extensive evaluation of popular audio declipping methods", IEEE JSTSP 15 (1),
    2021). Samples below the threshold keep their bits, and no gain compensates the lost level. Each
    sample is clipped by itself, without oversampling, so harmonics beyond half the rate alias, as
    in an overloaded converter. Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "the distance of a sample beyond the threshold is lost"

    threshold_db: float = knob(-60.0, 0.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        threshold = np.float32(amplitude(self.threshold_db))
        return audio.with_samples(np.clip(audio.samples, -threshold, threshold))

    def inverse(self) -> None:
        return None

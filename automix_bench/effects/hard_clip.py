"""What is too loud is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.effect import Effect, knob

__all__ = ["HardClip"]


@dataclass(frozen=True)
class HardClip(Effect):
    """Samples beyond a threshold are put on it.

        y = min(max(x, -T), T),  T = 10^(threshold_db / 20)

    The clipping that declipping undoes (P. Zaviska, P. Rajmic, A. Ozerov and L. Rencker, "A survey
    and an extensive evaluation of popular audio declipping methods", IEEE JSTSP 15 (1), 2021): what
    is below the threshold keeps its bits, and no gain makes up for the rest. Each sample stands for
    itself, no oversampling: harmonics beyond half the rate alias, as they do in a converter that
    is driven too hard. Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "how far a sample lay beyond the threshold is lost"

    threshold_db: float = knob(-60.0, 0.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        threshold = np.float32(amplitude(self.threshold_db))
        return audio.with_samples(np.clip(audio.samples, -threshold, threshold))

    def inverse(self) -> None:
        return None

"""pedalboard's hard clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect, knob
from automix_bench.hosting.pedalboard_effects import CLOSED, played

__all__ = ["PedalboardClipping"]


@dataclass(frozen=True)
class PedalboardClipping(Effect):
    """pedalboard's `Clipping`: samples beyond the threshold are cut off.

        y = max(-T, min(T, x)),  T = 10^(threshold_db / 20)

    (pedalboard, `Clipping`, 2021.) There is no oversampling: harmonics beyond half the rate alias.
    Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    irreversible: ClassVar[str] = CLOSED

    threshold_db: float = knob(-60.0, 0.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        return played(
            audio,
            "Clipping",
            wanted_by="PedalboardClipping",
            threshold_db=self.threshold_db,
        )

    def inverse(self) -> None:
        return None

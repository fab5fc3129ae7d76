"""pedalboard's hard clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardClipping"]


@dataclass(frozen=True)
class PedalboardClipping(PedalboardEffect):
    """pedalboard's `Clipping`: samples beyond the threshold are cut off.

        y = max(-T, min(T, x)),  T = 10^(threshold_db / 20)

    (pedalboard, `Clipping`, 2021.) There is no oversampling: harmonics beyond half the rate alias.
    Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    plays: ClassVar[str] = "Clipping"

    threshold_db: float = knob(-60.0, 0.0, "dB")

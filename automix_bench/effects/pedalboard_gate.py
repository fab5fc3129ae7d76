"""pedalboard's noise gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect, knob
from automix_bench.hosting.pedalboard_effects import CLOSED, played

__all__ = ["PedalboardGate"]


@dataclass(frozen=True)
class PedalboardGate(Effect):
    """pedalboard's `NoiseGate`, taken from the library JUCE: each channel by itself.

        y[n] = x[n] min(1, (e[n] / T)^(ratio - 1))

    T is the threshold, linear. e is the level: an RMS that rises at once and falls in 50 ms,
    smoothed again over `attack_ms` and `release_ms` (JUCE, `dsp::NoiseGate`, 2020). Those times are
    2 pi time constants, as in `PedalboardCompressor`. There is no floor: the further a sound is
    below the threshold, the more it is reduced. A small ratio makes an expander. Channels are not
    linked. Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0}
    irreversible: ClassVar[str] = CLOSED

    threshold_db: float = knob(-100.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB out per dB in")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")

    def __call__(self, audio: Audio) -> Audio:
        return played(
            audio,
            "NoiseGate",
            wanted_by="PedalboardGate",
            threshold_db=self.threshold_db,
            ratio=self.ratio,
            attack_ms=self.attack_ms,
            release_ms=self.release_ms,
        )

    def inverse(self) -> None:
        return None

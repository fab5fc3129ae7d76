"""pedalboard's delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardDelay"]


@dataclass(frozen=True)
class PedalboardDelay(PedalboardEffect):
    """pedalboard's `Delay`: a repeating echo that replaces a part of the sound.

        y[n] = (1 - mix) x[n] + mix d[n],  d[n] = x[n-D] + feedback d[n-D]

    This is the universal comb filter (U. Zoelzer, ed., "DAFX: Digital Audio Effects", 2nd ed.,
    2011, ch. 2). It differs from our `Delay` in three ways. It lowers the dry sound by the share
    that it adds of the wet. D is `delay_ms * rate / 1000` rounded down, in single precision, so 10
    ms are 440 samples at 44.1 kHz instead of 441. The feedback is never negative. RemFX (2023) drew
    delay 100 to 1000 ms, feedback 0.05 to 0.3, mix 0.1 to 0.35. Latency of the dry sound: 0
    samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"mix": 0.0}
    linear: ClassVar[bool] = True
    plays: ClassVar[str] = "Delay"

    delay_ms: float = knob(1.0, 5_000.0, "ms")
    feedback: float = knob(0.0, 0.95, "(linear)")
    mix: float = knob(0.0, 1.0, "(linear)")

    def arguments(self) -> dict[str, float | bool]:
        seconds = self.delay_ms / 1_000.0
        return {"delay_seconds": seconds, "feedback": self.feedback, "mix": self.mix}

"""The settings of a chorus and of a flanger: an echo whose delay swings like a sine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.fractional_delay import moving_echo
from automix_bench.dsp.lfo import sines
from automix_bench.effect import Effect, knob

__all__ = ["SweptEcho"]


@dataclass(frozen=True)
class SweptEcho(Effect):
    """An echo whose delay swings, added to the sound; the effects narrow the ranges.

    Class attributes:
        least_ms: the shortest delay.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True
    least_ms: ClassVar[float]

    speed_hz: float = knob(0.01, 10.0, "Hz")
    depth_ms: float = knob(0.0, 10.0, "ms")
    delay_ms: float = knob(0.1, 50.0, "ms")
    feedback: float = knob(-0.95, 0.95, "(linear)")
    wet: float = knob(-1.0, 1.0, "(linear)")
    phase_degrees: float = knob(0.0, 360.0, "degrees", default=0.0)
    spread_degrees: float = knob(0.0, 180.0, "degrees", default=0.0)

    def __call__(self, audio: Audio) -> Audio:
        waves = sines(audio, self.speed_hz, self.phase_degrees, self.spread_degrees)
        return moving_echo(
            audio,
            waves,
            delay_ms=self.delay_ms,
            depth_ms=self.depth_ms,
            least_ms=self.least_ms,
            feedback=self.feedback,
            wet=self.wet,
        )

    def inverse(self) -> SweptEcho | None:
        feedback, spec = self.feedback - self.wet, self.knobs()["feedback"]
        if not spec.low <= feedback <= spec.high:
            return None
        return replace(self, feedback=feedback, wet=-self.wet)

"""A comb that sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.delays.fractional_delay import moving_echo
from automix_bench.dsp.delays.lfo import sines
from automix_bench.effect import Effect, knob

__all__ = ["Flanger"]


@dataclass(frozen=True)
class Flanger(Effect):
    """An echo of a few milliseconds whose delay swings like a sine, added to the sound: a comb
    filter whose teeth wander.

        y[n] = x[n] + wet d[n],  d[n] = v(n - D[n]),  v[n] = x[n] + feedback d[n],
        D[n] = max((delay_ms + depth_ms sin(2 pi speed_hz n / rate + phase)) rate / 1000, 8)

    The flanger with feedback (J. Dattorro, "Effect design, part 2: delay-line modulation and
    chorus", JAES 45 (10), 1997), read between samples by 16 least-squares weights, to 0.1 % (-60
    dB) up to 0.7 of half the rate. These need their own length of past: the delay is never shorter
    than 8 samples, 0.18 ms at 44.1 kHz. `phase_degrees` is the sine's at the first sample,
    `spread_degrees` what each further channel is ahead of the one before. The dry sound is there in
    full. Latency of the dry sound: 0 samples.

    Undone by the flanger whose feedback is `feedback - wet` and whose wet is `-wet`, to within the
    rounding of float32; not where that feedback lies beyond +-0.95, as it would ring.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    speed_hz: float = knob(0.01, 10.0, "Hz")
    depth_ms: float = knob(0.0, 5.0, "ms")
    delay_ms: float = knob(0.1, 15.0, "ms")
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
            least_ms=0.0,
            feedback=self.feedback,
            wet=self.wet,
        )

    def inverse(self) -> Flanger | None:
        feedback, spec = self.feedback - self.wet, self.knobs()["feedback"]
        if not spec.low <= feedback <= spec.high:
            return None
        return replace(self, feedback=feedback, wet=-self.wet)

"""Pitch that swings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.delays.fractional_delay import shifted
from automix_bench.dsp.delays.lfo import sines
from automix_bench.effect import Effect, knob

__all__ = ["Vibrato"]


@dataclass(frozen=True)
class Vibrato(Effect):
    """The pitch goes up and down like a sine: a delay that swings, and nothing beside it.

        y[n] = x(n + a sin(2 pi speed_hz n / rate + phase)),
        a = (2^(depth_cents / 1200) - 1) rate / (2 pi speed_hz)

    The sound is read at 1 + (2^(depth_cents / 1200) - 1) cos(...) of its speed, so the pitch rises
    by `depth_cents` at most and falls by a little more (J. Dattorro, "Effect design, part 2:
    delay-line modulation and chorus", JAES 45 (10), 1997). Read between samples by 32
    least-squares weights, to 0.1 % (-60 dB) up to 0.85 of half the rate, which dull what lies
    above by an amount that moves. `phase_degrees` is the sine's at the first sample,
    `spread_degrees` what each further channel is ahead of the one before. Beyond the ends of the
    sound there is silence. The swing reaches as far ahead as back: latency 0 samples on average,
    by looking ahead.
    """

    irreversible: ClassVar[str] = (
        "what is read past the ends, and between samples near half the rate, is lost"
    )
    neutral: ClassVar[Mapping[str, float]] = {"depth_cents": 0.0}
    linear: ClassVar[bool] = True

    speed_hz: float = knob(0.1, 20.0, "Hz")
    depth_cents: float = knob(0.0, 200.0, "cents")
    phase_degrees: float = knob(0.0, 360.0, "degrees", default=0.0)
    spread_degrees: float = knob(0.0, 180.0, "degrees", default=0.0)

    def __call__(self, audio: Audio) -> Audio:
        waves = sines(audio, self.speed_hz, self.phase_degrees, self.spread_degrees)
        faster = 2.0 ** (self.depth_cents / 1_200.0) - 1.0
        return shifted(audio, waves * (faster * audio.rate / (2.0 * math.pi * self.speed_hz)))

    def inverse(self) -> None:
        return None

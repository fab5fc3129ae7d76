"""A pitch that swings."""

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
    """The pitch follows a sine: the sound goes through a delay that swings, without the dry sound.

        y[n] = x(n + a sin(2 pi speed_hz n / rate + phase)),
        a = (2^(depth_cents / 1200) - 1) rate / (2 pi speed_hz)

    The sound is read at 1 + (2^(depth_cents / 1200) - 1) cos(...) of its speed, so the pitch rises
    by `depth_cents` at most and falls by a little more (J. Dattorro, "Effect design, part 2:
    delay-line modulation and chorus", JAES 45 (10), 1997). Values between samples are interpolated
    by 32 least-squares weights, with an error of 0.1 % (-60 dB) up to 0.85 of half the rate. Higher
    frequencies are attenuated, by an amount that changes with the delay. `phase_degrees` is the
    phase of the sine at the first sample; each further channel is `spread_degrees` ahead of the one
    before. Beyond the ends of the sound there is silence. The delay swings as far ahead as back, so
    the latency is 0 samples on average, by looking ahead.
    """

    irreversible: ClassVar[str] = (
        "sound moved past the ends is lost, and so are frequencies near half the rate"
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

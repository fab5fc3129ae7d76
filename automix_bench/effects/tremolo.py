"""A level that swings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.delays.lfo import sines
from automix_bench.effect import Effect, knob, option

__all__ = ["Tremolo"]

# The least gain that can be undone: -60 dB.
_LEAST = 1e-3


@dataclass(frozen=True)
class Tremolo(Effect):
    """The gain follows a sine between 1 and 1 - depth.

        y[n] = g[n] x[n],  g[n] = 1 - depth (1 - sin(2 pi speed_hz n / rate + phase)) / 2

    This is amplitude modulation at rates too low to be heard as a tone (U. Zoelzer, ed., "DAFX:
    Digital Audio Effects", 2nd ed., 2011, ch. 3). The output is never louder than the dry sound.
    `phase_degrees` is the phase of the sine at the first sample; each further channel is
    `spread_degrees` ahead of the one before. With 180 the sound swings between the sides. Latency:
    0 samples.

    Undone by the tremolo of the same settings in the other `direction`, y[n] = x[n] / max(g[n],
    0.001), to within the rounding of float32. There is no inverse where `depth` is above 0.999,
    because the gain then falls below -60 dB.
    """

    neutral: ClassVar[Mapping[str, float]] = {"depth": 0.0}
    linear: ClassVar[bool] = True

    speed_hz: float = knob(0.01, 20.0, "Hz")
    depth: float = knob(0.0, 1.0, "(linear)")
    phase_degrees: float = knob(0.0, 360.0, "degrees", default=0.0)
    spread_degrees: float = knob(0.0, 180.0, "degrees", default=0.0)
    direction: str = option("apply", "undo")

    def __call__(self, audio: Audio) -> Audio:
        waves = sines(audio, self.speed_hz, self.phase_degrees, self.spread_degrees)
        gains = 1.0 - self.depth / 2.0 * (1.0 - waves)
        if self.direction == "undo":
            return audio.with_samples(audio.samples / np.maximum(gains, _LEAST))
        return audio.with_samples(audio.samples * gains)

    def inverse(self) -> Tremolo | None:
        if self.depth > 1.0 - _LEAST:
            return None
        return replace(self, direction="undo" if self.direction == "apply" else "apply")

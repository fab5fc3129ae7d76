"""Saturation by a cubic polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.filters.oversampling import bent
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob

__all__ = ["CubicClip"]


@dataclass(frozen=True)
class CubicClip(Effect):
    """Saturation that leaves quiet sounds almost alone and bends louder ones towards a ceiling.

        y = x - 4 x^3 / (27 C^2) for |x| < 3/2 C, else C sign(x),  C = 10^(ceiling_db / 20)

    This is the cubic soft clipper (J. O. Smith, "Physical Audio Signal Processing", 2010), scaled
    so that small sounds keep their level. Up to 3.5 dB above the ceiling it makes only the third
    harmonic. A sine as high as the ceiling comes out 1.0 dB lower. The curve runs at 4 times the
    rate, so harmonics beyond half the rate alias less than without oversampling. A wave that hits
    the ceiling hard may overshoot it, by some 1.5 dB for a square wave. Latency: 0 samples; the
    delay of the filters is compensated.
    """

    irreversible: ClassVar[str] = "more than 3.5 dB above the ceiling all levels become one"

    ceiling_db: float = knob(-60.0, 0.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        ceiling = amplitude(self.ceiling_db)
        return audio.with_samples(bent(doubles(audio), lambda wave: _bend(wave, ceiling)))

    def inverse(self) -> None:
        return None


@compiled
@no_type_check
def _bend(wave: np.ndarray, ceiling: float) -> np.ndarray:
    out = np.empty(wave.shape)
    knee, share = 1.5 * ceiling, 4.0 / (27.0 * ceiling * ceiling)
    for n in range(wave.size):
        # At the knee, 3/2 of the ceiling, the polynomial reaches the ceiling, with a slope of 0.
        x = min(max(wave[n], -knee), knee)
        out[n] = x - share * x * x * x
    return out

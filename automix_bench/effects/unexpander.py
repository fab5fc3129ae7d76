"""The inverse of downward expansion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.feed_forward import ExpanderSettings
from automix_bench.dsp.dynamics.gain_reduction_inverse import restored
from automix_bench.effect import Effect, counterpart, knob

__all__ = ["Unexpander"]


@dataclass(frozen=True)
class Unexpander(ExpanderSettings):
    """Recovers the input of an `Expander` with these settings from its output.

    With y the output's level in dB full scale, and under(x) and a as in `Expander`, the level x of
    each input sample is the only solution of

        y[n] = x[n] - a r[n-1] - (1 - a) under(x[n]),

    because the right side rises strictly with x, with a slope of 1 or more. The recovered sample is

        x[n] = 10^(r[n] / 20) y[n].

    The expander's detector is that of D. Giannoulis, M. Massberg and J. D. Reiss, JAES 60 (6),
    2012. Solving for the input sample by sample is the idea of S. Gorlow and J. D. Reiss,
    "Model-based inversion of dynamic range compression", IEEE TASLP 21 (7), 2013. With
    `detector_ms` 0 (peak detector) the solution has a closed form. With `detector_ms` above 0 (mean
    square) Newton steps inside a bracket find it, to 1e-6 dB. All channels get one gain. Latency: 0
    samples. US patent 10,924,078 is about the inversion of dynamic range control.

    Undone by the `Expander`, which multiplies the rounding of float32 by its ratio: the error is 90
    dB below the sound, and lower at ratios below 100.
    """

    inverse_db: ClassVar[float] = 90.0
    ratio: float = knob(1.0, 100.0, "dB in per dB out")

    def __call__(self, audio: Audio) -> Audio:
        return restored(audio, self.law(audio.rate))

    def inverse(self) -> Effect:
        return counterpart(self, "expander")

"""Saturation with different ceilings above and below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.filters.one_pole import high_passed
from automix_bench.dsp.filters.oversampling import bent
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob, option

__all__ = ["AsymmetricClip"]

_BLOCKER_HZ = 5.0


@dataclass(frozen=True)
class AsymmetricClip(Effect):
    """Saturation with one ceiling for the positive half of the wave and another for the negative
    half. Like a tube, it makes even harmonics, which symmetric curves do not make.

        y = x - 4 x^3 / (27 C^2) for |x| < 3/2 C, else C sign(x),
        C = 10^(positive_db / 20) for x >= 0,  10^(negative_db / 20) for x < 0

    Each half is the cubic soft clipper of J. O. Smith, "Physical Audio Signal Processing", 2010. At
    0, where the halves meet, their values, slopes and curvatures agree. Small sounds keep their
    level. If one half loses more than the other, the wave gets a constant offset (DC). With `dc`
    "kept" the offset stays; with "removed" a first-order high pass, 3 dB down at 5 Hz, takes it
    out. The curve runs at 4 times the rate, so harmonics beyond half the rate alias less than
    without oversampling. A wave that hits a ceiling hard may overshoot it, by 1.5 dB for a square
    wave. Latency: 0 samples; the delay of the filters is compensated.
    """

    irreversible: ClassVar[str] = "more than 3.5 dB above its ceiling each half has only one level"

    positive_db: float = knob(-60.0, 0.0, "dB")
    negative_db: float = knob(-60.0, 0.0, "dB")
    dc: str = option("kept", "removed")

    def __call__(self, audio: Audio) -> Audio:
        upper, lower = amplitude(self.positive_db), amplitude(self.negative_db)
        samples = bent(doubles(audio), lambda wave: _bend(wave, upper, lower))
        if self.dc == "removed":
            samples = high_passed(samples, _BLOCKER_HZ, audio.rate)
        return audio.with_samples(samples)

    def inverse(self) -> None:
        return None


@compiled
@no_type_check
def _bend(wave: np.ndarray, upper: float, lower: float) -> np.ndarray:
    out = np.empty(wave.shape)
    high, low = 1.5 * upper, -1.5 * lower
    high_share, low_share = 4.0 / (27.0 * upper * upper), 4.0 / (27.0 * lower * lower)
    for n in range(wave.size):
        # At its knee each half reaches its ceiling, with a slope of 0.
        x = min(max(wave[n], low), high)
        share = high_share if x >= 0.0 else low_share
        out[n] = x - share * x * x * x
    return out

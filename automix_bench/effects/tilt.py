"""A tilt of the spectrum around a pivot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import amplitude
from automix_bench.dsp.filters.biquad import Biquad
from automix_bench.dsp.filters.one_frequency import Filter
from automix_bench.effect import knob

__all__ = ["Tilt"]


@dataclass(frozen=True)
class Tilt(Filter):
    """A tilt: raises the highs by as much as it lowers the lows, around a pivot.

        H(s) = (A s + 1) / (s + A),  A = 10^(tilt_db / 20)

    s is normalised to `frequency_hz`, the pivot, and mapped to z by the bilinear transform. The
    tilt is two first-order shelves that complement each other (U. Zoelzer, ed., "DAFX: Digital
    Audio Effects", 2nd ed., 2011, ch. 2). The response is 0 dB at the pivot, `-tilt_db` at 0 Hz and
    `+tilt_db` at half the rate. The slope at the pivot is 3.6 dB an octave for 6 dB of tilt, and
    below 6 dB an octave for any tilt.

    Latency: 0 samples, minimum phase. Undone exactly by the opposite tilt, whose transfer function
    is 1 / H(z), to within the rounding of float32. A tilt of 0 dB changes no bit.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz `frequency_hz` must be below 4 kHz.
    """

    neutral: ClassVar[Mapping[str, float]] = {"tilt_db": 0.0}

    tilt_db: float = knob(-12.0, 12.0, "dB")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        a, warped = amplitude(self.tilt_db), math.tan(math.pi * self.frequency_hz / rate)
        whole = 1.0 + a * warped
        zero, pole = (warped - a) / whole, (a * warped - 1.0) / whole
        return (Biquad((a + warped) / whole, zero, 0.0, pole, 0.0),)

    def inverse(self) -> Tilt:
        return Tilt(self.frequency_hz, -self.tilt_db)

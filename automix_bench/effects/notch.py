"""A hole in the spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.filters.biquad import Biquad, notch
from automix_bench.dsp.filters.one_frequency import Filter
from automix_bench.effect import knob

__all__ = ["Notch"]


@dataclass(frozen=True)
class Notch(Filter):
    """A notch: one frequency taken out, hum for instance.

        H(s) = (s^2 + 1) / (s^2 + s / q + 1)

    with s normalised to `frequency_hz` and taken to z by the bilinear transform (R.
    Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", 2021): nothing at
    `frequency_hz`, 0 dB far from it, and -3.01 dB at the ends of a band as wide as
    `frequency_hz / q`. The sharper it is, the longer it takes to settle: about
    `q / frequency_hz` seconds.

    Latency: 0 samples, minimum phase.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz those from 4 kHz on are not.
    """

    irreversible: ClassVar[str] = "the frequency that it takes out is gone"

    q: float = knob(0.1, 100.0, "(quality)")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return (notch(self.frequency_hz, self.q, rate),)

    def inverse(self) -> None:
        return None

"""A notch filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.filters.biquad import Biquad, notch
from automix_bench.dsp.filters.one_frequency import Filter
from automix_bench.effect import knob

__all__ = ["Notch"]


@dataclass(frozen=True)
class Notch(Filter):
    """A notch: removes one frequency, such as hum.

        H(s) = (s^2 + 1) / (s^2 + s / q + 1)

    s is normalised to `frequency_hz` and mapped to z by the bilinear transform (R. Bristow-Johnson,
    "Cookbook formulae for audio EQ biquad filter coefficients", 2021). The response is zero at
    `frequency_hz`, 0 dB far from it, and -3.01 dB at the ends of a band of width `frequency_hz /
    q`. A sharper notch takes longer to settle: about `q / frequency_hz` seconds.

    Latency: 0 samples, minimum phase.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz `frequency_hz` must be below 4 kHz.
    """

    irreversible: ClassVar[str] = "the frequency that it removes is lost"

    q: float = knob(0.1, 100.0, "(quality)")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return (notch(self.frequency_hz, self.q, rate),)

    def inverse(self) -> None:
        return None

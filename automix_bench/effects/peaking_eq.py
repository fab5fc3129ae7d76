"""A peaking (bell) filter."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.dsp.filters.biquad import Biquad, peaking
from automix_bench.dsp.filters.one_frequency import Equaliser
from automix_bench.effect import knob

__all__ = ["PeakingEQ"]


@dataclass(frozen=True)
class PeakingEQ(Equaliser):
    """A bell: boosts or cuts around one frequency.

        H(s) = (s^2 + s A / q + 1) / (s^2 + s / (A q) + 1),  A = 10^(gain_db / 40)

    s is normalised to `frequency_hz` and mapped to z by the bilinear transform (R. Bristow-Johnson,
    "Cookbook formulae for audio EQ biquad filter coefficients"). The response is exactly `gain_db`
    at `frequency_hz`, 0 dB far from it, and half of `gain_db` (in dB) at the ends of a band of
    width `frequency_hz / q`.

    Latency: 0 samples, minimum phase. Undone exactly by the opposite gain, whose transfer function
    is 1 / H(z), to within the rounding of float32. A gain of 0 dB changes no bit.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz `frequency_hz` must be below 4 kHz.
    """

    q: float = knob(0.1, 30.0, "(quality)")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return (peaking(self.frequency_hz, self.gain_db, self.q, rate),)

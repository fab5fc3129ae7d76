"""A bell in the spectrum."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.dsp.filters.biquad import Biquad, peaking
from automix_bench.dsp.filters.one_frequency import Equaliser
from automix_bench.effect import knob

__all__ = ["PeakingEQ"]


@dataclass(frozen=True)
class PeakingEQ(Equaliser):
    """A bell: boost or cut around one frequency.

        H(s) = (s^2 + s A / q + 1) / (s^2 + s / (A q) + 1),  A = 10^(gain_db / 40)

    with s normalised to `frequency_hz` and taken to z by the bilinear transform (R.
    Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"): exactly `gain_db`
    at `frequency_hz`, 0 dB far from it, and half of it (in dB) at the ends of a band as wide as
    `frequency_hz / q`.

    Latency: 0 samples, minimum phase. Undone exactly by the opposite gain, whose transfer function
    is 1 / H(z), to within the rounding of float32. A gain of 0 dB changes no bit.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz those from 4 kHz on are not.
    """

    q: float = knob(0.1, 30.0, "(quality)")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return (peaking(self.frequency_hz, self.gain_db, self.q, rate),)

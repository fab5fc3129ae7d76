"""A shelf filter for the highs."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.dsp.filters.biquad import Biquad, high_shelf
from automix_bench.dsp.filters.one_frequency import Equaliser
from automix_bench.effect import knob

__all__ = ["HighShelf"]


@dataclass(frozen=True)
class HighShelf(Equaliser):
    """A shelf: boosts or cuts everything above a frequency.

        H(s) = A (A s^2 + s sqrt(A) / q + 1) / (s^2 + s sqrt(A) / q + A),  A = 10^(gain_db / 40)

    s is normalised to `frequency_hz` and mapped to z by the bilinear transform (R. Bristow-Johnson,
    "Cookbook formulae for audio EQ biquad filter coefficients"). The response is 0 dB at 0 Hz, half
    of `gain_db` (in dB) at `frequency_hz`, and all of it at half the rate. Above `q` = 0.7071 the
    curve has a bump.

    Latency: 0 samples, minimum phase. Undone exactly by the opposite gain, whose transfer function
    is 1 / H(z), to within the rounding of float32. A gain of 0 dB changes no bit.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz `frequency_hz` must be below 4 kHz.
    """

    q: float = knob(0.1, 10.0, "(quality)")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return (high_shelf(self.frequency_hz, self.gain_db, self.q, rate),)

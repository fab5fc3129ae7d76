"""A bell in the spectrum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.biquad import filtered, peaking
from automix_bench.dsp.nyquist import require_below_nyquist
from automix_bench.effect import Effect, knob

__all__ = ["PeakingEQ"]


@dataclass(frozen=True)
class PeakingEQ(Effect):
    """A bell: boost or cut around one frequency.

        H(s) = (s^2 + s A / q + 1) / (s^2 + s / (A q) + 1),  A = 10^(gain_db / 40)

    with s normalised to `frequency_hz` and taken to z by the bilinear transform (R.
    Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"): exactly `gain_db`
    at `frequency_hz`, 0 dB far from it, and half of it (in dB) at the ends of a band as wide as
    `frequency_hz / q`.

    Latency: 0 samples, minimum phase. Undone exactly by the opposite gain, whose transfer function
    is 1 / H(z), to within the rounding of float32. A gain of 0 dB changes no bit.

    Raises:
        ValueError: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz those from 4 kHz on are not.
    """

    neutral: ClassVar[Mapping[str, float]] = {"gain_db": 0.0}
    linear: ClassVar[bool] = True

    frequency_hz: float = knob(20.0, 20_000.0, "Hz")
    gain_db: float = knob(-24.0, 24.0, "dB")
    q: float = knob(0.1, 30.0, "(quality)")

    def __call__(self, audio: Audio) -> Audio:
        require_below_nyquist(self.frequency_hz, audio.rate, knob="PeakingEQ.frequency_hz")
        section = peaking(self.frequency_hz, self.gain_db, self.q, audio.rate)
        return filtered(audio, section)

    def inverse(self) -> PeakingEQ:
        return PeakingEQ(self.frequency_hz, -self.gain_db, self.q)

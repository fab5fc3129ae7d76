"""pedalboard's low pass filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.effect import Effect, knob
from automix_bench.hosting.pedalboard_effects import CLOSED, played

__all__ = ["PedalboardLowPass"]


@dataclass(frozen=True)
class PedalboardLowPass(Effect):
    """pedalboard's `LowpassFilter`: 6 dB an octave, -3.01 dB at the frequency.

        H(s) = 1 / (1 + s)

    s is normalised to `frequency_hz` and mapped to z by the bilinear transform (JUCE,
    `dsp::IIR::Coefficients`, 2017). The filter is of first order, in single precision. Latency: 0
    samples, minimum phase.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate.
        MissingPart: pedalboard is not installed.
    """

    linear: ClassVar[bool] = True
    irreversible: ClassVar[str] = CLOSED

    frequency_hz: float = knob(20.0, 20_000.0, "Hz")

    def __call__(self, audio: Audio) -> Audio:
        require_below_nyquist(self.frequency_hz, audio.rate, knob="PedalboardLowPass.frequency_hz")
        return played(
            audio,
            "LowpassFilter",
            wanted_by="PedalboardLowPass",
            cutoff_frequency_hz=self.frequency_hz,
        )

    def inverse(self) -> None:
        return None

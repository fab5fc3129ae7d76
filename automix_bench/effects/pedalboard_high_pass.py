"""pedalboard's high pass filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardHighPass"]


@dataclass(frozen=True)
class PedalboardHighPass(PedalboardEffect):
    """pedalboard's `HighpassFilter`: 6 dB an octave, -3.01 dB at the frequency.

        H(s) = s / (1 + s)

    s is normalised to `frequency_hz` and mapped to z by the bilinear transform (JUCE,
    `dsp::IIR::Coefficients`, 2017). The filter is of first order, in single precision. Latency: 0
    samples, minimum phase.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate.
        MissingPart: pedalboard is not installed.
    """

    linear: ClassVar[bool] = True
    plays: ClassVar[str] = "HighpassFilter"
    parameters: ClassVar[Mapping[str, str]] = {"frequency_hz": "cutoff_frequency_hz"}
    below_nyquist: ClassVar[str] = "frequency_hz"

    frequency_hz: float = knob(20.0, 20_000.0, "Hz")

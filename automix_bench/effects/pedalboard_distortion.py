"""pedalboard's distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardDistortion"]


@dataclass(frozen=True)
class PedalboardDistortion(PedalboardEffect):
    """pedalboard's `Distortion`: a hyperbolic tangent without oversampling.

        y = tanh(10^(drive_db / 20) x)

    (pedalboard, `Distortion`, 2021; JUCE's `dsp::WaveShaper`.) Harmonics beyond half the rate
    alias. Quiet sounds come out `drive_db` louder. RemFX (2023) used it that way too, with drive 8
    to 25 dB. Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    plays: ClassVar[str] = "Distortion"

    drive_db: float = knob(0.0, 60.0, "dB")

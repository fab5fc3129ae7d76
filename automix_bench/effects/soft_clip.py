"""Memoryless saturation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.effect import Effect, knob

__all__ = ["SoftClip"]


@dataclass(frozen=True)
class SoftClip(Effect):
    """Saturation by a hyperbolic tangent, unity at full scale.

        y = tanh(d x) / tanh(d),  d = 10^(drive_db / 20)

    This is the tanh clipper of the virtual-analogue literature (V. Lazzarini and J. Timoney, "New
    perspectives on distortion synthesis for virtual analog oscillators", CMJ 34 (1), 2010),
    normalised so that full scale stays full scale. Sounds below full scale get louder, by d /
    tanh(d) at most (the small-signal gain: +2.4 dB at a drive of 0 dB, `drive_db` at high drives).
    Sounds above it stay under 1 / tanh(d). Each sample is shaped by itself, without oversampling:
    harmonics beyond half the rate alias. Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "deep in saturation, sounds differ by less than float32 can hold"

    drive_db: float = knob(0.0, 40.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        drive = amplitude(self.drive_db)
        driven = drive * audio.samples.astype(np.float64)
        return audio.with_samples(np.tanh(driven) / np.tanh(drive))

    def inverse(self) -> None:
        return None

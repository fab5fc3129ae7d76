"""Separate levels for left and right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.stereo import require_stereo
from automix_bench.effect import Effect, knob

__all__ = ["Balance"]


@dataclass(frozen=True)
class Balance(Effect):
    """A constant factor for each side of a stereo sound.

        left = 10^(left_db / 20) left,  right = 10^(right_db / 20) right

    This is the definition of the decibel for amplitudes (IEC 60027-3). The inverse of a `Pan` is a
    `Balance`, because the laws of `Pan` cannot undo each other. Latency: 0 samples. Undone by the
    opposite gains, to within the rounding of float32.

    Raises:
        Unsuitable: the audio is not stereo.
    """

    neutral: ClassVar[Mapping[str, float]] = {"left_db": 0.0, "right_db": 0.0}
    linear: ClassVar[bool] = True
    stereo_only: ClassVar[bool] = True

    left_db: float = knob(-60.0, 60.0, "dB")
    right_db: float = knob(-60.0, 60.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        require_stereo(audio, wanted_by="Balance")
        gains = np.array([[amplitude(self.left_db)], [amplitude(self.right_db)]])
        return audio.with_samples(audio.samples * gains)

    def inverse(self) -> Balance:
        return Balance(-self.left_db, -self.right_db)

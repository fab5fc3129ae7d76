"""The width of the stereo image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.stereo import require_stereo
from automix_bench.effect import Effect, knob

__all__ = ["StereoWidth"]


@dataclass(frozen=True)
class StereoWidth(Effect):
    """Scales the difference of the two sides and leaves their mean as it is.

        mid = (left + right) / 2,  side = (left - right) / 2
        left = mid + width side,  right = mid - width side

    These are the sum and difference of A. D. Blumlein's stereo (British patent 394,325, 1933). A
    width of 0 is mono, 1 changes no bit, above 1 is wider. The mono sum is the same at every width.
    The level that a wider sound gains is not compensated. Latency: 0 samples.

    Undone by the width `1 / width`, to within the rounding of float32. There is no inverse below
    0.25, because 4 is the widest setting; at 0 the difference is lost.

    Raises:
        Unsuitable: the audio is not stereo.
    """

    neutral: ClassVar[Mapping[str, float]] = {"width": 1.0}
    linear: ClassVar[bool] = True
    stereo_only: ClassVar[bool] = True

    width: float = knob(0.0, 4.0, "(linear)")

    def __call__(self, audio: Audio) -> Audio:
        require_stereo(audio, wanted_by="StereoWidth")
        same, other = (1.0 + self.width) / 2.0, (1.0 - self.width) / 2.0
        left, right = audio.samples
        return audio.with_samples(
            np.stack([same * left + other * right, same * right + other * left])
        )

    def inverse(self) -> StereoWidth | None:
        if self.width == 0.0 or 1.0 / self.width > self.knobs()["width"].high:
            return None
        return StereoWidth(1.0 / self.width)

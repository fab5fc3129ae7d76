"""Rounding to fewer bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.effect import Effect, knob

__all__ = ["BitDepth"]


@dataclass(frozen=True)
class BitDepth(Effect):
    """Rounds every sample to a grid, as a converter with that many bits does.

        y = q round(x / q),  q = 2^(1 - bits)

    This is the mid-tread quantiser without dither (S. P. Lipshitz, R. A. Wannamaker and J.
    Vanderkooy, "Quantization and dither: a theoretical survey", JAES 40 (5), 1992). Silence stays
    silence, and half a step is rounded to the even neighbour. On a dense sound the error is like
    noise of q / sqrt(12) RMS, which is 6.02 bits + 1.76 dB below a full-scale sine. `bits` need not
    be a whole number: values in between give steps in between. The grid continues beyond full
    scale, so nothing is clipped. Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "the position of a sample between two steps is lost"

    bits: float = knob(2.0, 24.0, "bits")

    def __call__(self, audio: Audio) -> Audio:
        return audio.with_samples(
            _rounded(np.ascontiguousarray(audio.samples), 2.0 ** (self.bits - 1.0))
        )

    def inverse(self) -> None:
        return None


@compiled
@no_type_check
def _rounded(samples: np.ndarray, steps: float) -> np.ndarray:
    out = np.empty(samples.shape, np.float32)
    step = 1.0 / steps
    for channel in range(samples.shape[0]):
        for n in range(samples.shape[1]):
            out[channel, n] = step * np.rint(steps * samples[channel, n])
    return out

"""Fewer steps."""

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
    """Every sample is rounded to a grid, as a converter with so many bits does.

        y = q round(x / q),  q = 2^(1 - bits)

    The mid-tread quantiser without dither (S. P. Lipshitz, R. A. Wannamaker and J. Vanderkooy,
    "Quantization and dither: a theoretical survey", JAES 40 (5), 1992): silence stays silence, half
    a step goes to the even neighbour, and the error of a busy sound is like noise, q / sqrt(12)
    RMS: 6.02 bits + 1.76 dB below a full-scale sine. `bits` between whole numbers give steps
    between theirs. The grid goes on beyond full scale: nothing is clipped. Latency: 0 samples.
    """

    irreversible: ClassVar[str] = "where between two steps a sample lay is lost"

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

"""Fewer samples a second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, Samples
from automix_bench.effect import Effect, knob, option

__all__ = ["RateReduction"]

# Of silence added before and behind, in samples of the lower rate: longer than soxr's filters.
_MARGIN = 256


@dataclass(frozen=True)
class RateReduction(Effect):
    """The sound as if taken at `target_rate`, and played at its own rate again.

    `hold`, as in early samplers: one sample of each period of the lower rate is held through it,

        y[n] = x[(first(k) + last(k)) div 2],  k = floor(n target_rate / rate),

    where first(k) and last(k) are the first and last n of that k. Nothing filters: what is above
    half of `target_rate` folds down, and images of all lie above it. A held wave is late by half a
    period; the middle sample of each is taken, which makes up for that: latency 0 samples, to
    within half a sample. `band_limited`: down to the lower rate and up again by soxr (very high
    quality, linear phase): nothing folds, and what lies above about 0.46 of `target_rate` is gone;
    latency 0 samples, the filters' delay is taken out. (R. E. Crochiere and L. R. Rabiner,
    "Multirate Digital Signal Processing", 1983.) A `target_rate` that is not below the audio's own
    changes no bit.
    """

    irreversible: ClassVar[str] = "what lies above half of the lower rate is gone or folded down"
    neutral: ClassVar[Mapping[str, float]] = {"target_rate": 192_000.0}
    linear: ClassVar[bool] = True

    target_rate: float = knob(1_000.0, 192_000.0, "Hz")
    kind: str = option("hold", "band_limited")

    def __call__(self, audio: Audio) -> Audio:
        if self.target_rate >= audio.rate:
            return audio
        if self.kind == "hold":
            return audio.with_samples(_held(audio, self.target_rate))
        return audio.with_samples(_band_limited(audio, self.target_rate))

    def inverse(self) -> None:
        return None


def _held(audio: Audio, target_rate: float) -> Samples:
    periods = np.floor(np.arange(audio.length) * target_rate / audio.rate)
    firsts = np.flatnonzero(np.diff(periods, prepend=-1.0))
    lasts = np.append(firsts[1:], audio.length) - 1
    taken = audio.samples[:, (firsts + lasts) // 2]
    held: Samples = np.repeat(taken, lasts - firsts + 1, axis=1)
    return held


def _band_limited(audio: Audio, target_rate: float) -> np.ndarray:
    import soxr

    margin = math.ceil(_MARGIN * audio.rate / target_rate)
    padded = np.pad(audio.samples.astype(np.float64), ((0, 0), (margin, 2 * margin)))
    fewer = soxr.resample(padded.T, audio.rate, target_rate, quality="VHQ")
    more = soxr.resample(fewer, target_rate, audio.rate, quality="VHQ")
    return np.asarray(more[margin : margin + audio.length].T)

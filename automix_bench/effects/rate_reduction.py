"""A reduced sampling rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, Samples
from automix_bench.effect import Effect, knob, option

__all__ = ["RateReduction"]

# The silence added at each end, in samples of the lower rate: longer than soxr's filters.
_MARGIN = 256


@dataclass(frozen=True)
class RateReduction(Effect):
    """The sound as if sampled at `target_rate`, played at its original rate.

    The kind `hold`, as in early samplers, repeats one sample of each period of the lower rate,

        y[n] = x[(first(k) + last(k)) div 2],  k = floor(n target_rate / rate),

    where first(k) and last(k) are the first and last n with that k. There is no filter: frequencies
    above half of `target_rate` fold down, and images of all frequencies appear above it. A held
    wave would be late by half a period. Taking the middle sample of each period compensates that,
    so the latency is 0 samples, to within half a sample.

    The kind `band_limited` resamples to the lower rate and back with soxr (very high quality,
    linear phase). Nothing folds, and frequencies above about 0.46 of `target_rate` are lost.
    Latency 0 samples: the delay of the filters is compensated.

    Both kinds are in R. E. Crochiere and L. R. Rabiner, "Multirate Digital Signal Processing",
    1983. A `target_rate` that is not below the audio's own rate changes no bit.
    """

    irreversible: ClassVar[str] = "frequencies above half of the lower rate are lost or folded down"
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

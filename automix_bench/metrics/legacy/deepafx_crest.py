"""DeepAFx-ST's crest factor error, which takes the natural logarithm for the decimal one."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import Known, metric

__all__ = ["deepafx_crest"]


def _waves() -> tuple[Audio, Audio]:
    """A sine and a square wave."""
    sine = np.sin(2.0 * np.pi * np.arange(48_000) / 64)
    square = np.where(sine >= 0.0, 1.0, -1.0)
    sine, square = (np.tile(one, (2, 1)).astype(np.float32) for one in (sine, square))
    return Audio(sine, 48_000), Audio(square, 48_000)


@metric(
    unit="20 ln",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay"),
    sees=("clip", "reverb"),
    symmetric=True,
    source="Steinmetz, Bryan & Reiss, JAES 70(9), 2022, arXiv:2207.08759; its code at "
    "49bd0c8, deepafx_st/metrics.py: CrestFactorError",
    known=(Known("20 ln sqrt 2", _waves, value=6.931472, within=1e-4),),
    instead="crest_error",
)
def deepafx_crest(*, reference: Audio, estimate: Audio) -> float:
    """Absolute difference of the crest factor, 2.303 times too large, as DeepAFx-ST computes it.

        mean over channels of | crest(estimate) - crest(reference) |
        crest = 20 ln(max |x| / max(rms, 1e-8))

    What is wrong: 20 ln is not a decibel. 1 dB reads 2.303.

    Undefined (NaN) for a reference with a silent channel, where the published code gives infinity
    or NaN; such an estimate gets the worst value.
    """
    if not reference.samples.any(axis=1).all():
        return math.nan
    if not estimate.samples.any(axis=1).all():
        return math.inf
    return float(np.abs(_crests(estimate) - _crests(reference)).mean())


def _crests(audio: Audio) -> np.ndarray:
    samples = audio.samples.astype(np.float64)
    rms = np.sqrt(np.square(samples).mean(-1))
    return np.asarray(20.0 * np.log(np.abs(samples).max(-1) / np.maximum(rms, 1e-8)))

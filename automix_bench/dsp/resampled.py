"""A sound at the one rate that a network or a model of hearing takes."""

from __future__ import annotations

import soxr

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared


@shared
def resampled(audio: Audio, rate: int) -> Audio:
    """The sound at `rate` (soxr, high quality: linear phase, flat to 0.91 of the lower Nyquist
    frequency); unchanged if it has that rate. At least one sample."""
    if audio.rate == rate:
        return audio
    converted = soxr.resample(audio.samples.T, audio.rate, rate, quality="HQ")
    samples = converted.T if len(converted) else audio.samples[:, :1]
    return Audio(samples.astype("float32", copy=True), rate)

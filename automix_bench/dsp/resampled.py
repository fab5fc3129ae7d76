"""A sound at the one rate that a model of hearing or a network was made for."""

from __future__ import annotations

import soxr

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared


@shared
def resampled(audio: Audio, rate: int) -> Audio:
    """The sound at `rate` (soxr, high quality: linear phase, flat to 0.91 of the lower Nyquist
    frequency). As it is where it has that rate already; one sample at least."""
    if audio.rate == rate:
        return audio
    found = soxr.resample(audio.samples.T, audio.rate, rate, quality="HQ")
    samples = found.T if len(found) else audio.samples[:, :1]
    return Audio(samples.astype("float32", copy=True), rate)

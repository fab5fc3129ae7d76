"""A sound at another rate: for a network or a model of hearing, or a whole song for a data set."""

from __future__ import annotations

import numpy as np
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


def resampled_length(length: int, rate: int, new_rate: int) -> int:
    """The length of a sound of `length` samples after `converted`: as long in seconds, rounded to
    the nearest sample; a half is rounded up. At least one sample."""
    return max(1, (2 * length * new_rate + rate) // (2 * rate))


def converted(audio: Audio, rate: int) -> Audio:
    """The sound at `rate`, in soxr's very high quality; unchanged if it has that rate.

    The filter has linear phase and no delay: sample n of the result lies n / `rate` seconds after
    the first sample, so sounds of one length stay aligned. It is flat to 0.01 dB up to 0.9 of the
    lower Nyquist frequency; images and aliases lie 130 dB below. The length is `resampled_length`.
    """
    if audio.rate == rate:
        return audio
    length = resampled_length(audio.length, audio.rate, rate)
    frames = np.ascontiguousarray(audio.samples.T)
    samples = soxr.resample(frames, audio.rate, rate, quality="VHQ").T[:, :length]
    missing = length - samples.shape[1]
    if missing:  # soxr gives no sample for the shortest of sounds
        samples = np.pad(samples, ((0, 0), (0, missing)))
    return Audio(np.ascontiguousarray(samples, np.float32), rate)

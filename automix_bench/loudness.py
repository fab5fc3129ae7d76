"""Loudness and true peak of one sound, after ITU-R BS.1770."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio, decibels, measured_once, peak

BLOCK_SECONDS = 0.4
STEP_SECONDS = 0.1


@measured_once
def integrated_lufs(audio: Audio) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770-4: K-weighting, 400 ms blocks, gates at
    -70 LUFS and 10 LU below the mean); `-inf` where no block passes the first gate.

    pyloudnorm, with the filter coefficients of De Man: its default ones read 0.045 LU low at
    44.1 kHz against libebur128, these agree to 0.001 LU.

    Raises:
        ValueError: the audio is shorter than one block of 0.4 s, or has more than 5 channels.
    """
    import pyloudnorm

    if audio.seconds < BLOCK_SECONDS:
        raise ValueError(f"loudness wants at least {BLOCK_SECONDS} s, got {audio.seconds:.3f} s")
    # pyloudnorm would also count a last block of which the sound fills only a part.
    steps = math.floor(audio.seconds / STEP_SECONDS + 1e-9)
    whole = audio.samples[:, : round(steps * STEP_SECONDS * audio.rate)]
    meter = pyloudnorm.Meter(audio.rate, filter_class="DeMan", block_size=BLOCK_SECONDS)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(meter.integrated_loudness(whole.T.astype(np.float64)))


@measured_once
def true_peak_dbtp(audio: Audio) -> float:
    """True peak in dBTP: the largest absolute value over all channels of the signal at four times
    its rate (two times from 96 kHz, its own from 192 kHz), after ITU-R BS.1770-4 annex 2; never
    below the largest sample; `-inf` for silence."""
    import soxr

    factor = 4 if audio.rate < 96_000 else 2 if audio.rate < 192_000 else 1
    highest = peak(audio)
    if factor > 1 and highest > 0.0:
        dense = soxr.resample(audio.samples.T, audio.rate, audio.rate * factor, quality="HQ")
        highest = max(highest, float(dense.max()), -float(dense.min()))
    return decibels(highest)

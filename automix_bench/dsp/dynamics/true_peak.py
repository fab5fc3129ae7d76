"""Peaks between the samples, as in a converter's output (ITU-R BS.1770-4, annex 2)."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled

__all__ = ["OVERSAMPLING", "peaks_around"]

OVERSAMPLING = 4

Row = Float64[np.ndarray, " samples"]


def peaks_around(audio: Audio) -> Row:
    """For each sample, the largest magnitude over the channels of the sample itself and of the
    signal at four times the rate up to the neighbouring samples. The interpolation is that of
    `loudness.true_peak_dbtp`, at any rate. Beyond its ends the sound is taken to be silent."""
    import soxr

    dense = soxr.resample(audio.samples.T, audio.rate, audio.rate * OVERSAMPLING, quality="HQ")
    peaks: Row = _peaks_around(np.abs(audio.samples).max(axis=0), dense)
    return peaks


@compiled
@no_type_check
def _peaks_around(peaks: np.ndarray, dense: np.ndarray) -> np.ndarray:
    """`peaks` of the samples, raised to those of the points up to their neighbours."""
    raised = peaks.astype(np.float64)
    for channel in range(dense.shape[1]):
        before = np.float32(0.0)
        for n in range(peaks.size):
            after = np.float32(0.0)
            for point in range(OVERSAMPLING * n + 1, OVERSAMPLING * (n + 1)):
                if abs(dense[point, channel]) > after:
                    after = abs(dense[point, channel])
            here = max(abs(dense[OVERSAMPLING * n, channel]), before, after)
            if here > raised[n]:
                raised[n] = here
            before = after
    return raised

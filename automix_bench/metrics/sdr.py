"""Signal over distortion."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import metric

__all__ = ["sdr"]


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    blind_to=(),
    symmetric=False,
    source="Mitsufuji et al., Music Demixing Challenge 2021, Front. Signal Process. 2022, eq. 1, "
    "arXiv:2108.13559, without its small constant",
)
def sdr(*, reference: Audio, estimate: Audio) -> float:
    """Global signal-to-distortion ratio: whatever is not the reference, sample by sample, is error.

        10 log10( ||s||^2 / ||s - e||^2 )

    s is the reference and e the estimate, over all samples of all channels together: one song, one
    number, no frames and no median. Nothing is scaled, shifted, filtered or centred first, so a
    gain of -6.02 dB reads 6.02 dB, a reversed polarity -6.02 dB, and a delay of one sample is an
    error. Not the SDR of BSS Eval (museval), which forgives a filter of 512 taps.

    Undefined (NaN) for a silent reference. A silent estimate, to which the equation would give
    0 dB, gets the worst value: no answer must not beat a bad one.
    """
    wanted = float(np.sum(np.square(reference.samples, dtype=np.float64)))
    if wanted == 0.0:
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    error = np.subtract(reference.samples, estimate.samples, dtype=np.float64)
    distortion = float(np.sum(np.square(error)))
    return 10.0 * math.log10(wanted / distortion) if distortion > 0.0 else math.inf

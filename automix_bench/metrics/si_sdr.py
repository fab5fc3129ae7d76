"""Signal over distortion, at whatever level."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import metric

__all__ = ["si_sdr"]


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    blind_to=("gain", "polarity"),
    symmetric=True,
    source="Le Roux, Wisdom, Erdogan & Hershey, SDR – half-baked or well done?, ICASSP 2019, "
    "arXiv:1811.02508, eq. 5",
)
def si_sdr(*, reference: Audio, estimate: Audio) -> float:
    """Scale-invariant signal-to-distortion ratio.

        a = <e, s> / ||s||^2        10 log10( ||a s||^2 / ||a s - e||^2 )

    s is the reference and e the estimate, over all samples of all channels together with one scale
    a: a wrong balance of left and right is an error. Means are not removed (a constant offset is an
    error too). Equal to 10 log10(r^2 / (1 - r^2)) with r the cosine of the angle between the two,
    hence symmetric, and blind to polarity as a may be negative.

    Undefined (NaN) for a silent reference; an estimate that is silent, or at a right angle to the
    reference, gets the worst value.
    """
    energy = float(np.sum(np.square(reference.samples, dtype=np.float64)))
    if energy == 0.0:
        return math.nan
    product = np.multiply(reference.samples, estimate.samples, dtype=np.float64)
    scale = float(np.sum(product)) / energy
    if scale == 0.0:
        return -math.inf
    error = np.multiply(reference.samples, scale, dtype=np.float64) - estimate.samples
    distortion = float(np.sum(np.square(error)))
    return 10.0 * math.log10(scale**2 * energy / distortion) if distortion > 0.0 else math.inf

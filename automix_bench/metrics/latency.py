"""How late or how early the estimate is."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import LONGEST_LAG_MS, lag_samples
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, Peer, metric

__all__ = ["latency"]


def _scipy(*, reference: Audio, estimate: Audio) -> float:
    import scipy.signal

    pairs = zip(estimate.samples.astype(float), reference.samples.astype(float), strict=True)
    correlation = np.abs(sum(scipy.signal.correlate(late, early) for late, early in pairs))
    lags = scipy.signal.correlation_lags(estimate.length, reference.length)
    near = np.abs(lags) <= LONGEST_LAG_MS / 1000.0 * reference.rate
    return float(abs(lags[near][np.argmax(correlation[near])])) * 1000.0 / reference.rate


@metric(
    unit="ms",
    better="lower",
    low=0.0,
    high=LONGEST_LAG_MS,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "channel swap", "stereo", "truncation"),
    sees=("low_pass",),
    symmetric=True,
    source="definition; Knapp & Carter, The generalized correlation method for estimation of time "
    "delay, IEEE TASSP 24(4), 1976, without a weighting",
    known=(
        Known(
            "a click 3 samples late, at half the level and turned over, at 48 kHz",
            lambda: (
                written((0.0, 1.0, 0.0, 0.0, 0.0, 0.0)),
                written((0.0, 0.0, 0.0, 0.0, -0.5, 0.0)),
            ),
            0.0625,
            1e-9,
        ),
    ),
    peers=(Peer("scipy.signal.correlate", ("scipy",), _scipy, 1e-6),),
)
def latency(*, reference: Audio, estimate: Audio) -> float:
    """How far the estimate is shifted in time.

        1000 / rate * |l|,  the l of |l| <= 50 ms at which
        |sum over c and n of s_c[n] e_c[n + l]| is largest

    s is the reference and e the estimate. The lag is in whole samples; late and early count alike.
    The metric does not check whether the two sounds are alike, and with low notes alone the maximum
    may lie a whole period off: read it beside `sdr` and `sdr_aligned`. The delay of a filter counts
    as far as it moves the maximum.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    return abs(lag_samples(reference, estimate)) * 1000.0 / reference.rate

"""The power of aliasing in the estimate."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.aliasing import LEAST_DB, SHORTEST, aliased_powers
from automix_bench.dsp.plain_sounds import faint_noise
from automix_bench.metric import Known, metric

__all__ = ["aliasing"]


def _every_second_sample() -> tuple[Audio, Audio]:
    clean = faint_noise(96_000, 48_000)
    return clean, clean.with_samples(clean.samples * (np.arange(96_000) % 2 == 0))


@metric(
    unit="dB",
    better="lower",
    low=LEAST_DB,
    high=0.0,
    perfect=LEAST_DB,
    step=3.0,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo", "truncation"),
    source="coherence with the reference times tones at fractions of the rate, after Gardner, "
    "Exploitation of Spectral Redundancy in Cyclostationary Signals, IEEE Signal Process. Mag. "
    "8(2), 1991; see the docstring",
    cheap=False,
    known=(
        Known(
            "every second sample of noise set to 0: half of what is left is its mirror image, "
            "10 log10(1/2)",
            _every_second_sample,
            -3.0103,
            0.2,
        ),
    ),
)
def aliasing(*, reference: Audio, estimate: Audio) -> float:
    """The power of aliasing against that of the estimate, in dB, over all channels and seconds.

    Aliasing is the part of the estimate that is coherent with the reference moved in frequency, by
    fractions of the rate or by the usual rates. Changes of rate without a good filter and
    transposed convolutions leave it (see `automix_bench.dsp.artifacts.aliasing`; `automix-bench
    artifacts --reference` lists where it is). Nothing else counts: neither harmonics that a
    distortion folds back, nor other damage, nor a copy that lies more than some milliseconds off.
    The value is -80 dB where there is no aliasing.

    Undefined (NaN) for a silent reference, and for one of less than 8192 samples; a silent estimate
    gets the worst value.
    """
    if reference.length < SHORTEST or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    aliased, whole = (float(powers.sum()) for powers in aliased_powers(reference, estimate))
    return 10.0 * math.log10(aliased / whole) if aliased > 0.0 else LEAST_DB

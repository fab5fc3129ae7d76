"""Squared difference of the crest factor in dB: a part of Diff-MST's loss.

    0.001 * mean over channels of (crest(estimate) - crest(reference))^2
    crest = 20 log10(max |x| / max(rms, 1e-4))

What is wrong: the crest factor is right, except under -80 dBFS, where the floor applies; but
squares of decibels weigh one bad song as much as many fair ones.

Mono is measured as one channel. Never NaN. A silent estimate gets the value that the floors give
it, not the worst value.
"""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.families.diff_mst import feature_metric
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.metric import Known

__all__ = ["diff_mst_crest"]


def _waves() -> tuple[Audio, Audio]:
    """A square wave, and the same with one sample in four left: 6.0206 dB."""
    whole = square_wave(0.5, 0.5)
    return whole, whole.with_samples(whole.samples * (np.arange(whole.length) % 4 == 0))


diff_mst_crest = feature_metric(
    __name__,
    __doc__,
    "crest",
    step=0.0001,
    blind_to=("gain", "polarity", "delay"),
    sees=("clip", "reverb"),
    known=Known("0.001 (20 log10 2)^2", _waves, 0.036248, within=1e-6),
    instead="crest_error",
)

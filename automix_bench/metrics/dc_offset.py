"""DC offset that the reference does not have."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.offset import FLOOR_DB, dc_offset_db
from automix_bench.dsp.families.excess import excess_metric
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known

__all__ = ["dc_offset"]


def _lifted() -> tuple[Audio, Audio]:
    clean = tone(0.2 * math.sqrt(2.0))
    return clean, clean.with_samples(clean.samples + np.float32(0.02))


@excess_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=-FLOOR_DB + 6.0,
    perfect=0.0,
    step=6.0,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo", "truncation"),
    source="mean over root-mean-square value, as measured",
    known=(
        Known(
            "a mean of 0.02 and an RMS of sqrt(0.2^2 + 0.02^2): -20.0432 dB, 19.9568 over -40",
            _lifted,
            19.9568,
            1e-3,
        ),
    ),
)
def dc_offset(audio: Audio) -> float:
    """How much more DC offset the estimate has than the reference.

        D = 20 log10( max over channels |mean| / RMS ), at least -40 dB
        max(D(estimate) - D(reference), 0)

    The RMS is over all channels. Music has up to about -45 dB by chance, so anything below -40 dB
    counts as -40 dB. Of an offset that comes and goes only the mean is seen. Less offset than in
    the reference is no fault.

    Undefined (NaN) for a reference that is silent or shorter than 0.4 s, whose mean would be that
    of its bass notes; a silent estimate gets the worst value.
    """
    return dc_offset_db(audio)

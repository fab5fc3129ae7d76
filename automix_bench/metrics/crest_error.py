"""How far off the ratio of peak to level is."""

from __future__ import annotations

import math

from automix_bench.audio import Audio, peak_db, rms_db
from automix_bench.metric import metric

__all__ = ["crest_error"]


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=60.0,
    perfect=0.0,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    symmetric=True,
    source="peak over root-mean-square value in dB, as in Vanka et al., Diff-MST, ISMIR 2024, "
    "arXiv:2407.08889",
)
def crest_error(*, reference: Audio, estimate: Audio) -> float:
    """Absolute difference of crest factor, the mark that compression and limiting leave.

        crest = 20 log10(peak / RMS)        | crest(estimate) - crest(reference) |

    A sine has 3.01 dB, a square wave 0 dB, dense masters 8 to 12 dB. The peak is the largest sample
    of any channel and the RMS is taken over all channels together, so a sound on one of two
    channels has 3.01 dB more than on both. Over the whole sound: no windows, no gate.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    return abs((peak_db(estimate) - rms_db(estimate)) - (peak_db(reference) - rms_db(reference)))

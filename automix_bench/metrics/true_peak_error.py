"""How far off the true peak is."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.loudness import true_peak_dbtp
from automix_bench.metric import metric

__all__ = ["true_peak_error"]


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    blind_to=("polarity", "delay", "channel swap"),
    symmetric=True,
    source="ITU-R BS.1770-4, annex 2",
)
def true_peak_error(*, reference: Audio, estimate: Audio) -> float:
    """Absolute difference of true peak.

        | dBTP(estimate) - dBTP(reference) |

    The true peak is the largest absolute value, over all channels, of the signal at four times its
    rate (twice from 96 kHz on): what a converter or a lossy codec would meet between the samples.
    It hangs on one moment of the sound, so it says nothing of the rest.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    wanted = true_peak_dbtp(reference)
    return abs(true_peak_dbtp(estimate) - wanted) if math.isfinite(wanted) else math.nan

"""How far off the loudness is."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.loudness import BLOCK_SECONDS, integrated_lufs
from automix_bench.metric import metric

__all__ = ["loudness_error"]


@metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=70.0,
    perfect=0.0,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    symmetric=True,
    source="ITU-R BS.1770-4",
)
def loudness_error(*, reference: Audio, estimate: Audio) -> float:
    """Absolute difference of integrated loudness.

        | LUFS(estimate) - LUFS(reference) |

    Loudness is K-weighted, gated at -70 LUFS and 10 LU below the mean, and adds the power of the
    channels: one number for all of them. Spectrum, stereo image and timing are not seen but through
    the weighting and the gates.

    Undefined (NaN) for a reference that does not pass the gate at -70 LUFS, as silence does not,
    and for audio shorter than one block of 0.4 s. An estimate under that gate gets the worst value.

    Raises:
        ValueError: the audio has more than 5 channels.
    """
    if reference.seconds < BLOCK_SECONDS:
        return math.nan
    wanted = integrated_lufs(reference)
    return abs(integrated_lufs(estimate) - wanted) if math.isfinite(wanted) else math.nan

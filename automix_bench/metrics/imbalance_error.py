"""Error of the balance of left and right."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["imbalance_error"]


@error_metric(
    unit="1",
    better="lower",
    low=0.0,
    high=2.0,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "delay", "truncation"),
    source="stereo imbalance of Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889",
    known=(
        Known(
            "from the middle to twice the amplitude on the left: (1 - 4) / (1 + 4) = -0.6",
            lambda: (tone(0.3, 0.3), tone(0.4, 0.2)),
            0.6,
            1e-4,
        ),
        Known("from one side to the other", lambda: (tone(0.3, 0.0), tone(0.0, 0.3)), 2.0, 1e-6),
    ),
)
def imbalance_error(audio: Audio) -> float:
    """Absolute difference of stereo imbalance.

        I = (sum R^2 - sum L^2) / (sum R^2 + sum L^2)        | I(estimate) - I(reference) |

    I is 0 with both sides equally strong, 1 with everything on the right and -1 with everything on
    the left; 1 dB more on one side is 0.115. It is one number for the whole sound and spectrum.

    Undefined (NaN) for a reference that is silent or not of two channels; a silent estimate gets
    the worst value.
    """
    if audio.channels != 2 or not audio.samples.any():
        return math.nan
    left, right = (float(np.sum(np.square(one, dtype=np.float64))) for one in audio.samples)
    return (right - left) / (right + left)

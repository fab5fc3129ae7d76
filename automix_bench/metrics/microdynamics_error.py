"""Error of the rise and fall of the level, moment by moment."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.microdynamics import FAST, SLOW, curve_db
from automix_bench.dsp.plain_sounds import growing
from automix_bench.metric import Known, metric

__all__ = ["microdynamics_error"]


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=20.0,
    perfect=0.0,
    step=0.2,
    blind_to=("gain", "polarity"),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "width", "codec"),
    symmetric=True,
    source="multi-scale loudness dynamic range loss of DiffVox, Yu et al., DAFx 2025; in dB, the "
    "mean of both scales instead of their sum",
    known=(
        Known(
            "steady (0 dB) and growing by 4 dB a second: -0.47 and -1.34 dB, but for the start",
            lambda: (growing(0.0), growing(4.0)),
            (0.4712 + 1.3363) / 2.0,
            0.06,
        ),
        Known(
            "steady at two levels: 0 dB either",
            lambda: (growing(0.0), growing(0.0).scaled(0.5)),
            0.0,
            1e-4,
        ),
    ),
)
def microdynamics_error(*, reference: Audio, estimate: Audio) -> float:
    """Mean absolute difference of the curves of fast level against slow level.

        LDR(t) = 10 log10(P_fast(t) / P_slow(t + lead))       mean_t | LDR_e(t) - LDR_r(t) |

    P_fast and P_slow are exponential means of max(x^2, floor), with times of 50 ms and 1 s, and of
    100 ms and 2 s, from 10 to 90 %. P_slow is read ahead by half the difference of the two times.
    There is a point every 5 ms for each channel by itself; the value is the mean over both pairs of
    times. Compression, pumping, smeared attacks and shifted attacks change the curve; level alone
    does not. The floor is 80 dB under the largest sample of the sound.

    Undefined (NaN) for a silent reference and for audio shorter than 1 s; a silent estimate gets
    the worst value.
    """
    if not reference.samples.any() or reference.seconds < SLOW.slow_seconds / 2.0:
        return math.nan
    if not estimate.samples.any():
        return math.inf
    differences = [
        np.mean(np.abs(curve_db(estimate, windows) - curve_db(reference, windows)))
        for windows in (FAST, SLOW)
    ]
    return float(np.mean(differences))

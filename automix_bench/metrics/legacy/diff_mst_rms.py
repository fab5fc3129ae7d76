"""Squared difference of the root mean square, linear: a part of Diff-MST's loss.

    0.1 * mean over channels of (rms(estimate) - rms(reference))^2
    rms = sqrt(max(mean x^2, 1e-8))

What is wrong: a linear level hardly shows what happens in quiet sounds. 6 dB at -40 dBFS weigh a
hundredth of 6 dB at -20 dBFS, and the value stays under 0.1 for any sound.

Mono is measured as one channel. Never NaN. A silent estimate gets the value that the floors give
it, not the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.diff_mst import feature_metric
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.metric import Known

__all__ = ["diff_mst_rms"]

diff_mst_rms = feature_metric(
    __name__,
    __doc__,
    "rms",
    step=0.0001,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "low_pass", "level"),
    known=Known(
        "0.1 (0.5 - 0.2)^2",
        lambda: (square_wave(0.5, 0.5), square_wave(0.2, 0.2)),
        0.009,
        within=1e-7,
    ),
    instead="loudness_error",
)

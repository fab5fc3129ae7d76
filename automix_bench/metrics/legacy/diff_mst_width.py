"""Squared difference of the power of L - R over that of L + R: a part of Diff-MST's loss.

    (width(estimate) - width(reference))^2
    width = mean (L - R)^2 / max(mean (L + R)^2, 1e-8)

What is wrong: a linear ratio has no bound. Near opposite polarity it grows to millions and
outweighs every other part; from narrow to mono it hardly moves.

Undefined (NaN) for mono, at which the published code stops with an error. A silent estimate gets
the value that the floors give it, not the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.diff_mst import feature_metric
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.metric import Known

__all__ = ["diff_mst_width"]

diff_mst_width = feature_metric(
    __name__,
    __doc__,
    "width",
    step=0.01,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    sees=("noise", "reverb", "width"),
    known=Known(
        "(9 - 1 / 9)^2",
        lambda: (square_wave(1.0, 0.5), square_wave(1.0, -0.5)),
        79.0123,
        within=1e-3,
    ),
    instead="width_error",
)

"""Squared difference of (R - L) / (R + L), of powers: a part of Diff-MST's loss.

    (imbalance(estimate) - imbalance(reference))^2
    imbalance = (mean R^2 - mean L^2) / max(mean R^2 + mean L^2, 1e-8)

What is wrong: everything far to one side counts as the same. From 20 to 40 dB between the channels
the imbalance moves by 0.02 of its range of 2.

Undefined (NaN) for mono, at which the published code stops with an error. A silent estimate gets
the value that the floors give it, not the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.diff_mst import feature_metric
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.metric import Known

__all__ = ["diff_mst_imbalance"]

diff_mst_imbalance = feature_metric(
    __name__,
    __doc__,
    "imbalance",
    step=0.005,
    blind_to=("gain", "polarity", "delay", "truncation"),
    sees=(),
    known=Known(
        "(0 + 1)^2", lambda: (square_wave(1.0, 0.0), square_wave(1.0, 1.0)), 1.0, within=1e-6
    ),
    instead="imbalance_error",
)

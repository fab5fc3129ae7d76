"""Stereo imbalance: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.dsp.published.diff_mst_features import feature_error
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_imbalance"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.005,
    blind_to=("gain", "polarity", "delay", "truncation"),
    sees=(),
    symmetric=True,
    source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
    "mst/loss.py: AudioFeatureLoss, compute_stereo_imbalance; weights of its configs",
    known=(
        Known(
            "(0 + 1)^2",
            lambda: (square_wave(1.0, 0.0), square_wave(1.0, 1.0)),
            value=1.0,
            within=1e-6,
        ),
    ),
    instead="imbalance_error",
)
def diff_mst_imbalance(*, reference: Audio, estimate: Audio) -> float:
    """Squared difference of (R - L) / (R + L), of powers: a part of Diff-MST's loss.

        (imbalance(estimate) - imbalance(reference))^2
        imbalance = (mean R^2 - mean L^2) / max(mean R^2 + mean L^2, 1e-8)

    What is wrong: all that leans far to one side counts as the same: from 20 to 40 dB between the
    channels it moves by 0.02 of its 2.

    Undefined (NaN): mono, at which the code stops with an error. A silent estimate gets what the
    floors make of it, not the worst value.
    """
    return feature_error(reference=reference, estimate=estimate, of="imbalance")

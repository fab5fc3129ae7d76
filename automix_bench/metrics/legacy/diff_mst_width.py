"""Stereo width: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.dsp.published.diff_mst_features import feature_error
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_width"]


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.01,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    sees=("noise", "reverb", "width"),
    symmetric=True,
    source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
    "mst/loss.py: AudioFeatureLoss, compute_stereo_width; weights of its configs",
    known=(
        Known(
            "(9 - 1 / 9)^2",
            lambda: (square_wave(1.0, 0.5), square_wave(1.0, -0.5)),
            value=79.0123,
            within=1e-3,
        ),
    ),
    instead="width_error",
)
def diff_mst_width(*, reference: Audio, estimate: Audio) -> float:
    """Squared difference of the power of L - R over that of L + R: a part of Diff-MST's loss.

        (width(estimate) - width(reference))^2
        width = mean (L - R)^2 / max(mean (L + R)^2, 1e-8)

    What is wrong: a linear ratio has no bound: near opposite polarity it grows to millions, and
    outweighs every other part; from narrow to mono it moves by nothing.

    Undefined (NaN): mono, at which the code stops with an error. A silent estimate gets what the
    floors make of it, not the worst value.
    """
    return feature_error(reference=reference, estimate=estimate, of="width")

"""Stereo width: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.audio_features import feature_error
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_width"]


def _sides() -> tuple[Audio, Audio]:
    """Side and mid as 1 to 3, then as 3 to 1."""
    wave = np.tile(np.array([1.0, -1.0], np.float32), 24_000)
    made = (np.stack([left * wave, right * wave]) for left, right in ((1.0, 0.5), (1.0, -0.5)))
    reference, estimate = (Audio(np.asarray(one, np.float32), 48_000) for one in made)
    return reference, estimate


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
    known=(Known("(9 - 1 / 9)^2", _sides, value=79.0123, within=1e-3),),
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

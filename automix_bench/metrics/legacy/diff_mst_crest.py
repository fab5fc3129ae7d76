"""Crest factor: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.audio_features import feature_error
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_crest"]


def _waves() -> tuple[Audio, Audio]:
    """A square wave, and one of a quarter of its samples: 6.0206 dB."""
    wave = np.tile(np.array([1.0, -1.0], np.float32), 24_000)
    made = (
        np.stack([left * wave, right * wave])
        for left, right in ((0.5, 0.5), (0.5 * (np.arange(48_000) % 4 == 0),) * 2)
    )
    reference, estimate = (Audio(np.asarray(one, np.float32), 48_000) for one in made)
    return reference, estimate


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.0001,
    blind_to=("gain", "polarity", "delay"),
    sees=("clip", "reverb"),
    symmetric=True,
    source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
    "mst/loss.py: AudioFeatureLoss, compute_crest_factor; weights of its configs",
    known=(Known("0.001 (20 log10 2)^2", _waves, value=0.036248, within=1e-6),),
    instead="crest_error",
)
def diff_mst_crest(*, reference: Audio, estimate: Audio) -> float:
    """Squared difference of the crest factor in dB: a part of Diff-MST's loss.

        0.001 * mean over channels of (crest(estimate) - crest(reference))^2
        crest = 20 log10(max |x| / max(rms, 1e-4))

    What is wrong: the crest factor is right, but below -80 dBFS, where the floor comes in; the
    squares of decibels weigh one bad song as much as many fair ones.

    Of mono as of one channel. Never NaN. A silent estimate gets what the floors make of it, not the
    worst value.
    """
    return feature_error(reference=reference, estimate=estimate, of="crest")

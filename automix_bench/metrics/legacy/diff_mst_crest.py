"""Crest factor: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import square_wave
from automix_bench.dsp.published.diff_mst_features import feature_error
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_crest"]


def _waves() -> tuple[Audio, Audio]:
    """A square wave, and one of a quarter of its samples: 6.0206 dB."""
    whole = square_wave(0.5, 0.5)
    return whole, whole.with_samples(whole.samples * (np.arange(whole.length) % 4 == 0))


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

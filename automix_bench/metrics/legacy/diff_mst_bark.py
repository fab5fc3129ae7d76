"""Bark spectrum: a part of Diff-MST's audio-feature loss."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.published.diff_mst_features import feature_error
from automix_bench.metric import Known, metric
from automix_bench.sampling import rng_for

__all__ = ["diff_mst_bark"]


def _half_as_loud() -> tuple[Audio, Audio]:
    """Noise in the left channel, which is as much mid as side, and half of it."""
    noise = np.zeros((2, 65_536), np.float32)
    noise[0] = rng_for(0, "legacy").standard_normal(65_536)
    return Audio(noise, 44_100), Audio(0.5 * noise, 44_100)


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.01,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "low_pass", "clip", "reverb", "level", "width", "codec"),
    symmetric=True,
    source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
    "mst/loss.py: AudioFeatureLoss, compute_barkspectrum; weights of its configs",
    known=(Known("every band by ln 2: 0.1 (ln 2)^2", _half_as_loud, value=0.0480453, within=1e-6),),
    instead="bark_distance",
)
def diff_mst_bark(*, reference: Audio, estimate: Audio) -> float:
    """Squared difference of logarithmic Bark bands of mid and side: a part of Diff-MST's loss.

        0.1 * mean over 24 bands, of L + R and of L - R, of (B(estimate) - B(reference))^2
        B = ln(triangles over the mean of |X| + 1e-8)

    What is wrong: the side of a mono sound is the floor, ln 1e-8, so that the faintest side moves
    the value more than any equaliser; band magnitudes hang on the width of the bands and on the
    length of the transform (32768).

    Undefined (NaN), where the code stops with an error: mono, and under 16385 samples. A silent
    estimate gets what the floors make of it, not the worst value.
    """
    return feature_error(reference=reference, estimate=estimate, of="bark")

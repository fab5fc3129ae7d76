"""Diff-MST's audio-feature loss: level, crest, width, imbalance and Bark spectrum in one."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.published.diff_mst_features import FEATURES, feature_error
from automix_bench.metric import Known, metric
from automix_bench.sampling import rng_for

__all__ = ["diff_mst_af"]


def _half_as_loud() -> tuple[Audio, Audio]:
    """Noise in the left channel, which is as much mid as side, and half of it. Its level is 1."""
    noise = np.zeros((2, 65_536), np.float32)
    noise[0] = rng_for(0, "legacy").standard_normal(65_536)
    noise /= np.sqrt(np.mean(np.square(noise[0])))
    return Audio(noise, 44_100), Audio(0.5 * noise, 44_100)


@metric(
    unit="1",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.01,
    blind_to=("polarity", "delay"),
    sees=("noise", "low_pass", "clip", "reverb", "level", "width", "codec"),
    symmetric=True,
    source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
    "mst/loss.py: AudioFeatureLoss, with its weights; weights of its configs",
    known=(Known("0.1 ((1 - 0.5)^2 / 2 + (ln 2)^2)", _half_as_loud, value=0.0605453, within=1e-5),),
    instead="bark_distance",
)
def diff_mst_af(*, reference: Audio, estimate: Audio) -> float:
    """Audio-feature loss: five squared differences, weighted and added up.

        0.1 RMS + 0.001 crest + 1.0 width + 1.0 imbalance + 0.1 Bark

    each the mean squared difference that `diff_mst_rms` and its neighbours give, as Diff-MST trains
    and reports it. What is wrong: the five have no unit in common, the weights are by hand, and of
    two values nobody can say which feature makes the difference; level must be matched before, or
    the Bark part measures it; what is wrong in each part.

    Undefined (NaN), where the code stops with an error: mono, and under 16385 samples. A silent
    estimate gets what the floors make of it, not the worst value.
    """
    errors = [feature_error(reference=reference, estimate=estimate, of=of) for of in FEATURES]
    return math.fsum(errors)

"""Diff-MST's audio-feature loss: level, crest, width, imbalance and Bark spectrum in one."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.published.diff_mst_features import FEATURES, feature_error
from automix_bench.dsp.published.known_pairs import left_noise
from automix_bench.metric import Known, metric

__all__ = ["diff_mst_af"]


def _half_as_loud() -> tuple[Audio, Audio]:
    """Noise in the left channel at an RMS level of 1, and half of it."""
    noise = left_noise()
    samples = noise.samples / np.sqrt(np.mean(np.square(noise.samples[0])))
    return noise.with_samples(samples), noise.with_samples(0.5 * samples)


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
    """Audio-feature loss of Diff-MST: five squared differences, weighted and added up.

        0.1 RMS + 0.001 crest + 1.0 width + 1.0 imbalance + 0.1 Bark

    Each term is the mean squared difference that `diff_mst_rms`, `diff_mst_crest`,
    `diff_mst_width`, `diff_mst_imbalance` and `diff_mst_bark` measure, as Diff-MST trains on it and
    reports it.

    What is wrong: the five have no unit in common, and the weights were chosen by hand. Two values
    do not show which feature makes the difference. The levels must be matched first, or the Bark
    term measures them. Each term has its own faults besides.

    Undefined (NaN) where the published code stops with an error: mono, or under 16385 samples. A
    silent estimate gets the value that the floors give it, not the worst value.
    """
    errors = [feature_error(reference=reference, estimate=estimate, of=of) for of in FEATURES]
    return math.fsum(errors)

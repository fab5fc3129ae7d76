"""Distance of two sounds by a model of hearing, near the limit of what can be heard."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import faint_noise
from automix_bench.dsp.resampled import resampled
from automix_bench.errors import MissingPart
from automix_bench.metric import Known, metric

__all__ = ["zimtohrli"]

RATE = 48_000
# The package writes beyond its memory on sounds of some hundred samples.
SHORTEST_SECONDS = 0.5


def _noise_and_silence() -> tuple[Audio, Audio]:
    sound = faint_noise(RATE, RATE)
    return sound, sound.scaled(0.0)


@metric(
    unit="Zimtohrli",
    better="lower",
    low=0.0,
    high=0.1,
    perfect=0.0,
    step=0.0005,
    blind_to=("gain", "polarity"),
    symmetric=True,
    sees=("noise", "low_pass", "clip", "compression", "reverb", "width", "codec"),
    source="J. Alakuijala, M. Bruse, S. Boukortt et al., 'Zimtohrli: an efficient psychoacoustic "
    "audio similarity metric', arXiv:2509.26133, 2025; the package zimtohrli",
    known=(Known("a silent estimate is as far off as can be", _noise_and_silence, 0.1, 0.0),),
    license="Apache-2.0",
    packages=("zimtohrli",),
    cheap=False,
)
def zimtohrli(*, reference: Audio, estimate: Audio) -> float:
    """Zimtohrli's distance, of left, right, mid and side.

    The package compares two sounds of one channel at 48 kHz. It has banks of resonators up to 20
    kHz and a model of masking and loudness; the distance is one minus the structural similarity of
    the two. The metric is

        ( w_L D_L + w_R D_R ) / (2 (w_L + w_R))  +  ( w_M D_M + w_S D_S ) / (2 (w_M + w_S))

    with D the distance of the left, right, mid `(L + R) / 2` and side `(L - R) / 2`, and w the
    power of that signal in reference and estimate together. So a signal that is silent in both has
    no weight, two equal channels count as one, and a change of the side counts as much as the side
    is loud. One channel, or more than two, are weighted in the same way without mid and side.
    Sounds are first brought to 48 kHz.

    The package maps its distances to mean opinion scores: 0 to 5, 0.003 to 4.4, 0.01 to 3.4, 0.02
    to 2.4, 0.05 to 1.3. A step of 0.0005 is a tenth of a grade.

    Gain has nearly no effect: a copy 16 dB lower has a distance of 0.0003 to 0.0007. Channels are
    compared only through left, right, mid and side as they are.

    Undefined (NaN) for a silent reference and for sounds under 0.5 s, which the package cannot
    take; a silent estimate gets the worst value.

    Raises:
        MissingPart: the package zimtohrli is not installed.
    """
    if reference.seconds < SHORTEST_SECONDS or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    references, estimates = resampled(reference, RATE).samples, resampled(estimate, RATE).samples
    if len(references) != 2:
        return _weighted(list(references), list(estimates))
    sides = [[(left + right) / 2, (left - right) / 2] for left, right in (references, estimates)]
    return (_weighted(list(references), list(estimates)) + _weighted(*sides)) / 2


def _weighted(references: list[np.ndarray], estimates: list[np.ndarray]) -> float:
    """The mean distance of the pairs, weighted by their power."""
    distance = _package().Pyohrli().distance
    weights, errors = [], []
    for one, other in zip(references, estimates, strict=True):
        power = float(np.mean(one**2, dtype=np.float64) + np.mean(other**2, dtype=np.float64))
        if power > 0.0:
            weights.append(power)
            errors.append(distance(np.ascontiguousarray(one), np.ascontiguousarray(other)))
    return float(np.average(errors, weights=weights))


def _package() -> Any:
    try:
        import zimtohrli as package
    except ImportError as error:
        raise MissingPart("the metric zimtohrli", "zimtohrli", "pip install zimtohrli") from error
    return package

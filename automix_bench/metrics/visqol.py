"""The mean opinion score that ViSQOL predicts."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import faint_noise
from automix_bench.dsp.resampled import resampled
from automix_bench.errors import MissingPart
from automix_bench.metric import Known, metric

__all__ = ["visqol"]

RATE = 48_000
# 45 frames of the gammatone spectrogram, a hop of 20 ms and a window of 80 ms.
SHORTEST_SECONDS = 1.0
BEST = 4.732101253
# The package's last digits depend on where its arrays lie in memory.
DIGITS = 9


def _noise_and_half_of_it() -> tuple[Audio, Audio]:
    sound = faint_noise(2 * RATE, RATE)
    return sound, sound.scaled(0.5)


@metric(
    unit="MOS-LQO",
    better="higher",
    low=1.0,
    high=BEST,
    perfect=BEST,
    step=0.1,
    blind_to=("gain", "polarity", "delay"),
    symmetric=False,
    sees=("noise", "clip", "reverb", "width", "codec"),
    source="M. Chinen, F. S. C. Lim, J. Skoglund, N. Gureev, F. O'Gorman, A. Hines, 'ViSQOL v3: an "
    "open source production ready objective speech and audio metric', QoMEX 2020, "
    "arXiv:2004.09584, audio mode; the package visqol-python",
    known=(
        Known(
            "both are brought to one level first, so half the level is perfect",
            _noise_and_half_of_it,
            BEST,
            1e-6,
        ),
    ),
    license="Apache-2.0",
    packages=("visqol-python",),
    cheap=False,
)
def visqol(*, reference: Audio, estimate: Audio) -> float:
    """ViSQOL v3 in audio mode, by channel.

    Gammatone spectrograms of reference and estimate (32 bands up to 24 kHz) are brought to one
    level and aligned in time. The neurogram similarity index of patches of 0.6 s is averaged by
    band. A support vector regression maps these 32 numbers to a mean opinion score; it was trained
    on scores that listeners gave to codecs and to low-pass filters:

        ( w_1 MOS_1 + … + w_n MOS_n ) / (w_1 + … + w_n)

    over the channels, where w is the power of a channel in the reference. A channel that is silent
    in the reference has no weight, whatever the estimate has there; one that is silent only in the
    estimate counts as 1. Sounds are first brought to 48 kHz. An exact copy gets 4.732,
    not 5, as listeners gave no sound a 5 on average.

    The value depends neither on level nor on polarity, nor on a delay that the search finds, nor on
    one channel against the other. ViSQOL is made for codecs: a low-pass below 2 kHz does not lower
    the value further, and compression of 6 : 1 costs less than a tenth of a grade.

    Undefined (NaN) for a silent reference and for sounds under 1 s; a silent estimate gets the
    worst value.

    Raises:
        MissingPart: the package visqol-python is not installed.
    """
    if reference.seconds < SHORTEST_SECONDS or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    sounds = (resampled(one, RATE) for one in (reference, estimate))
    expected, got = (sound.samples.astype(np.float64) for sound in sounds)
    power = np.mean(expected**2, axis=1)
    grades = [
        _grade(one, other) if weight > 0.0 else 0.0
        for one, other, weight in zip(expected, got, power, strict=True)
    ]
    return round(float(np.average(grades, weights=power)), DIGITS)


def _grade(expected: np.ndarray, got: np.ndarray) -> float:
    if not got.any():
        return 1.0
    return float(_meter().measure_from_arrays(expected, got, RATE).moslqo)


@functools.cache
def _meter() -> Any:
    try:
        import visqol as package
    except ImportError as error:
        install = "pip install 'visqol-python[accel]'"
        raise MissingPart("the metric visqol", "visqol-python", install) from error
    meter = package.VisqolApi()
    meter.create(mode="audio")
    return meter

"""Distance of two sounds by a network trained on just noticeable differences."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import measured_once
from automix_bench.dsp.plain_sounds import faint_noise
from automix_bench.dsp.resampled import resampled
from automix_bench.metric import Known, metric
from automix_bench.networks import cdpam as cdpam_network

__all__ = ["cdpam"]

SHORTEST_SECONDS = 0.1


def _noise_and_silence() -> tuple[Audio, Audio]:
    sound = faint_noise(4410, cdpam_network.RATE)
    return sound, sound.scaled(0.0)


@metric(
    unit="CDPAM",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.02,
    blind_to=("channel swap",),
    symmetric=True,
    source="P. Manocha, Z. Jin, R. Zhang, A. Finkelstein, ICASSP 2021, arXiv:2102.05109; the "
    "weights in the package cdpam",
    known=(Known("a silent estimate is as far off as can be", _noise_and_silence, 100.0, 0.0),),
    license="MIT",
    packages=("cdpam", "torch"),
    cheap=False,
)
def cdpam(*, reference: Audio, estimate: Audio) -> float:
    """Contrastive deep perceptual audio metric.

        sum over layers l of  || w_l (F_l(z_R) - F_l(z_E)) ||_1

    z is the output, of length 1, of an encoder of sixteen convolutions for the mean of the channels
    at 22.05 kHz. F are four fully connected layers, w their weights. All of it was trained on what
    listeners could tell apart in speech: noise, rooms, codecs, equalisation and clicks.

    The network gets nothing above 11 kHz, and stereo only as far as the mean of the channels shows
    it. On music it is used outside of what it was trained on. On half a second of a real mix it
    ordered the grades of noise, low-pass, clipping, reverberation, level, width and codec, but not
    those of compression. It takes seven times the length of the sound, so no more was tried.

    Undefined (NaN) for a reference whose mean of channels is silent and for sounds under 0.1 s; an
    estimate whose mean is silent gets the worst value.

    Raises:
        MissingPart: torch or the package cdpam is not installed.
        DatasetError: its weights are not those this program was tested with.
    """
    if reference.seconds < SHORTEST_SECONDS or not reference.samples.mean(axis=0).any():
        return math.nan
    if not estimate.samples.mean(axis=0).any():
        return math.inf
    return cdpam_network.distance(_encoded(reference), _encoded(estimate))


@measured_once
def _encoded(audio: Audio) -> np.ndarray:
    """Kept with the sound: encoding takes longer than the sound lasts."""
    return cdpam_network.encoded(resampled(audio, cdpam_network.RATE).samples.mean(axis=0))

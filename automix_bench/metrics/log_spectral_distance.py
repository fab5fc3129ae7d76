"""Distance of two spectrograms, in dB."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.peers.spectra import Spectrogram, librosa_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.short_time import Powers, sound_spectra
from automix_bench.metric import Known, metric

__all__ = ["log_spectral_distance"]

_FFT_SIZE, _HOP = 2048, 512
_RANGE = 1e-8


def _by_librosa(reference: Spectrogram, estimate: Spectrogram, rate: int) -> float:
    floor = np.square(reference).max() * _RANGE
    expected, got = (10.0 * np.log10(np.maximum(one**2, floor)) for one in (reference, estimate))
    return float(np.sqrt(np.mean(np.square(got - expected), axis=1)).mean())


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity",),
    source="Gray & Markel, Distance Measures for Speech Processing, IEEE Trans. Acoust. Speech "
    "Signal Process. 24(5), 1976, the log spectral distance of p = 2",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click, doubled: 20 log10 2 in 4 of 94 frames",
            lambda: (clicks(24_100), clicks(24_100, size=1.0)),
            value=4.0 * 6.0206 / 94.0,
            within=1e-3,
        ),
    ),
    peers=(librosa_peer(_by_librosa, within=1e-3, fft_size=_FFT_SIZE, hop=_HOP),),
)
def log_spectral_distance(*, reference: Audio, estimate: Audio) -> float:
    """Mean over frames of the root-mean-square difference of log spectra, in dB.

        mean over frames t of sqrt( mean over bins k of ( 10 log10( |E(t,k)|^2 / |R(t,k)|^2 ) )^2 )

    R and E are the transforms of the reference and the estimate, of 2048 points (Hann window as
    long, hop 512, silence beyond the ends). The mean runs over the frames of all channels. Powers
    more than 80 dB under the loudest bin of the reference count as 80 dB under it, in either sound,
    so that silence is not compared with silence. Every bin weighs the same, and four fifths of the
    bins lie above 4 kHz. Phase is not seen. The resolution is in samples, so values at different
    rates cannot be compared.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    floor = _loudest(reference) * _RANGE
    total, count = 0.0, 0
    for powers in zip(_spectra(reference), _spectra(estimate), strict=True):
        expected, got = (np.maximum(power, floor) for power in powers)
        squares = np.square(np.log10(got / expected)).mean(axis=2, dtype=np.float64)
        total += 10.0 * float(np.sqrt(squares).sum())
        count += squares.size
    return total / count


@shared
def _loudest(audio: Audio) -> float:
    return max(float(powers.max()) for powers in _spectra(audio))


def _spectra(audio: Audio) -> Iterator[Powers]:
    return sound_spectra(audio, width=_FFT_SIZE, hop=_HOP)

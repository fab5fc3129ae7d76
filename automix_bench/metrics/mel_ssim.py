"""Structural similarity of two mel spectrograms, seen as pictures."""

from __future__ import annotations

import math

import numpy as np
import scipy.ndimage
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import image_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.mel import mel_powers
from automix_bench.metric import Known, metric

__all__ = ["mel_ssim"]

_FFT_SIZE, _HOP, _BANDS = 4096, 1024, 256
_RANGE_DB = 80.0
_WINDOW = 7

Picture = Float64[np.ndarray, "frames bands"]


def _pictures(reference: Audio, estimate: Audio) -> list[tuple[Picture, Picture]]:
    """A pair of pictures for every channel: levels from 0, which is 80 dB under the loudest of the
    reference, to 1."""
    expected, got = (
        mel_powers(audio, fft_size=_FFT_SIZE, hop=_HOP, bands=_BANDS)
        for audio in (reference, estimate)
    )
    loudest = float(expected.max())

    def picture(powers: np.ndarray) -> Picture:
        relative = np.maximum(powers.astype(np.float64) / loudest, 10.0 ** (-_RANGE_DB / 10.0))
        levels: Picture = 1.0 + 10.0 * np.log10(relative) / _RANGE_DB
        return levels

    return [(picture(one), picture(other)) for one, other in zip(expected, got, strict=True)]


@metric(
    unit="1",
    better="higher",
    low=-1.0,
    high=1.0,
    perfect=1.0,
    step=0.01,
    blind_to=("polarity",),
    source="Wang, Bovik, Sheikh & Simoncelli, Image Quality Assessment: From Error Visibility to "
    "Structural Similarity, IEEE Trans. Image Process. 13(4), 2004; sizes as in the evaluation of "
    "the Music Source Restoration Challenge (2025)",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click upside down",
            lambda: (clicks(24_000), clicks(24_000, size=-0.5)),
            value=1.0,
            within=1e-9,
        ),
    ),
    peers=(image_peer(_pictures, within=1e-6),),
)
def mel_ssim(*, reference: Audio, estimate: Audio) -> float:
    """Structural similarity of mel spectrograms in dB, seen as pictures.

        mean of (2 m_r m_e + c1) (2 s_re + c2) / ((m_r^2 + m_e^2 + c1) (s_r^2 + s_e^2 + c2))

    m, s^2 and s_re are means, variances and covariance in squares of 7 x 7 points, c1 = 0.01^2 and
    c2 = 0.03^2. The mean runs over all squares that lie within the picture, and over channels. The
    points are the power levels in 256 mel bands from 0 to half the rate, of Hann frames of 4096
    samples, 1024 apart. The reference's loudest point is 1; points 80 dB under it, or less, are 0;
    a louder estimate goes beyond 1. Where both pictures are empty they are equal, so the value
    depends on how much of the sound is silence. Values at different rates cannot be compared.

    Undefined (NaN) for a silent reference and for audio of fewer than 7 frames (6144 samples); a
    silent estimate gets the worst value.
    """
    if 1 + reference.length // _HOP < _WINDOW or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    similarities = [_similarity(*pair) for pair in _pictures(reference, estimate)]
    return math.fsum(similarities) / len(similarities)


def _similarity(expected: Picture, got: Picture) -> float:
    def local(picture: Picture) -> Picture:
        smooth: Picture = scipy.ndimage.uniform_filter(picture, _WINDOW)
        return smooth

    mean_expected, mean_got = local(expected), local(got)
    unbiased = _WINDOW**2 / (_WINDOW**2 - 1.0)
    variances = unbiased * (
        local(np.square(expected)) + local(np.square(got)) - mean_expected**2 - mean_got**2
    )
    covariance = unbiased * (local(expected * got) - mean_expected * mean_got)
    likeness = (2.0 * mean_expected * mean_got + 1e-4) * (2.0 * covariance + 9e-4)
    size = (mean_expected**2 + mean_got**2 + 1e-4) * (variances + 9e-4)
    edge = _WINDOW // 2
    return float(np.mean((likeness / size)[edge:-edge, edge:-edge]))

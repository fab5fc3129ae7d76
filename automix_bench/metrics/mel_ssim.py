"""How alike two mel spectrograms are as pictures."""

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
    """Of every channel: levels from 0, 80 dB under the loudest of the reference, to 1."""
    wanted, got = (
        mel_powers(audio, fft_size=_FFT_SIZE, hop=_HOP, bands=_BANDS)
        for audio in (reference, estimate)
    )
    loudest = float(wanted.max())

    def picture(powers: np.ndarray) -> Picture:
        relative = np.maximum(powers.astype(np.float64) / loudest, 10.0 ** (-_RANGE_DB / 10.0))
        levels: Picture = 1.0 + 10.0 * np.log10(relative) / _RANGE_DB
        return levels

    return [(picture(one), picture(other)) for one, other in zip(wanted, got, strict=True)]


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
    c2 = 0.03^2; the mean runs over all squares that lie within, and over channels. The points are
    the power levels in 256 mel bands from 0 to half the rate, of Hann frames of 4096 samples, 1024
    apart, mapped from 80 dB under the reference's loudest point and less, 0, to that point, 1; a
    louder estimate goes beyond. Where both are empty the picture is perfect, so the value hangs on
    how much of the sound is silence. Values at different rates do not compare.

    Undefined (NaN) for a silent reference and for audio of fewer than 7 frames (6144 samples); a
    silent estimate gets the worst value.
    """
    if 1 + reference.length // _HOP < _WINDOW or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    found = [_similarity(*pair) for pair in _pictures(reference, estimate)]
    return math.fsum(found) / len(found)


def _similarity(wanted: Picture, got: Picture) -> float:
    def local(picture: Picture) -> Picture:
        smooth: Picture = scipy.ndimage.uniform_filter(picture, _WINDOW)
        return smooth

    mean_wanted, mean_got = local(wanted), local(got)
    unbiased = _WINDOW**2 / (_WINDOW**2 - 1.0)
    variances = unbiased * (
        local(np.square(wanted)) + local(np.square(got)) - mean_wanted**2 - mean_got**2
    )
    covariance = unbiased * (local(wanted * got) - mean_wanted * mean_got)
    likeness = (2.0 * mean_wanted * mean_got + 1e-4) * (2.0 * covariance + 9e-4)
    size = (mean_wanted**2 + mean_got**2 + 1e-4) * (variances + 9e-4)
    edge = _WINDOW // 2
    return float(np.mean((likeness / size)[edge:-edge, edge:-edge]))

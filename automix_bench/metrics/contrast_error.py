"""Error of the contrast of peaks and valleys in the spectrum."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import librosa_feature_peer
from automix_bench.dsp.plain_sounds import clicks, swelling_tones
from automix_bench.dsp.spectra.spectral_features import spectral_features
from automix_bench.metric import Known, metric

__all__ = ["contrast_error"]


def _by_librosa(magnitudes: Float[np.ndarray, "bins frames"], rate: int) -> np.ndarray:
    import librosa.feature

    relative = np.maximum(np.square(magnitudes / magnitudes.max(axis=0)), 1e-8)
    contrast: np.ndarray = np.mean(librosa.feature.spectral_contrast(S=relative, sr=rate), axis=1)
    return contrast


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=80.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    symmetric=True,
    source="Jiang, Lu, Zhang, Tao & Cai, Music Type Classification by Spectral Contrast Feature, "
    "ICME 2002; framewise as in librosa (McFee et al., SciPy 2015), spectral_contrast, of powers",
    sees=("noise", "clip", "reverb", "width", "codec"),
    known=(
        Known(
            "a click, and a tone on bin 100: 80 dB from its loudest to its quietest bin, in one of "
            "7 bands",
            lambda: (clicks(24_000, length=192_000), swelling_tones((100.0 * 48_000 / 2048,))),
            value=80.0 / 7.0,
            within=0.1,
        ),
    ),
    peers=(librosa_feature_peer(_by_librosa, within=1e-3),),
)
def contrast_error(*, reference: Audio, estimate: Audio) -> float:
    """Mean absolute difference of spectral contrast, in dB, over seven bands.

        contrast(b) = mean over frames of 10 log10( peak(b) / valley(b) )
        mean over bands b of | contrast_e(b) - contrast_r(b) |

    Peak and valley are the mean powers, summed over channels, of the loudest and of the quietest
    fiftieth of the bins of a band, at least of one bin. The bands end at 200, 400, 800, 1600, 3200,
    6400 Hz and half the rate; bands that begin above half the rate are left out. Noise, clicks,
    reverb and distortion fill the valleys between the partials of tones. Frames last about 46 ms
    and begin a quarter of that apart. Frames more than 60 dB under the loudest one are left out;
    the others weigh the same. A bin more than 80 dB under the loudest of its frame counts as 80 dB
    under it.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    expected, got = (spectral_features(audio).contrast_db for audio in (reference, estimate))
    if not len(expected):
        return math.nan
    if not len(got):
        return math.inf
    return float(np.mean(np.abs(got.mean(axis=0) - expected.mean(axis=0))))

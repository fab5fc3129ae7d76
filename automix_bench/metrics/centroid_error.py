"""How far off the centre of the spectrum is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import librosa_feature_peer
from automix_bench.dsp.plain_sounds import swelling_tones
from automix_bench.dsp.spectra.spectral_features import spectral_features
from automix_bench.metric import Known, error_metric

__all__ = ["centroid_error"]


def _by_librosa(magnitudes: Any, rate: int) -> float:
    import librosa.feature

    hz = librosa.feature.spectral_centroid(S=magnitudes, sr=rate)
    return float(np.mean(np.log2(hz / 1000.0)))


@error_metric(
    unit="octaves",
    better="lower",
    low=0.0,
    high=10.0,
    perfect=0.0,
    step=0.05,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    source="librosa (McFee et al., SciPy 2015), frame by frame: spectral_centroid; in octaves",
    sees=("noise", "low_pass", "clip"),
    known=(
        Known(
            "a tone, and one an octave higher",
            lambda: (swelling_tones((1000.0,)), swelling_tones((2000.0,))),
            value=1.0,
            within=0.01,
        ),
    ),
    peers=(librosa_feature_peer(_by_librosa, within=1e-4),),
)
def centroid_error(audio: Audio) -> float:
    """Absolute difference of spectral centroid, in octaves: how bright a sound is.

        centroid = sum f |X(f)| / sum |X(f)|
        | mean over frames of log2 centroid, of the estimate - the same of the reference |

    |X| is the root of the power summed over channels. Frames of about 46 ms, a quarter of that
    apart; those more than 60 dB under the loudest one are left out, the others weigh the same.
    Centroids below 20 Hz count as 20 Hz. The value of one sound is in octaves above 1 kHz.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    frames = spectral_features(audio).centroid_hz
    return float(np.mean(np.log2(frames / 1000.0))) if frames.size else math.nan

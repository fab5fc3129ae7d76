"""Error of the flatness of the spectrum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import librosa_feature_peer
from automix_bench.dsp.plain_sounds import clicks, swelling_tones
from automix_bench.dsp.spectra.spectral_features import spectral_features
from automix_bench.metric import Known, error_metric

__all__ = ["flatness_error"]


def _by_librosa(magnitudes: Any, rate: int) -> float:
    import librosa.feature

    loudest = magnitudes.max(axis=0)
    relative = np.maximum(magnitudes / loudest, 1e-4)
    flatness = librosa.feature.spectral_flatness(S=relative)
    return float(np.mean(10.0 * np.log10(flatness)))


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    source="librosa (McFee et al., SciPy 2015), frame by frame: spectral_flatness; here in dB and "
    "bounded",
    sees=("noise", "low_pass", "clip", "codec"),
    known=(
        Known(
            "a click, and a tone on bin 43: of 1025 bins, 1022 at -80 dB, two at -6.02, one at 0",
            lambda: (clicks(24_000, length=192_000), swelling_tones((43.0 * 48_000 / 2048,))),
            value=(1022 * 80.0 + 2 * 6.0206) / 1025 + 10.0 * math.log10(1.5 / 1025),
            within=0.5,
        ),
    ),
    peers=(librosa_feature_peer(_by_librosa, within=1e-3),),
)
def flatness_error(audio: Audio) -> float:
    """Absolute difference of spectral flatness, in dB: how tonal or how noisy a sound is.

        flatness = 10 log10( geometric mean of |X|^2 / arithmetic mean of |X|^2 )
        | mean over frames of flatness, of the estimate - the same of the reference |

    |X|^2 is summed over channels. A click has 0 dB, white noise about -2.5 dB, a tone about -50 dB.
    Frames last about 46 ms and begin a quarter of that apart. Frames more than 60 dB under the
    loudest one are left out; the others weigh the same. A bin more than 80 dB under the loudest of
    its frame counts as 80 dB under it.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    frames = spectral_features(audio).flatness_db
    return float(np.mean(frames)) if frames.size else math.nan

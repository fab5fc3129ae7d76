"""Absolute difference of spectral centroid, in octaves: how bright a sound is.

    centroid = sum f |X(f)| / sum |X(f)|
    | mean over frames of log2 centroid, of the estimate - the same of the reference |

|X| is the root of the power summed over channels. Frames last about 46 ms and begin a quarter of
that apart. Frames more than 60 dB under the loudest one are left out; the others weigh the same.
Centroids below 20 Hz count as 20 Hz. The value of one sound is in octaves above 1 kHz.

Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
"""

from __future__ import annotations

from typing import Any

from automix_bench.dsp.families.spectral_features import frequency_metric
from automix_bench.dsp.plain_sounds import swelling_tones
from automix_bench.metric import Known

__all__ = ["centroid_error"]


def _by_librosa(magnitudes: Any, rate: int) -> Any:
    import librosa.feature

    return librosa.feature.spectral_centroid(S=magnitudes, sr=rate)


centroid_error = frequency_metric(
    __name__,
    __doc__,
    "centroid",
    _by_librosa,
    within=1e-4,
    sees=("noise", "low_pass", "clip"),
    known=Known(
        "a tone, and one an octave higher",
        lambda: (swelling_tones((1000.0,)), swelling_tones((2000.0,))),
        1.0,
        within=0.01,
    ),
)

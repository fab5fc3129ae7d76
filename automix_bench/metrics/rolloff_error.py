"""Absolute difference of spectral roll-off, in octaves: where the treble ends.

    rolloff = the lowest f with sum up to f of |X| >= 0.85 sum of |X|
    | mean over frames of log2 rolloff, of the estimate - the same of the reference |

|X| is the root of the power summed over channels. Frames last about 46 ms and begin a quarter of
that apart. Frames more than 60 dB under the loudest one are left out; the others weigh the same.
Roll-offs below 20 Hz count as 20 Hz. The value of one sound is in octaves above 1 kHz.

Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from automix_bench.dsp.families.spectral_features import frequency_metric
from automix_bench.dsp.plain_sounds import swelling_tones
from automix_bench.metric import Known

__all__ = ["rolloff_error"]


def _by_librosa(magnitudes: Any, rate: int) -> Any:
    import librosa.feature

    return np.maximum(
        librosa.feature.spectral_rolloff(S=magnitudes, sr=rate, roll_percent=0.85), 20.0
    )


rolloff_error = frequency_metric(
    __name__,
    __doc__,
    "rolloff",
    _by_librosa,
    within=2e-3,
    sees=("noise", "low_pass", "clip"),
    known=Known(
        "a tone, and one an octave higher, to a bin",
        lambda: (swelling_tones((2000.0,)), swelling_tones((4000.0,))),
        1.0,
        within=0.02,
    ),
)

"""Absolute difference of spectral bandwidth, in octaves: how far the spectrum spreads.

    bandwidth^2 = sum (f - centroid)^2 |X(f)| / sum |X(f)|
    | mean over frames of log2 bandwidth, of the estimate - the same of the reference |

|X| is the root of the power summed over channels. Frames last about 46 ms and begin a quarter of
that apart. Frames more than 60 dB under the loudest one are left out; the others weigh the same.
Bandwidths below 20 Hz count as 20 Hz. The value of one sound is in octaves above 1 kHz.

Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
"""

from __future__ import annotations

from typing import Any

from automix_bench.dsp.families.spectral_features import frequency_metric
from automix_bench.dsp.plain_sounds import swelling_tones
from automix_bench.metric import Known

__all__ = ["bandwidth_error"]


def _by_librosa(magnitudes: Any, rate: int) -> Any:
    import librosa.feature

    return librosa.feature.spectral_bandwidth(S=magnitudes, sr=rate)


bandwidth_error = frequency_metric(
    __name__,
    __doc__,
    "bandwidth",
    _by_librosa,
    within=1e-4,
    sees=("low_pass", "clip", "codec"),
    known=Known(
        "two tones 1 kHz either side of 5 kHz, and 2 kHz either side",
        lambda: (swelling_tones((4000.0, 6000.0)), swelling_tones((3000.0, 7000.0))),
        1.0,
        within=0.01,
    ),
)

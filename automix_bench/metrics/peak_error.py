"""Error of the highest sample."""

from __future__ import annotations

from automix_bench.audio import Audio, peak_db
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["peak_error"]


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.2,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "clip", "level"),
    source="largest absolute sample in dB full scale",
    known=(
        Known(
            "half the amplitude: 20 log10 2 dB",
            lambda: (tone(0.1, 0.1), tone(0.05, 0.05)),
            6.0206,
            1e-4,
        ),
        Known(
            "one of two like channels muted: as high a peak",
            lambda: (tone(0.1, 0.1), tone(0.1, 0.0)),
            0.0,
            1e-4,
        ),
    ),
)
def peak_error(audio: Audio) -> float:
    """Absolute difference of sample peak.

        peak = 20 log10 max |x|        | peak(estimate) - peak(reference) |

    The peak is that of the samples themselves, over all channels; `true_peak_error` also measures
    between the samples. It depends on one sample of each sound.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    return peak_db(audio)

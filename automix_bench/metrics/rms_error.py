"""Error of the RMS level."""

from __future__ import annotations

from automix_bench.audio import Audio, rms_db
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["rms_error"]


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    sees=("noise", "low_pass", "level"),
    source="root-mean-square level in dB",
    known=(
        Known(
            "half the amplitude: 20 log10 2 dB",
            lambda: (tone(0.1, 0.1), tone(0.05, 0.05)),
            6.0206,
            1e-4,
        ),
        Known(
            "one of two like channels muted: half the power, 10 log10 2 dB",
            lambda: (tone(0.1, 0.1), tone(0.1, 0.0)),
            3.0103,
            1e-4,
        ),
    ),
)
def rms_error(audio: Audio) -> float:
    """Absolute difference of root-mean-square level.

        RMS = 10 log10(mean x^2)        | RMS(estimate) - RMS(reference) |

    The mean is over the whole sound and all channels together. There is no weighting and no gate,
    so bass and silence count in full. A full-scale sine has -3.01 dB.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    return rms_db(audio)

"""Error of the stereo width."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import side_by_side, tone
from automix_bench.metric import Known, error_metric

__all__ = ["width_error"]

_WIDEST_DB = 60.0


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=2.0 * _WIDEST_DB,
    perfect=0.0,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    step=2.0,
    sees=("noise", "reverb", "width"),
    source="ratio of side to mid energy, as in Vanka et al., Diff-MST, ISMIR 2024, "
    "arXiv:2407.08889; here in dB and bounded",
    known=(
        Known(
            "one channel alone, 0 dB, to half of it in the other as well: "
            "20 log10((1 - 0.5) / (1 + 0.5)) = -9.5424 dB",
            lambda: (tone(0.4, 0.0), tone(0.4, 0.2)),
            9.5424,
            1e-4,
        ),
        Known(
            "mono to one channel turned over", lambda: (tone(0.4, 0.4), tone(0.4, -0.4)), 120.0, 0.0
        ),
        Known(
            "two unrelated tones to one of them alone: 0 dB both",
            lambda: (side_by_side(tone(0.4), tone(0.4, hz=2_000.0)), tone(0.4, 0.0)),
            0.0,
            1e-3,
        ),
    ),
)
def width_error(audio: Audio) -> float:
    """Absolute difference of stereo width.

        width = 10 log10(sum (L - R)^2 / sum (L + R)^2)     | width(estimate) - width(reference) |

    Width is held between -60 dB (mono: equal channels) and +60 dB (one channel is the other with
    reversed polarity), so its distance to any other sound is finite. 0 dB means two unrelated
    channels, or one channel alone. It is one number for the whole sound and spectrum: a balance
    that leans left and one that leans right have the same width.

    Undefined (NaN) for a silent reference, and for anything but two channels; a silent estimate
    gets the worst value.
    """
    return _width_db(audio) if audio.channels == 2 and audio.samples.any() else math.nan


def _width_db(audio: Audio) -> float:
    """Energy of the side over that of the mid, in dB, within plus or minus 60."""
    left, right = audio.samples
    side = float(np.sum(np.square(np.subtract(left, right, dtype=np.float64))))
    mid = float(np.sum(np.square(np.add(left, right, dtype=np.float64))))
    if mid == 0.0 or side == 0.0:
        return _WIDEST_DB if mid == 0.0 else -_WIDEST_DB
    return min(max(10.0 * math.log10(side / mid), -_WIDEST_DB), _WIDEST_DB)

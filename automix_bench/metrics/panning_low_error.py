"""How far off the panning of the bass is."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.dsp.panning import panning_by_band
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["panning_low_error"]


@error_metric(
    unit="1",
    better="lower",
    low=0.0,
    high=1.0,
    perfect=0.0,
    step=0.04,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("width",),
    source="similarity of Avendano, Frequency-domain source identification, WASPAA 2003; RMS by "
    "band of Tzanetakis, Jones & McNally, Stereo panning features, ISMIR 2007; weighted by power",
    known=(
        Known(
            "from the middle, P = 0, to twice the amplitude on the left: phi = 4 / 5, P = 0.2",
            lambda: (tone(0.3, 0.3, hz=100.0), tone(0.4, 0.2, hz=100.0)),
            0.2,
            1e-4,
        ),
        Known(
            "from the middle to one side",
            lambda: (tone(0.3, 0.3, hz=100.0), tone(0.3, 0.0, hz=100.0)),
            1.0,
            1e-4,
        ),
    ),
)
def panning_low_error(audio: Audio) -> float:
    """Absolute difference of how far from the middle the bass lies.

        P = sqrt( sum w (1 - phi)^2 / sum w )    phi = 2 |L| |R| / (|L|^2 + |R|^2)
        | P(estimate) - P(reference) |

    L and R are the short-time transforms of left and right, w = |L|^2 + |R|^2, and the sums go over
    the bins under 250 Hz, in all frames (`automix_bench.dsp.panning`). P is 0 with everything in
    the middle, 1 with everything on either side, 0.2 with twice the amplitude on one side. Which
    side is not told, nor is a difference of time or polarity between the channels.

    Undefined (NaN) for a reference that is silent there, with less than 1e-8 of its power, or not
    of two channels; an estimate that is silent there gets the worst value.
    """
    return panning_by_band(audio)["low"] if audio.channels == 2 else math.nan

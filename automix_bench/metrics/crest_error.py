"""Error of the ratio of peak to RMS level."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio, peak_db, rms_db
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["crest_error"]


def _square() -> Audio:
    """A square wave of 1 kHz."""
    sine = tone(0.5)
    return sine.with_samples(np.where(sine.samples >= 0.0, 0.5, -0.5))


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=60.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("clip",),
    source="peak over root-mean-square value in dB, as in Vanka et al., Diff-MST, ISMIR 2024, "
    "arXiv:2407.08889",
    known=(
        Known(
            "a sine, sqrt 2 (3.01 dB), and a square wave, 1 (0 dB)",
            lambda: (tone(0.5), _square()),
            3.0103,
            1e-3,
        ),
        Known(
            "one of two like channels muted: as high a peak, half the power",
            lambda: (tone(0.1, 0.1), tone(0.1, 0.0)),
            3.0103,
            1e-3,
        ),
    ),
)
def crest_error(audio: Audio) -> float:
    """Absolute difference of crest factor, which compression and limiting lower.

        crest = 20 log10(peak / RMS)        | crest(estimate) - crest(reference) |

    A sine has 3.01 dB, a square wave 0 dB, dense masters 8 to 12 dB. The peak is the largest sample
    of any channel, and the RMS is taken over all channels together, so a sound in one of two
    channels has 3.01 dB more than in both. The whole sound is measured at once: no windows, no
    gate.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    return peak_db(audio) - rms_db(audio) if audio.samples.any() else math.nan

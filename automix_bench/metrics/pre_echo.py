"""Sound ahead of onsets that the reference does not have."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.pre_echo import LARGEST_DB, excess_db
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, metric

__all__ = ["pre_echo"]


def _early() -> tuple[Audio, Audio]:
    time = np.arange(48_000)
    onset = (time >= 24_000).astype(np.float32)
    ahead = np.float32(0.01) * ((time >= 21_600) & (time < 24_000))
    sound = tone(0.3).samples
    return Audio(sound * onset, 48_000), Audio(sound * (onset + ahead), 48_000)


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=LARGEST_DB,
    perfect=0.0,
    step=1.0,
    blind_to=("gain", "polarity", "channel swap", "stereo"),
    sees=("noise", "clip", "reverb", "codec"),
    source="energy ahead of onsets against the reference's; see the docstring",
    known=(
        Known(
            "40 dB down ahead of the only onset, where there was nothing: "
            "10 log10((1e-4 + 1e-5) / 1e-5) = 10.4139 dB",
            _early,
            10.4139,
            0.05,
        ),
    ),
)
def pre_echo(*, reference: Audio, estimate: Audio) -> float:
    """How much more the estimate has just ahead of onsets than the reference.

        mean over onsets of max( 10 log10( (A_e / O_e + 1e-5) / (A_r / O_r + 1e-5) ), 0 )

    A is the mean energy of the first difference from 20 to 2 ms ahead of an onset, O that of the 10
    ms from the onset on, over all channels; e is the estimate and r the reference. Onsets are those
    of the reference (see `automix_bench.dsp.artifacts.pre_echo`). Attacks smeared by codecs and
    filters count, and so does everything else that fills the moment before an onset: noise, reverb,
    compression. An onset that the estimate does not have counts with 50 dB.

    Undefined (NaN) for a reference without an onset, such as silence, and for one shorter than 31
    ms; a silent estimate gets the worst value.
    """
    sizes = excess_db(reference=reference, estimate=estimate)
    return float(np.mean(sizes)) if len(sizes) else math.nan

"""The share of the sound that drops out."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.gaps import lost_share
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, metric

__all__ = ["gaps"]


def _with_a_gap() -> tuple[Audio, Audio]:
    clean = tone(0.3, 0.3)
    mask = np.ones_like(clean.samples)
    mask[0, 9_600:10_560] = 0.0
    return clean, clean.with_samples(clean.samples * mask)


@metric(
    unit="%",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "channel swap", "stereo"),
    source="the share of milliseconds that are 40 dB too quiet; see the docstring",
    known=(Known("20 ms of 1 s missing in one of two channels: 1 %", _with_a_gap, 1.0, 1e-6),),
)
def gaps(*, reference: Audio, estimate: Audio) -> float:
    """The share of the reference's sound that drops out in the estimate.

        100 (milliseconds that drop out) / (milliseconds within 60 dB of the reference's level)

    Each channel is counted by itself. A drop-out is a stretch of 3 ms or more in which the estimate
    lies at least 40 dB lower against the reference than it does as a whole (see
    `automix_bench.dsp.artifacts.gaps`; `automix-bench artifacts --reference` lists where they are).
    Rests of the music are no gaps, nor is a level that is wrong throughout. A part that is only
    quieter, or filled with noise, is not seen.

    Undefined (NaN) for a silent reference; a silent estimate, which is one long gap, gets the worst
    value.
    """
    return 100.0 * lost_share(reference=reference, estimate=estimate)

"""Clicks a minute that the reference does not have."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.clicks import clicks as find_clicks
from automix_bench.dsp.families.excess import excess_metric, per_minute
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known

__all__ = ["clicks"]

_APART_SECONDS = 0.001


def _clicking() -> tuple[Audio, Audio]:
    clean = tone(0.1, 0.1, seconds=2.0)
    jumps = np.zeros_like(clean.samples)
    jumps[0, [20_000, 40_000, 60_000]] = 0.05
    jumps[1, 40_010] = 0.05
    return clean, clean.with_samples(clean.samples + jumps)


@excess_metric(
    unit="per minute",
    better="lower",
    low=0.0,
    high=10_000.0,
    perfect=0.0,
    step=1.0,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    source="residual of linear prediction against that around, after Godsill & Rayner, Digital "
    "Audio Restoration, 1998, chapter 5",
    known=(Known("three jumps in 2 s, one of them in both channels: 90", _clicking, 90.0, 1e-9),),
)
def clicks(audio: Audio) -> float:
    """How many more clicks a minute the estimate has than the reference.

        max(N(estimate) - N(reference), 0)

    N is the number of moments a minute at which some channel jumps although neither the samples
    before nor those after predict it. `automix_bench.dsp.artifacts.clicks` defines a click;
    `automix-bench artifacts` lists where they are. Clicks within a millisecond count as one. A
    click is not found where loud music or a drum covers it, nor at the very ends. A dry synthetic
    bass may click by itself, which is why the estimate is compared with the reference. Fewer clicks
    than in the reference are no fault.

    Undefined (NaN) for a silent reference; a silent estimate, which has no clicks, gets the worst
    value.
    """
    return per_minute(find_clicks(audio), audio, _APART_SECONDS)

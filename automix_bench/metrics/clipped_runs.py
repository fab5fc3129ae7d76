"""Clipped runs a minute that the reference does not have."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.clipping import clipped_runs as find_clipped_runs
from automix_bench.dsp.families.excess import excess_metric, per_minute
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known

__all__ = ["clipped_runs"]


def _clipped() -> tuple[Audio, Audio]:
    clean = tone(0.5, 0.5, hz=100.0)
    return clean, clean.with_samples(np.clip(clean.samples, -0.4, 0.4))


@excess_metric(
    unit="per minute",
    better="lower",
    low=0.0,
    high=1_000_000.0,
    perfect=0.0,
    step=1.0,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo", "truncation"),
    sees=("clip",),
    source="three or more equal samples at a local extreme; see the docstring",
    known=(
        Known(
            "100 Hz clipped at both ends: 200 tops a second, 12000 a minute",
            _clipped,
            12_000.0,
            1e-6,
        ),
    ),
)
def clipped_runs(audio: Audio) -> float:
    """How many more clipped runs a minute the estimate has than the reference.

        max(N(estimate) - N(reference), 0)

    N is the number of runs a minute of three or more equal samples at a local extreme, at full
    scale or below (see `automix_bench.dsp.artifacts.clipping`; `automix-bench artifacts` lists
    where they are). Runs that begin at the same sample in both channels count as one. The value
    shows that a sound was clipped, not by how much: harder clipping makes longer tops, not more of
    them. A sound that was clipped and then filtered, coded or converted in rate has no flat tops
    left.

    Undefined (NaN) for a silent reference; a silent estimate, which has no tops, gets the worst
    value.
    """
    return per_minute(find_clipped_runs(audio), audio, 0.0)

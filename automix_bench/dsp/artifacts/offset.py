"""DC offset: a mean that is not zero."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.artifacts.artifact import Artifact

FLOOR_DB = -40.0
"""Against the RMS level. Music has that much by chance: its excerpts do not end where they begin,
and bass has half-waves of both signs in unequal number."""

SHORTEST_SECONDS = 0.4
"""The mean of anything shorter is that of its bass notes."""


def dc_offset_db(audio: Audio) -> float:
    """The largest mean of a channel over the RMS level of all, in dB, not less than `FLOOR_DB`;
    NaN for silence and for less than 0.4 s."""
    sizes = _sizes_db(audio)
    return max(FLOOR_DB, *sizes) if sizes else math.nan


def dc_offsets(audio: Audio) -> tuple[Artifact, ...]:
    """The channels whose mean lies above `FLOOR_DB`, each as one fault of the whole length."""
    return tuple(
        Artifact("DC offset", channel, 0, audio.length, size)
        for channel, size in enumerate(_sizes_db(audio))
        if size > FLOOR_DB
    )


def _sizes_db(audio: Audio) -> list[float]:
    if audio.seconds < SHORTEST_SECONDS or not audio.samples.any():
        return []
    level = math.sqrt(float(np.mean(np.square(audio.samples, dtype=np.float64))))
    means = (float(np.mean(one, dtype=np.float64)) for one in audio.samples)
    return [decibels(abs(mean) / level) for mean in means]

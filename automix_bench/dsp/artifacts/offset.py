"""DC offset: a mean that is not zero."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.artifacts.artifact import Artifact, Detector

FLOOR_DB = -40.0
"""The offset against the RMS level that music may have by chance: excerpts do not end where they
begin, and bass has unequal numbers of half-waves of both signs."""

SHORTEST_SECONDS = 0.4
"""In a shorter sound, bass notes decide the mean."""


def dc_offset_db(audio: Audio) -> float:
    """The largest mean of a channel over the RMS level of all, in dB, not less than `FLOOR_DB`;
    NaN for silence and for less than 0.4 s."""
    sizes = _sizes_db(audio)
    return max(FLOOR_DB, *sizes) if sizes else math.nan


def dc_offsets(audio: Audio) -> tuple[Artifact, ...]:
    """The channels whose mean exceeds `FLOOR_DB`, each as one artifact of the whole length."""
    return tuple(
        Artifact("DC offset", channel, 0, audio.length, size)
        for channel, size in enumerate(_sizes_db(audio))
        if size > FLOOR_DB
    )


DC_OFFSETS = Detector("DC offset", unit="dB against the RMS level", find=dc_offsets)


def _sizes_db(audio: Audio) -> list[float]:
    if audio.seconds < SHORTEST_SECONDS or not audio.samples.any():
        return []
    level = math.sqrt(float(np.mean(np.square(audio.samples, dtype=np.float64))))
    means = (float(np.mean(one, dtype=np.float64)) for one in audio.samples)
    return [decibels(abs(mean) / level) for mean in means]

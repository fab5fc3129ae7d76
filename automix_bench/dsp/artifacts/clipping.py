"""Clipped runs: flat tops, at full scale or below it.

A clipped run is three or more samples that are exactly equal, with

* none larger in absolute value within 5 ms around, of either sign,
* a fall of at least four steps of 16 bits (1.2e-4) on both sides of it, towards zero.

The second condition excludes silence and the rounded tops of low notes, which 16 bits flatten too.
A sound that was clipped and then filtered, converted in rate or coded by a lossy codec has no equal
samples any more, so its clipping is not found. The tops of a square wave are found: only a
reference tells them from damage.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.artifacts.artifact import Artifact, Detector, in_order
from automix_bench.dsp.memo import shared

_FEWEST = 3
_FALL = 4.0 / 32_768.0
_AROUND_SECONDS = 0.005


@shared
def clipped_runs(audio: Audio) -> tuple[Artifact, ...]:
    """Every clipped run, in order; the size is its level, in dB full scale."""
    tops: list[Artifact] = []
    for channel, samples in enumerate(audio.samples):
        size = np.abs(samples)
        highest = scipy.ndimage.maximum_filter1d(
            size, 2 * max(1, round(_AROUND_SECONDS * audio.rate)) + 1
        )
        for start, length in _flat_tops(samples, size, highest):
            level = decibels(float(size[start]))
            tops.append(Artifact("clipped run", channel, start, length, level))
    return in_order(tops)


def _flat_tops(samples: np.ndarray, size: np.ndarray, highest: np.ndarray) -> list[tuple[int, int]]:
    """Start and length of each flat top. One at the beginning or the end of the sound has one side
    only."""
    changes = np.flatnonzero(samples[1:] != samples[:-1]) + 1
    starts = np.concatenate([[0], changes])
    ends = np.concatenate([changes, [len(samples)]])
    long = ends - starts >= _FEWEST
    starts, ends = starts[long], ends[long]
    # Multiplied by the sign of the top, so that a fall is towards zero for either sign.
    sign = np.sign(samples[starts])
    before = np.where(starts > 0, sign * samples[starts - 1], -1.0)
    after = np.where(ends < len(samples), sign * samples[np.minimum(ends, len(samples) - 1)], -1.0)
    top = size[starts]
    falls = (top - before >= _FALL) & (top - after >= _FALL)
    clipped = falls & (top > 0.0) & (top >= highest[starts]) & (ends - starts < len(samples))
    return [(int(a), int(b - a)) for a, b in zip(starts[clipped], ends[clipped], strict=True)]


CLIPPED_RUNS = Detector("clipped run", unit="dB full scale", find=clipped_runs)

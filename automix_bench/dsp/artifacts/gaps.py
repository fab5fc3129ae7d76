"""Gaps and drop-outs: where a sound is not there though it should be.

Without a reference, a gap is a stretch of 1 to 500 ms in a channel in which no sample exceeds 1e-5
(-100 dB full scale), with the sound on both sides of it, within 2 ms, at a level of at least 26 dB
under that of the whole: it breaks off and comes back at once, where a rest fades and is struck.

With a reference, a drop-out is a stretch of 3 ms or more, however long, of a channel in which the
estimate lies at least 40 dB lower against the reference than it does as a whole, in every
millisecond of it; where the reference itself lies 60 dB under its level there is nothing to lose.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float64

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.artifacts.artifact import Artifact
from automix_bench.dsp.memo import shared

_SILENT = 1e-5
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.001, 0.5
_EDGE_SECONDS = 0.002
_EDGE_BELOW = 0.05

_FRAME_SECONDS = 0.001
_FEWEST_FRAMES = 3
_LOST = 1e-4
_HEARD = 1e-6

Heard = Bool[np.ndarray, "channels frames"]
Energies = Float64[np.ndarray, "channels frames"]


@shared
def gaps(audio: Audio) -> tuple[Artifact, ...]:
    """Every gap, in order; the size is the lower of the levels at its two edges, in dB full
    scale."""
    level = _rms(audio.samples)
    edge = max(1, round(_EDGE_SECONDS * audio.rate))
    found: list[Artifact] = []
    for channel, samples in enumerate(audio.samples):
        for start, end in runs(np.abs(samples) <= _SILENT):
            seconds = (end - start) / audio.rate
            if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
                continue
            sides = samples[max(start - edge, 0) : start], samples[end : end + edge]
            edges = [_rms(side) for side in sides if len(side)]
            if len(edges) == 2 and min(edges) >= _EDGE_BELOW * level:
                found.append(Artifact("gap", channel, start, end - start, decibels(min(edges))))
    return tuple(sorted(found, key=lambda one: (one.sample, one.channel)))


def drop_outs(*, reference: Audio, estimate: Audio) -> tuple[Artifact, ...]:
    """Every drop-out of the estimate, in order; the size is how much less of the reference there is
    than in the whole, in dB, at most 120."""
    lost = _lost(reference, estimate)
    wanted, got = frame_energies(reference), frame_energies(estimate)
    gain = _gain(reference, estimate)
    frame = frame_length(reference.rate)
    found = []
    for channel in range(reference.channels):
        for first, last in runs(lost[channel]):
            there = float(got[channel, first:last].sum())
            full = gain * float(wanted[channel, first:last].sum())
            less = min(10.0 * math.log10(full / there), 120.0) if there > 0.0 else 120.0
            end = min(last * frame, reference.length)
            found.append(Artifact("drop-out", channel, first * frame, end - first * frame, less))
    return tuple(sorted(found, key=lambda one: (one.sample, one.channel)))


def lost_share(*, reference: Audio, estimate: Audio) -> float:
    """The share of what sounds in the reference, in milliseconds over all channels, that the
    estimate drops out in; NaN for a silent reference."""
    sounding = int(heard(reference).sum())
    if not sounding:
        return math.nan
    return float((_lost(reference, estimate) & heard(reference)).sum()) / sounding


@shared
def heard(audio: Audio) -> Heard:
    """Of every millisecond of every channel, whether it lies within 60 dB of the whole's level."""
    energies = frame_energies(audio)
    # The mean is that of the whole, not of each channel: one that has next to nothing is silent.
    return energies > _HEARD * float(energies.mean())


@shared
def frame_energies(audio: Audio) -> Energies:
    """The energy in each millisecond of each channel; of the last, of what there is of it."""
    starts = np.arange(0, audio.length, frame_length(audio.rate))
    energies: Energies = np.stack(
        [np.add.reduceat(np.square(one, dtype=np.float64), starts) for one in audio.samples]
    )
    return energies


def _lost(reference: Audio, estimate: Audio) -> Heard:
    floor = _LOST * _gain(reference, estimate) * frame_energies(reference)
    missing = (frame_energies(estimate) <= floor) & heard(reference)
    kept: Heard = np.zeros_like(missing)
    for channel in range(reference.channels):
        for first, last in runs(missing[channel]):
            kept[channel, first:last] = last - first >= _FEWEST_FRAMES
    return kept


def _gain(reference: Audio, estimate: Audio) -> float:
    """How much more power the estimate has where it sounds, by the median: drop-outs do not move
    it, unless they are most of it; then the rest is what it should be."""
    inside = heard(reference)
    ratios = frame_energies(estimate)[inside] / frame_energies(reference)[inside]
    sounding = ratios[ratios > 0.0]
    return float(np.median(sounding)) if len(sounding) else 1.0


def runs(claims: np.ndarray) -> list[tuple[int, int]]:
    """Begin and end of every stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], claims, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def frame_length(rate: int) -> int:
    """Samples in a millisecond."""
    return max(1, round(_FRAME_SECONDS * rate))


def _rms(samples: np.ndarray) -> float:
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float64))))

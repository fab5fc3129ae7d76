"""Gaps and drop-outs: stretches in which a sound is missing.

Without a reference, a gap is a stretch of 1 to 500 ms in a channel in which no sample exceeds 1e-5
(-100 dB full scale). On both sides of it, within 2 ms, the level is no more than 26 dB under that
of the whole sound: the sound breaks off and comes back at once, while before a rest it fades.

With a reference, a drop-out is a stretch of 3 ms or more, however long, of a channel in which the
estimate, in every millisecond, lies at least 40 dB lower against the reference than it does as a
whole. Milliseconds in which the reference itself lies 60 dB under its level do not count.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float64

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.artifacts.artifact import Artifact, Detector, in_order
from automix_bench.dsp.memo import shared

_SILENT = 1e-5
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.001, 0.5
_EDGE_SECONDS = 0.002
_EDGE_BELOW = 0.05

_FRAME_SECONDS = 0.001
_FEWEST_FRAMES = 3
_LOST = 1e-4
_SOUNDING = 1e-6

Flags = Bool[np.ndarray, "channels frames"]
Energies = Float64[np.ndarray, "channels frames"]


@shared
def gaps(audio: Audio) -> tuple[Artifact, ...]:
    """Every gap, in order; the size is the lower of the levels at its two edges, in dB full
    scale."""
    level = _rms(audio.samples)
    edge = max(1, round(_EDGE_SECONDS * audio.rate))
    silences: list[Artifact] = []
    for channel, samples in enumerate(audio.samples):
        for start, end in runs(np.abs(samples) <= _SILENT):
            seconds = (end - start) / audio.rate
            if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
                continue
            sides = samples[max(start - edge, 0) : start], samples[end : end + edge]
            edges = [_rms(side) for side in sides if len(side)]
            if len(edges) == 2 and min(edges) >= _EDGE_BELOW * level:
                silences.append(Artifact("gap", channel, start, end - start, decibels(min(edges))))
    return in_order(silences)


GAPS = Detector("gap", unit="dB of the sound at its edges, full scale", find=gaps)


def drop_outs(*, reference: Audio, estimate: Audio) -> tuple[Artifact, ...]:
    """Every drop-out of the estimate, in order. The size is the loss against the reference,
    compared with that of the whole sound, in dB, at most 120."""
    lost = _lost(reference, estimate)
    expected, got = frame_energies(reference), frame_energies(estimate)
    gain = _gain(reference, estimate)
    frame = frame_length(reference.rate)
    losses = []
    for channel in range(reference.channels):
        for first, last in runs(lost[channel]):
            there = float(got[channel, first:last].sum())
            full = gain * float(expected[channel, first:last].sum())
            less = min(10.0 * math.log10(full / there), 120.0) if there > 0.0 else 120.0
            end = min(last * frame, reference.length)
            losses.append(Artifact("drop-out", channel, first * frame, end - first * frame, less))
    return in_order(losses)


DROP_OUTS = Detector("drop-out", unit="dB lost against the reference", compare=drop_outs)


def lost_share(*, reference: Audio, estimate: Audio) -> float:
    """The share of the sounding milliseconds of the reference, over all channels, in which the
    estimate drops out. NaN for a silent reference."""
    count = int(sounding(reference).sum())
    if not count:
        return math.nan
    return float((_lost(reference, estimate) & sounding(reference)).sum()) / count


@shared
def sounding(audio: Audio) -> Flags:
    """Whether each millisecond of each channel lies within 60 dB of the level of the whole
    sound."""
    energies = frame_energies(audio)
    # The mean is over all channels, so a channel with next to nothing is silent.
    return energies > _SOUNDING * float(energies.mean())


@shared
def frame_energies(audio: Audio) -> Energies:
    """The energy in each millisecond of each channel; the last millisecond may be incomplete."""
    starts = np.arange(0, audio.length, frame_length(audio.rate))
    energies: Energies = np.stack(
        [np.add.reduceat(np.square(one, dtype=np.float64), starts) for one in audio.samples]
    )
    return energies


def _lost(reference: Audio, estimate: Audio) -> Flags:
    floor = _LOST * _gain(reference, estimate) * frame_energies(reference)
    missing = (frame_energies(estimate) <= floor) & sounding(reference)
    lost: Flags = np.zeros_like(missing)
    for channel in range(reference.channels):
        for first, last in runs(missing[channel]):
            lost[channel, first:last] = last - first >= _FEWEST_FRAMES
    return lost


def _gain(reference: Audio, estimate: Audio) -> float:
    """The median ratio of the powers of estimate and reference, over milliseconds in which both
    sound. Drop-outs do not move it, as long as some milliseconds sound."""
    inside = sounding(reference)
    ratios = frame_energies(estimate)[inside] / frame_energies(reference)[inside]
    positive = ratios[ratios > 0.0]
    return float(np.median(positive)) if len(positive) else 1.0


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First and last index, the last excluded, of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def frame_length(rate: int) -> int:
    """Samples in a millisecond."""
    return max(1, round(_FRAME_SECONDS * rate))


def _rms(samples: np.ndarray) -> float:
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float64))))

"""Pre-echoes: sound ahead of an onset that the reference does not have, as lossy codecs and
filters of linear phase leave it.

All energies are those of the first difference, x[n] - x[n-1], which emphasises high frequencies,
as they begin sharply. Onsets are found in the reference: at an onset, the mean energy of the next
10 ms is at least 8 dB above that of the 20 ms before, and within 30 dB of the loudest 10 ms of the
sound. The mean energy from 20 to 2 ms ahead of an onset is compared with that of the 10 ms from the
onset on:

    10 log10( (A_e / O_e + 1e-5) / (A_r / O_r + 1e-5) )

A is the energy ahead, O that of the onset, e is the estimate and r the reference; energies are sums
over all channels. A ratio A / O below -50 dB counts as -50 dB. The level does not matter.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.artifact import Artifact, Detector
from automix_bench.dsp.artifacts.gaps import frame_energies, frame_length
from automix_bench.dsp.memo import shared

LARGEST_DB = 50.0
"""The largest excess; also that of an onset which the estimate lacks."""

# In frames, which are milliseconds.
_ONSET, _AHEAD, _GUARD, _APART = 10, 20, 2, 50
_RISE = 10.0**0.8
_LOUD = 1e-3
_FLOOR = 1e-5
_NOTICED_DB = 6.0

Onsets = Int[np.ndarray, " onsets"]
Excess = Float64[np.ndarray, " onsets"]


def pre_echoes(*, reference: Audio, estimate: Audio) -> tuple[Artifact, ...]:
    """The stretch ahead of every onset ahead of which the estimate has at least 6 dB more than the
    reference, in order. It concerns all channels and is reported as channel 0."""
    at, frame = onsets(reference), frame_length(reference.rate)
    return tuple(
        Artifact("pre-echo", 0, int(one - _AHEAD) * frame, (_AHEAD - _GUARD) * frame, float(size))
        for one, size in zip(at, excess_db(reference=reference, estimate=estimate), strict=True)
        if size >= _NOTICED_DB
    )


PRE_ECHOES = Detector("pre-echo", unit="dB over the reference", compare=pre_echoes)


def excess_db(*, reference: Audio, estimate: Audio) -> Excess:
    """How much more the estimate has ahead of each onset of the reference, in dB; 0 if less."""
    at = onsets(reference)
    if not len(at):
        return np.zeros(0)
    got, expected = _energies(estimate), _energies(reference)
    (ahead, onset), (expected_ahead, expected_onset) = _around(got, at), _around(expected, at)
    there = onset > _FLOOR * expected_onset * float(got.sum() / expected.sum())
    ratio = np.where(there, ahead / np.where(there, onset, 1.0), 1.0)
    size = 10.0 * np.log10((ratio + _FLOOR) / (expected_ahead / expected_onset + _FLOOR))
    return np.clip(np.where(there, size, LARGEST_DB), 0.0, LARGEST_DB)


@shared
def onsets(audio: Audio) -> Onsets:
    """The onsets of a sound, in milliseconds; none within 50 ms of a sharper one."""
    energies = _energies(audio)
    if len(energies) < _AHEAD + _ONSET + 1:
        return np.zeros(0, dtype=np.int64)
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    at = np.arange(_AHEAD, len(energies) - _ONSET)
    onset = (sums[at + _ONSET] - sums[at]) / _ONSET
    before = (sums[at] - sums[at - _AHEAD]) / _AHEAD
    loudest = float(onset.max())
    if loudest == 0.0:
        return np.zeros(0, dtype=np.int64)
    # Differences of sums keep the rounding of the loudest, far under 1e-9 of it.
    rise = np.where(onset > _LOUD * loudest, onset, 0.0) / np.maximum(before, 1e-9 * loudest)
    chosen: list[int] = []
    free = rise >= _RISE
    for place in np.argsort(-rise, kind="stable")[: int(free.sum())]:
        if free[place]:
            chosen.append(int(at[place]))
            free[max(place - _APART, 0) : place + _APART + 1] = False
    return np.array(sorted(chosen), dtype=np.int64)


@shared
def _energies(audio: Audio) -> Excess:
    """The energy of the first difference in each millisecond, over all channels."""
    steps = np.diff(audio.samples, axis=1, prepend=np.float32(0.0))
    energies: Excess = frame_energies(audio.with_samples(steps)).sum(axis=0)
    return energies


def _around(energies: np.ndarray, at: Onsets) -> tuple[Excess, Excess]:
    """The mean energy of a millisecond ahead of each onset, and from the onset on."""
    ahead = [float(energies[one - _AHEAD : one - _GUARD].mean()) for one in at]
    onset = [float(energies[one : one + _ONSET].mean()) for one in at]
    return np.array(ahead, dtype=np.float64), np.array(onset, dtype=np.float64)

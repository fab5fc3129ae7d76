"""Faults in a sound, how many and where: clicks, clipped runs, DC offset, gaps; and against a
reference drop-outs, pre-echoes and aliasing. Each kind has a file, which says what counts as one.

Of aliasing only that of changes of rate is found, which is a copy of the reference. What a
distortion folds back is none: a harmonic of another note may lie there as well, and in a mix of
many notes nothing tells the two apart.
"""

from __future__ import annotations

import bisect

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.aliasing import aliasing
from automix_bench.dsp.artifacts.artifact import UNITS, Artifact
from automix_bench.dsp.artifacts.clicks import clicks
from automix_bench.dsp.artifacts.clipping import clipped_runs
from automix_bench.dsp.artifacts.gaps import drop_outs, gaps
from automix_bench.dsp.artifacts.offset import dc_offsets
from automix_bench.dsp.artifacts.pre_echo import pre_echoes
from automix_bench.errors import UsageError

__all__ = ["UNITS", "Artifact", "artifacts"]

_SAME_SECONDS = 0.001
_LARGER_DB = 6.0


def artifacts(audio: Audio, reference: Audio | None = None) -> tuple[Artifact, ...]:
    """The faults of a sound, in the order of their beginnings. With a reference, those that it has
    at the same place, to a millisecond, and no more than 6 dB smaller, are left out, and what is
    told by comparison is added.

    Raises:
        UsageError: the two differ in channels, length or rate.
    """
    found = _alone(audio)
    if reference is not None:
        wanted = (reference.channels, reference.length, reference.rate)
        if (got := (audio.channels, audio.length, audio.rate)) != wanted:
            raise UsageError(
                f"the reference has channels, samples and Hz {wanted}, the sound {got}"
            )
        found = _new(found, _alone(reference), round(_SAME_SECONDS * audio.rate))
        found += drop_outs(reference=reference, estimate=audio)
        found += pre_echoes(reference=reference, estimate=audio)
        found += aliasing(reference=reference, estimate=audio)
    return tuple(sorted(found, key=lambda one: (one.sample, one.channel, one.kind)))


def _alone(audio: Audio) -> tuple[Artifact, ...]:
    return clicks(audio) + clipped_runs(audio) + dc_offsets(audio) + gaps(audio)


def _new(
    found: tuple[Artifact, ...], known: tuple[Artifact, ...], near: int
) -> tuple[Artifact, ...]:
    """Those of which no other of the same kind and channel, and of about the same size, begins
    within `near` samples."""
    places: dict[tuple[str, int], list[Artifact]] = {}
    for one in sorted(known, key=_begin):
        places.setdefault((one.kind, one.channel), []).append(one)
    kept = []
    for one in found:
        there = places.get((one.kind, one.channel), [])
        first = bisect.bisect_left(there, one.sample - near, key=_begin)
        last = bisect.bisect_right(there, one.sample + near, key=_begin)
        if all(other.size < one.size - _LARGER_DB for other in there[first:last]):
            kept.append(one)
    return tuple(kept)


def _begin(one: Artifact) -> int:
    return one.sample

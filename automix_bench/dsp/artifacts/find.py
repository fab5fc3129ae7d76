"""Find the artifacts of a sound: clicks, clipped runs, DC offset and gaps; and, with a reference,
drop-outs, gain jumps, pre-echoes and aliasing. Each kind has a file, which defines it.

Aliasing is found only where a change of rate left it: it is then a copy of the reference. What a
distortion folds back is not found. A harmonic of another note may lie at the same frequency, and in
a mix of many notes nothing tells the two apart.
"""

from __future__ import annotations

import bisect

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.aliasing import ALIASING
from automix_bench.dsp.artifacts.artifact import Artifact, Detector
from automix_bench.dsp.artifacts.clicks import CLICKS
from automix_bench.dsp.artifacts.clipping import CLIPPED_RUNS
from automix_bench.dsp.artifacts.gain_jumps import GAIN_JUMPS
from automix_bench.dsp.artifacts.gaps import DROP_OUTS, GAPS
from automix_bench.dsp.artifacts.offset import DC_OFFSETS
from automix_bench.dsp.artifacts.pre_echo import PRE_ECHOES
from automix_bench.errors import UsageError

__all__ = ["DETECTORS", "UNITS", "Artifact", "artifacts"]

DETECTORS: tuple[Detector, ...] = (
    CLICKS,
    CLIPPED_RUNS,
    DC_OFFSETS,
    GAPS,
    DROP_OUTS,
    GAIN_JUMPS,
    PRE_ECHOES,
    ALIASING,
)

UNITS = {detector.kind: detector.unit for detector in DETECTORS}
"""The unit of the size of each kind."""

_SAME_SECONDS = 0.001
_LARGER_DB = 6.0


def artifacts(audio: Audio, reference: Audio | None = None) -> tuple[Artifact, ...]:
    """The artifacts of a sound, by their first sample.

    With a reference, an artifact is left out if the reference has one of the same kind at the same
    place, to a millisecond, that is no more than 6 dB smaller; and the kinds that only a reference
    reveals are added.

    Raises:
        UsageError: the two differ in channels, length or rate.
    """
    everything = _by_itself(audio)
    if reference is not None:
        expected = (reference.channels, reference.length, reference.rate)
        if (got := (audio.channels, audio.length, audio.rate)) != expected:
            raise UsageError(
                f"the reference has channels, samples and Hz {expected}, the sound {got}"
            )
        near = round(_SAME_SECONDS * audio.rate)
        everything = _without_known(everything, _by_itself(reference), near)
        for detector in DETECTORS:
            if detector.compare is not None:
                everything += detector.compare(reference=reference, estimate=audio)
    return tuple(sorted(everything, key=lambda one: (one.sample, one.channel, one.kind)))


def _by_itself(audio: Audio) -> tuple[Artifact, ...]:
    return tuple(
        one for detector in DETECTORS if detector.find is not None for one in detector.find(audio)
    )


def _without_known(
    candidates: tuple[Artifact, ...], known: tuple[Artifact, ...], near: int
) -> tuple[Artifact, ...]:
    """The candidates near which, within `near` samples, no known artifact of the same kind and
    channel and of about the same size begins."""
    places: dict[tuple[str, int], list[Artifact]] = {}
    for one in sorted(known, key=_begin):
        places.setdefault((one.kind, one.channel), []).append(one)
    new = []
    for one in candidates:
        same = places.get((one.kind, one.channel), [])
        first = bisect.bisect_left(same, one.sample - near, key=_begin)
        last = bisect.bisect_right(same, one.sample + near, key=_begin)
        if all(other.size < one.size - _LARGER_DB for other in same[first:last]):
            new.append(one)
    return tuple(new)


def _begin(one: Artifact) -> int:
    return one.sample

"""Faults that the model adds, with their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from automix_bench.audio import Audio
from automix_bench.checkup.check_trial import ARTIFACTS, Finding, check_trial
from automix_bench.checkup.compare import Unmixed
from automix_bench.checkup.subject import Subject
from automix_bench.dsp.artifacts.find import Artifact, artifacts
from automix_bench.song import Stems

__all__ = ["added_artifacts"]

_NEAR_SECONDS = 0.002
_MOST_SHOWN = 20
_MOST_A_MINUTE = 20.0
_COUNTED = ("click", "clipped run", "gap", "drop-out", "DC offset", "aliasing")


@check_trial(
    challenge=ARTIFACTS,
    expects="At most 20 artifacts a minute that neither the input nor its closest mix has.",
    limit="at most 20 per minute",
    unit="per minute",
)
def added_artifacts(subject: Subject) -> Finding:
    """Clicks, clipped runs, gaps, drop-outs, DC offset and aliasing that the input does not have.

    A mix is compared with the sum of its tracks at the gains that come closest to it; an artifact
    that a track has at that place, before its effects or after, is not the model's. Pre-echoes are
    counted, but do not decide: reverberation fills the moment before an onset too. What is in both
    channels counts once. A separated source may rest, so its gaps do not count.
    """
    subject.demand_sounds()
    found: list[tuple[str, Artifact]] = []
    rate, seconds = subject.music.some.rate, 0.0
    separated = len(subject.kind.returned) > 1
    for name, audio in subject.plain.items():
        shown = _shown(subject, name)
        seconds += audio.seconds
        if not audio.samples.any():
            continue
        reference = None if separated else Unmixed(shown, audio).closest
        known = {
            (one.kind, round(one.sample / rate / _NEAR_SECONDS))
            for track in (*shown.values(), *_without_effects(subject, name))
            for one in artifacts(track)
        }
        found += [
            (name, one)
            for one in _once(artifacts(audio, reference), rate)
            if not _is_known(one, known, rate)
        ]
    counted = [
        (name, one)
        for name, one in found
        if one.kind in _COUNTED and not (separated and one.kind == "gap")
    ]
    kinds = Counter(one.kind for _, one in found)
    per_minute = 60.0 * len(counted) / seconds
    places = [
        f"{one.kind} in {name} at {one.sample / rate:.3f} s" for name, one in counted[:_MOST_SHOWN]
    ]
    figures = {f"{kind.replace(' ', '_')}s": count for kind, count in kinds.items()}
    passed = per_minute <= _MOST_A_MINUTE
    reason = "" if passed else f"{len(counted)} in {seconds:.1f} s: {'; '.join(places[:3])}"
    return Finding(per_minute, passed, reason, {**figures, "places": places}, subject.plain)


def _shown(subject: Subject, name: str) -> Stems:
    """The inputs that an output is made of."""
    return subject.brief.stems if subject.kind.returned else {name: subject.brief.stems[name]}


def _without_effects(subject: Subject, name: str) -> tuple[Audio, ...]:
    """What a removal model should return: its own clicks may come back with it."""
    return (subject.tracks[name],) if subject.kind.removes else ()


def _once(several: Iterable[Artifact], rate: int) -> list[Artifact]:
    """Artifacts without those of the same kind at the same place in another channel."""
    places = {(one.kind, round(one.sample / rate / _NEAR_SECONDS)): one for one in several}
    return list(places.values())


def _is_known(one: Artifact, known: set[tuple[str, int]], rate: int) -> bool:
    place = round(one.sample / rate / _NEAR_SECONDS)
    return any((one.kind, near) in known for near in (place - 1, place, place + 1))

"""A silent track changes nothing."""

from __future__ import annotations

from automix_bench.audio import rms_db
from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.subject import Subject
from automix_bench.isolation.answer_faults import SILENT_DB

__all__ = ["silent_track"]

_MOST_DB = -40.0
_NAME = "vocals"


@check_trial(
    challenge=SOURCES,
    expects="A silent track changes at most -40 dB of the answer, and is answered with silence.",
    limit="at most -40 dB",
    unit="dB",
)
def silent_track(subject: Subject) -> Finding:
    """A track without sound, such as that of a singer who pauses, beside the others."""
    subject.demand_several()
    tracks = {**subject.tracks, _NAME: subject.music.some.scaled(0.0)}
    brief = subject.brief_of({**tracks, _NAME: next(iter(subject.tracks.values())).scaled(0.0)})
    got = subject.sounds(brief)
    distance = difference_db(subject.plain, got)
    allowed = subject.allowed_db(_MOST_DB)
    if subject.kind.removes and (level := rms_db(got[_NAME])) > SILENT_DB:
        return Finding(distance, False, f"silence is answered with {level:.0f} dBFS", sounds=got)
    return Finding(distance, distance <= allowed, sounds=differences(subject.plain, got))

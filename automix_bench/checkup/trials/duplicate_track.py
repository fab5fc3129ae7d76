"""A track that is there twice."""

from __future__ import annotations

from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.compare import Unmixed, moves_db
from automix_bench.checkup.subject import Subject

__all__ = ["duplicate_track"]

_LEAST_DB, _MOST_DB = -1.0, 7.0


@check_trial(
    challenge=SOURCES,
    expects="A track that is given twice becomes 0 to 6 dB louder against the others, within 1 dB.",
    limit="-1 to 7 dB",
    unit="dB",
)
def duplicate_track(subject: Subject) -> Finding:
    """One track given twice under two names: as loud as before, or as loud as two."""
    subject.demand_tracks()
    tracks = subject.tracks
    name = list(tracks)[1]
    doubled = {}
    for one, track in tracks.items():
        doubled[one] = track
        if one == name:
            doubled[f"{one}-double"] = track
    mix = subject.sounds(subject.brief_of(doubled))["mix"]
    before = Unmixed(tracks, subject.plain["mix"]).levels_db
    moved = moves_db(before, Unmixed(tracks, mix).levels_db)[name]
    heard = {"once": subject.plain["mix"], "twice": mix}
    passed = _LEAST_DB <= moved <= _MOST_DB
    reason = (
        "" if passed else f"{name} is {moved:+.1f} dB against the others when it is given twice"
    )
    return Finding(moved, passed, reason, sounds=heard)

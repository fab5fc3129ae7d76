"""A track in two halves is no louder than in one."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.compare import Unmixed, moves_db
from automix_bench.checkup.subject import Subject

__all__ = ["split_track"]

_MOST_DB = 3.0


@check_trial(
    challenge=SOURCES,
    expects="A track that is split in two equal halves moves by at most 3 dB against the others.",
    limit="within ±3 dB",
    unit="dB",
)
def split_track(subject: Subject) -> Finding:
    """One track as two of half its level, whose sum is the track.

    The same sound, recorded on twice as many channels. Equal loudness makes it 6 dB louder.
    """
    subject.demand_tracks()
    tracks = subject.tracks
    name = list(tracks)[1]
    halves = dict[str, Audio]()
    for one, track in tracks.items():
        parts = (f"{one}-a", f"{one}-b") if one == name else (one,)
        halves |= {part: track.scaled(1.0 / len(parts)) for part in parts}
    mix = subject.sounds(subject.brief_of(halves))["mix"]
    before = Unmixed(tracks, subject.plain["mix"]).levels_db
    moved = moves_db(before, Unmixed(tracks, mix).levels_db)[name]
    heard = {"one": subject.plain["mix"], "two-halves": mix}
    passed = abs(moved) <= _MOST_DB
    reason = (
        ""
        if passed
        else f"{name} is {moved:+.1f} dB against the others when it comes in two halves"
    )
    return Finding(moved, passed, reason, sounds=heard)

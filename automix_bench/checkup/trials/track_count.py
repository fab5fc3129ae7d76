"""Any number of tracks can be mixed, and every track is heard."""

from __future__ import annotations

from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.compare import heard_levels_db, lowest_against_median_db
from automix_bench.checkup.subject import Subject
from automix_bench.song import Stems

__all__ = ["track_count"]

_LEAST_DB = -40.0
_SECONDS = 2.0
_SECONDS_OF_STEMS = 0.5


@check_trial(
    challenge=SOURCES,
    expects="1 to 64 tracks are answered, and no track lies more than 40 dB below the middle one; "
    "numbers are only to be answered.",
    limit="at least -40 dB",
    unit="dB",
    number_limit="each answered",
)
def track_count(subject: Subject) -> Finding:
    """From 1 to 64 tracks, each of which must be heard.

    The figure is the level of the quietest track against the track in the middle, each against its
    own level in the brief: the mix is taken apart into the gains of its tracks that come closest.
    """
    subject.demand_several()
    seconds = _SECONDS_OF_STEMS if subject.kind.removes else _SECONDS
    figures: dict[str, float] = {}
    worst, reason = 0.0, ""
    heard: Stems = {}
    for count in subject.music.track_counts:
        tracks = subject.music.many(count, seconds)
        try:
            brief = subject.brief_of(tracks, clean=True)
            sounds = subject.returned(brief).sounds
        except NotAnswered as error:
            return Finding(None, False, f"no answer for {count} tracks: {error}", figures)
        if subject.unit_of_numbers:
            continue
        levels = heard_levels_db(tracks, sounds)
        lowest = lowest_against_median_db(levels)
        figures[f"{count}_tracks_db"] = lowest
        if lowest < worst:
            lost = sum(level < max(levels.values()) + _LEAST_DB for level in levels.values())
            worst, heard = lowest, sounds
            reason = f"of {count} tracks {lost} or more are not heard" if lowest < _LEAST_DB else ""
    if subject.unit_of_numbers:
        return Finding(float(len(subject.music.track_counts)), True, unit="answered")
    return Finding(worst, worst >= _LEAST_DB, reason, figures, heard)

"""Tracks under the names of others."""

from __future__ import annotations

from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import (
    difference_db,
    heard_levels_db,
    lowest_against_median_db,
)
from automix_bench.checkup.subject import Subject

__all__ = ["wrong_names"]

_LEAST_DB = -40.0


@check_trial(
    challenge=DIVERSITY,
    expects="There is an answer, and no track lies more than 40 dB below the middle one; "
    "numbers are only to be answered.",
    limit="at least -40 dB",
    unit="dB",
    number_limit="answered",
)
def wrong_names(subject: Subject) -> Finding:
    """Names swapped among the tracks, as by a wrong grouping: every track is still heard.

    How much the mix changes is a further figure.
    """
    subject.demand_several()
    names = list(subject.tracks)
    half = len(names) // 2
    sounds = [subject.tracks[name] for name in names[half:] + names[:half]]
    tracks = dict(zip(names, sounds, strict=True))
    got = subject.returned(subject.brief_of(tracks)).sounds
    if subject.unit_of_numbers:
        return Finding(1.0, True, unit="answered")
    lowest = lowest_against_median_db(heard_levels_db(tracks, got))
    figures = {} if subject.kind.removes else {"change_db": difference_db(subject.plain, got)}
    reason = "" if lowest >= _LEAST_DB else "a track with a wrong name is not heard"
    return Finding(lowest, lowest >= _LEAST_DB, reason, figures, got)

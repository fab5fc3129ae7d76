"""Tracks whose names say nothing."""

from __future__ import annotations

from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import (
    difference_db,
    heard_levels_db,
    lowest_against_median_db,
)
from automix_bench.checkup.subject import Subject

__all__ = ["unknown_names"]

_LEAST_DB = -40.0


@check_trial(
    challenge=DIVERSITY,
    expects="There is an answer, and no track lies more than 40 dB below the middle one; "
    "numbers are only to be answered.",
    limit="at least -40 dB",
    unit="dB",
    number_limit="answered",
)
def unknown_names(subject: Subject) -> Finding:
    """Tracks named t01, t02, …: every one is still heard.

    How much the answer changes is a further figure: a model by roles has none to go by.
    """
    subject.demand_several()
    names = {name: f"t{number:02d}" for number, name in enumerate(subject.tracks, 1)}
    tracks = {names[name]: track for name, track in subject.tracks.items()}
    got = subject.returned(subject.brief_of(tracks)).sounds
    if subject.unit_of_numbers:
        return Finding(1.0, True, unit="answered")
    lowest = lowest_against_median_db(heard_levels_db(tracks, got))
    as_named = {name: got[names.get(name, name)] for name in subject.plain}
    figures = {"change_db": difference_db(subject.plain, as_named)}
    reason = "" if lowest >= _LEAST_DB else "a track with an unknown name is not heard"
    return Finding(lowest, lowest >= _LEAST_DB, reason, figures, got)

"""What went through no effect comes back as it is."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.checkup.check_errors import DoesNotApply
from automix_bench.checkup.check_trial import ARTIFACTS, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.subject import Subject

__all__ = ["clean_input"]

_MOST_DB = -30.0


@check_trial(
    challenge=ARTIFACTS,
    expects="A clean input comes back with at most -30 dB of change.",
    limit="at most -30 dB",
    unit="dB",
)
def clean_input(subject: Subject) -> Finding:
    """An input without any effect to remove, or a request for no change."""
    subject.demand_sounds()
    if not subject.kind.removes and subject.kind.text is None:
        raise DoesNotApply(f"a model of {subject.kind.task} has something to do on every input")
    brief = subject.brief_of(subject.tracks, clean=True)
    if subject.kind.text is not None:
        brief = replace(brief, text=subject.kind.no_request)
    got = subject.sounds(brief)
    distance = difference_db(brief.stems, got)
    return Finding(distance, distance <= _MOST_DB, sounds=differences(brief.stems, got))

"""All inputs turned over."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.subject import Subject

__all__ = ["polarity"]

_MOST_DB = -30.0


@check_trial(
    challenge=DIVERSITY,
    expects="The output is turned over too: what differs is at most -30 dB of it.",
    limit="at most -30 dB",
    unit="dB",
)
def polarity(subject: Subject) -> Finding:
    """The polarity of all inputs turned over, which nobody hears."""
    stems = {name: stem.scaled(-1.0) for name, stem in subject.brief.stems.items()}
    answered = subject.sounds(replace(subject.brief, stems=stems))
    got = {name: audio.scaled(-1.0) for name, audio in answered.items()}
    distance = difference_db(subject.plain, got)
    allowed = subject.allowed_db(_MOST_DB)
    return Finding(distance, distance <= allowed, sounds=differences(subject.plain, got))

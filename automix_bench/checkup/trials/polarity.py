"""All inputs turned over."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.checkup.check_trial import DIVERSITY, Finding, check_trial
from automix_bench.checkup.returned import Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject

__all__ = ["polarity"]

_TOLERANCE = Tolerance(db=-30.0, number=0.1)


@check_trial(
    challenge=DIVERSITY,
    expects="The output is turned over too: what differs is at most -30 dB of it; numbers stay, "
    "within 0.1.",
    limit="at most -30 dB",
    unit="dB",
    number_limit="at most 0.1",
)
def polarity(subject: Subject) -> Finding:
    """The polarity of all inputs turned over, which nobody hears."""
    stems = {name: stem.scaled(-1.0) for name, stem in subject.brief.stems.items()}
    got = subject.returned(replace(subject.brief, stems=stems)).scaled(-1.0)
    return same_answer(subject, subject.plain_answer, [got], _TOLERANCE)

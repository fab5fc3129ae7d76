"""The order of the tracks means nothing."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.returned import Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject

__all__ = ["track_order"]

_TOLERANCE = Tolerance(db=-60.0, number=0.01)


@check_trial(
    challenge=SOURCES,
    expects="The answer is the same in another order: the difference is at most -60 dB of it; "
    "numbers differ by at most 0.01.",
    limit="at most -60 dB",
    unit="dB",
    number_limit="at most 0.01",
)
def track_order(subject: Subject) -> Finding:
    """The same tracks backwards, and with the first one last.

    Floating-point sums in another order differ by some -130 dB.
    """
    subject.demand_several()
    names = list(subject.tracks)
    others = []
    for order in (names[::-1], names[1:] + names[:1]):
        shown = {name: subject.brief.stems[name] for name in order}
        others.append(subject.returned(replace(subject.brief, stems=shown)))
    return same_answer(subject, subject.plain_answer, others, _TOLERANCE)

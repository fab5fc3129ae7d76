"""The same brief gets the same answer, also in another process."""

from __future__ import annotations

import math
from dataclasses import replace

from automix_bench.checkup.check_trial import BELIEF, Finding, check_trial
from automix_bench.checkup.returned import Tolerance, apart
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject

__all__ = ["determinism"]

_TOLERANCE = Tolerance(db=-90.0, number=0.01)


@check_trial(
    challenge=BELIEF,
    expects="The same brief gets the same answer again: the difference is at most -90 dB of it; "
    "numbers differ by at most 0.01.",
    limit="at most -90 dB",
    unit="dB",
    number_limit="at most 0.01",
)
def determinism(subject: Subject) -> Finding:
    """The same brief twice in one process, and once in another.

    The harness seeds the global generators of Python, numpy and torch before each brief. A model
    that draws from a generator of its own without a seed gives another answer each time.
    """
    again = subject.returned(subject.brief)
    with subject.another() as other:
        elsewhere = other.returned(subject.brief)
    plain = subject.plain_answer
    finding = same_answer(subject, plain, (again, elsewhere), _TOLERANCE, exact=True)
    same, across = apart(plain, again), apart(plain, elsewhere)
    unit = (finding.unit or "dB").lower()
    reason = finding.reason
    if not finding.passed and not reason:
        in_one = same <= subject.stated(_TOLERANCE)
        reason = (
            f"the same answer in one process, another in the next ({across:.4g} {unit})"
            if in_one
            else "another answer in the same process"
        )
    distances = {f"same_process_{unit}": same, f"another_process_{unit}": across}
    figures = {name: one for name, one in distances.items() if math.isfinite(one)}
    return replace(finding, reason=reason, figures=figures)

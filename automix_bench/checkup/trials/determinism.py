"""The same brief gets the same answer, also in another process."""

from __future__ import annotations

from automix_bench.checkup.check_trial import BELIEF, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.subject import Subject

__all__ = ["determinism"]

_MOST_DB = -90.0


@check_trial(
    challenge=BELIEF,
    expects="The same brief gets the same answer again: the difference is at most -90 dB of it.",
    limit="at most -90 dB",
    unit="dB",
)
def determinism(subject: Subject) -> Finding:
    """The same brief twice in one process, and once in another.

    The harness seeds the global generators of Python, numpy and torch before each brief. A model
    that draws from a generator of its own without a seed gives another answer each time.
    """
    again = subject.sounds(subject.brief)
    with subject.another() as other:
        elsewhere = other.sounds(subject.brief)
    same, across = difference_db(subject.plain, again), difference_db(subject.plain, elsewhere)
    got = again if same >= across else elsewhere
    return Finding(
        max(same, across),
        max(same, across) <= _MOST_DB,
        "" if max(same, across) <= _MOST_DB else _where(same, across),
        {"same_process_db": same, "another_process_db": across},
        differences(subject.plain, got),
    )


def _where(same: float, across: float) -> str:
    if same > _MOST_DB:
        return "another answer in the same process"
    return f"the same answer in one process, another in the next ({across:.0f} dB)"

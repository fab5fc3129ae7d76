"""An answer does not depend on the briefs before it."""

from __future__ import annotations

from automix_bench.checkup.check_trial import BELIEF, Finding, check_trial
from automix_bench.checkup.returned import Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject

__all__ = ["asked_alone"]

_TOLERANCE = Tolerance(db=-90.0, number=0.01)


@check_trial(
    challenge=BELIEF,
    expects="The answer is the same after other briefs: the difference is at most -90 dB of it; "
    "numbers differ by at most 0.01.",
    limit="at most -90 dB",
    unit="dB",
    number_limit="at most 0.01",
)
def asked_alone(subject: Subject) -> Finding:
    """A brief asked alone, and after two other briefs.

    A model that keeps what it learned of one brief for the next would have another score in
    another order. For a function object in this process nothing is alone: that it has already been
    asked is all that can be compared.
    """
    others = subject.shown_of(subject.music.others)
    quiet = {name: track.scaled(0.25) for name, track in subject.tracks.items()}
    with subject.another() as other:
        other.reply(subject.brief_of(quiet))
        other.reply(subject.brief_of(others))
        after = other.returned(subject.brief)
    with subject.another() as other:
        alone = other.returned(subject.brief)
    return same_answer(subject, alone, [after], _TOLERANCE)

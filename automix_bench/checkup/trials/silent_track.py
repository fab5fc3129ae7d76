"""A silent track changes nothing."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.audio import rms_db
from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.returned import Returned, Tolerance
from automix_bench.checkup.same_answer import same_answer
from automix_bench.checkup.subject import Subject
from automix_bench.isolation.answer_faults import SILENT_DB
from automix_bench.song import Stems

__all__ = ["silent_track"]

_TOLERANCE = Tolerance(db=-40.0, number=0.01)
_NAME = "vocals"


@check_trial(
    challenge=SOURCES,
    expects="A silent track changes at most -40 dB of the answer, and is answered with silence; "
    "numbers change by at most 0.01, and nothing but silence is answered too.",
    limit="at most -40 dB",
    unit="dB",
    number_limit="at most 0.01",
)
def silent_track(subject: Subject) -> Finding:
    """A track without sound, such as that of a singer who pauses, beside the others.

    A model that returns numbers is shown nothing but silence too, and must answer it.
    """
    if subject.unit_of_numbers:
        return _numbers(subject)
    subject.demand_several()
    got = subject.returned(subject.brief_of(_with_silence(subject)))
    finding = same_answer(subject, subject.plain_answer, [got], _TOLERANCE)
    if subject.kind.removes and (level := rms_db(got.sounds[_NAME])) > SILENT_DB:
        reason = f"silence is answered with {level:.0f} dBFS"
        return replace(finding, passed=False, reason=reason, sounds=got.sounds)
    return finding


def _numbers(subject: Subject) -> Finding:
    silence = {name: track.scaled(0.0) for name, track in subject.tracks.items()}
    try:
        subject.ask(subject.brief_of(silence))
    except NotAnswered as error:
        return Finding(None, False, f"no answer for nothing but silence: {error}")
    if not subject.kind.several:
        return Finding(1.0, True, "answers nothing but silence", unit="answered")
    got = subject.returned(subject.brief_of(_with_silence(subject)))
    of_others = {name: one for name, one in got.numbers.items() if name != _NAME}
    return same_answer(subject, subject.plain_answer, [Returned(numbers=of_others)], _TOLERANCE)


def _with_silence(subject: Subject) -> Stems:
    tracks = subject.tracks
    return {**tracks, _NAME: next(iter(tracks.values())).scaled(0.0)}

"""The console that a model declares makes its mix."""

from __future__ import annotations

from automix_bench.checkup.check_errors import DoesNotApply, NotAnswered
from automix_bench.checkup.check_trial import INTERPRETABILITY, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.model_kinds import CONSOLE
from automix_bench.checkup.returned import mix_of_console
from automix_bench.checkup.subject import Subject
from automix_bench.isolation.answer_faults import why_not_comparable
from automix_bench.model import Answer

__all__ = ["declared_console"]

_MOST_DB = -60.0


@check_trial(
    challenge=INTERPRETABILITY,
    expects="The console, played on the tracks, differs from the mix by at most -60 dB of it.",
    limit="at most -60 dB",
    unit="dB",
)
def declared_console(subject: Subject) -> Finding:
    """The console of the answer, rendered on the tracks of the brief, against its mix."""
    subject.demand_sounds()
    answer = _own_answer(subject)
    if answer.console is None:
        raise DoesNotApply("the answer declares no console")
    if "mix" not in answer.stems:
        raise DoesNotApply("the answer has no mix that a console could make")
    places = sum(bool(chain) for _, chain in answer.console.places())
    try:
        rendered = {"mix": mix_of_console(answer.console, subject.brief.stems)}
    except NotAnswered as error:
        return Finding(None, False, str(error))
    got = {"mix": answer.stems["mix"]}
    if fault := why_not_comparable("mix", rendered["mix"], got):
        return Finding(None, False, fault)
    distance = difference_db(got, rendered)
    figures = {"chains_with_effects": places}
    return Finding(distance, distance <= _MOST_DB, "", figures, differences(got, rendered))


def _own_answer(subject: Subject) -> Answer:
    """The answer with the mix that the model made, also of a model that is asked for a console."""
    if subject.kind.returns != CONSOLE:
        return subject.answer
    return subject.reply(subject.brief).answer or subject.answer

"""The console that a model declares makes its mix."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.checkup.check_errors import DoesNotApply
from automix_bench.checkup.check_trial import INTERPRETABILITY, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.subject import Subject
from automix_bench.isolation.model_errors import error_line

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
    console = subject.answer.console
    if console is None:
        raise DoesNotApply("the answer declares no console")
    if "mix" not in subject.plain:
        raise DoesNotApply("the answer has no mix that a console could make")
    places = sum(bool(chain) for _, chain in console.places())
    try:
        _, mix = console.routed(subject.brief.stems, lambda _, chain, audio: chain(audio), total)
    except KeyError as error:
        return Finding(None, False, f"the console has no strip for {error}")
    except Exception as error:  # whatever its settings are, they are the model's
        return Finding(None, False, f"the console cannot play the tracks: {error_line(error)}")
    rendered = {"mix": mix}
    got = {"mix": subject.plain["mix"]}
    distance = difference_db(got, rendered)
    figures = {"chains_with_effects": places}
    return Finding(distance, distance <= _MOST_DB, "", figures, differences(got, rendered))

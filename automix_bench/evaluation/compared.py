"""What of an answer is compared with what is wanted, and why a part of it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from automix_bench.answer_metrics.settings_metric import placed
from automix_bench.console import Console
from automix_bench.effect import Effect
from automix_bench.errors import AutomixError, UsageError
from automix_bench.evaluation.run_folder import StoredAnswer
from automix_bench.example import Example
from automix_bench.isolation.answer_faults import why_no_value, why_not_comparable
from automix_bench.isolation.model_errors import error_line
from automix_bench.model import Answer
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line


@dataclass(frozen=True)
class Compared:
    """An answer beside the wanted one. A fault is a line of text, empty where there is none.

    Attributes:
        references, estimates: sounds by stem; an estimate with a fault is missing.
        stem_faults: of every stem that is wanted.
        values, answered_values: numbers by name.
        value_faults: of every value that is wanted.
        console, answered_console: settings; None where none are wanted, or none came.
        console_fault: why the settings cannot be compared.
    """

    references: Stems
    estimates: Stems
    stem_faults: Mapping[str, str]
    values: Mapping[str, float]
    answered_values: Mapping[str, float]
    value_faults: Mapping[str, str]
    console: Console | None
    answered_console: Console | None
    console_fault: str

    @property
    def first_fault(self) -> str:
        """The first fault of any part; empty if there is none."""
        faults = (*self.stem_faults.values(), *self.value_faults.values(), self.console_fault)
        return next(filter(None, faults), "")


def wanted_of(task: Task, example: Example) -> Answer:
    """What a task wants of an example.

    Raises:
        UsageError: the task, which may be a file of the user's, returns something else.
    """
    wanted: object = task.wanted(example)
    if not isinstance(wanted, Answer):
        raise UsageError(
            f"task {task.name}: expected `wanted` to return an Answer, such as Answer(stems), got "
            f"{type(wanted).__name__}"
        )
    return wanted


def is_empty(answer: Answer) -> bool:
    """Whether nothing is wanted of an example."""
    return not answer.stems and not answer.values and answer.console is None


def compared(task: Task, example: Example, wanted: Answer, stored: StoredAnswer) -> Compared:
    """An answer beside what the task wants of the example.

    Args:
        wanted: what `wanted_of` says.
    """
    value_faults = {
        name: stored.failure or why_no_value(name, stored.values) for name in wanted.values
    }
    console_fault = ""
    if wanted.console is not None:
        console_fault = stored.failure or _console_fault(stored.console, wanted.console)
    references, estimates, stem_faults = _sounds(task, example, wanted, stored, console_fault)
    return Compared(
        references,
        estimates,
        stem_faults,
        wanted.values,
        stored.values,
        value_faults,
        wanted.console,
        stored.console,
        console_fault,
    )


def _console_fault(console: Console | None, wanted: Console) -> str:
    """Why a console cannot be played here; empty if it can.

    The harness plays it, outside of the model's box. So it may have no effect of a kind that names
    software or files of the user's, such as `vst3`, unless the wanted console has one.
    """
    if console is None:
        return "no console in the answer"
    known = {type(effect) for _, effect in _effects(wanted)}
    for name, effect in _effects(console):
        if effect.takes_text() and type(effect) not in known:
            return f"console: expected effects of numbers and words, got {one_line(name)[:100]}"
    return ""


def _effects(console: Console) -> Iterator[tuple[str, Effect]]:
    for _, chain in console.places():
        yield from ((one.name, one.effect) for one in placed(chain))


def _sounds(
    task: Task, example: Example, wanted: Answer, stored: StoredAnswer, console_fault: str
) -> tuple[Stems, Stems, dict[str, str]]:
    """The wanted sounds, those of the answer, and the fault of each."""
    faults = {
        stem: stored.failure or why_not_comparable(stem, target, stored.stems)
        for stem, target in wanted.stems.items()
    }
    references, sounds = wanted.stems, stored.stems
    if task.sounds is not None:
        references, sounds = task.sounds(example, wanted), {}
        fault = next(filter(None, (*faults.values(), console_fault)), "")
        if not fault:
            try:
                sounds = task.sounds(example, stored.answer)
            except (AutomixError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                fault = f"its sound cannot be made: {error_line(error)}"
        faults = {
            stem: fault or why_not_comparable(stem, target, sounds)
            for stem, target in references.items()
        }
    return references, {stem: sounds[stem] for stem in references if not faults[stem]}, faults

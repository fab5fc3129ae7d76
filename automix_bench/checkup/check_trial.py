"""The contract of a trial: it asks a model something, and tells whether the answer makes sense."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from automix_bench.audio import Audio
from automix_bench.checkup.subject import Subject
from automix_bench.errors import UsageError
from automix_bench.plugin import did_you_mean

PASS, FAIL, DOES_NOT_APPLY = "pass", "fail", "does not apply"
VERDICTS = (PASS, FAIL, DOES_NOT_APPLY)

SOURCES = "a varying number of sources"
DIVERSITY = "the diversity and scale of real-world projects"
ARTIFACTS = "very low tolerance of artifacts"
RATES = "high sample rates"
INTERPRETABILITY = "interpretability"
CONTROLLABILITY = "controllability"
BELIEF = "results that can be believed"
CHALLENGES = (SOURCES, DIVERSITY, ARTIFACTS, RATES, INTERPRETABILITY, CONTROLLABILITY, BELIEF)
"""What the trials are about, in the words of C. J. Steinmetz, "Deep learning for automatic mixing:
challenges and next steps". The last one is the benchmark's own."""


@dataclass(frozen=True)
class Finding:
    """What a trial shows of a model.

    Attributes:
        figure: the number that decides, in the trial's unit; None if there is none.
        passed: whether it makes sense.
        reason: in one line, why; it may be empty for a pass.
        figures: further figures. A name ends with its unit.
        sounds: what is worth hearing where the trial fails, by name.
        unit: of the figure, where the model returns numbers; empty: that of the trial.
    """

    figure: float | None
    passed: bool
    reason: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    sounds: Mapping[str, Audio] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True)
class CheckTrial:
    """One line of the check-up.

    Attributes:
        name: that of its file.
        description: what is tried, in one line.
        challenge: one of `CHALLENGES`.
        expects: what makes sense, with the tolerance, in one sentence.
        limit: the tolerance alone, for a column of a table.
        unit: of the figure.
        number_limit: the tolerance for models that return numbers; empty: as for others, or they
            are not tried.
        run: raises `check_errors.DoesNotApply` or `check_errors.NotAnswered`.
    """

    name: str
    description: str
    challenge: str
    expects: str
    limit: str
    unit: str
    run: Callable[[Subject], Finding]
    number_limit: str = ""


def check_trial(
    *, challenge: str, expects: str, limit: str, unit: str, number_limit: str = ""
) -> Callable[[Callable[[Subject], Finding]], CheckTrial]:
    """Make a trial of a function. Its name and the first line of its docstring are the trial's."""

    def made(run: Callable[[Subject], Finding]) -> CheckTrial:
        description = inspect.cleandoc(run.__doc__ or "").split("\n")[0].rstrip(".")
        stated = (challenge, expects, limit, unit)
        return CheckTrial(run.__name__, description, *stated, run, number_limit)

    return made


@cache
def all_trials() -> tuple[CheckTrial, ...]:
    """Every trial of the folder `trials`, by challenge, then by name."""
    from automix_bench.checkup import trials

    names = [module.name for module in pkgutil.iter_modules(trials.__path__)]
    modules = [importlib.import_module(f"{trials.__name__}.{name}") for name in names]
    made: list[CheckTrial] = [getattr(module, module.__all__[0]) for module in modules]
    return tuple(sorted(made, key=lambda one: (CHALLENGES.index(one.challenge), one.name)))


def trials_named(names: tuple[str, ...]) -> tuple[CheckTrial, ...]:
    """The trials of these names, in the order of `all_trials`; all if there are no names.

    Raises:
        UsageError: there is no such trial.
    """
    known = {one.name: one for one in all_trials()}
    for name in names:
        if name not in known:
            raise UsageError(f"no trial {name!r}{did_you_mean(name, known)}")
    return tuple(one for one in all_trials() if not names or one.name in names)

"""Failures of a model: on which example, why, and where in the model's own code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import AutomixError


@dataclass(frozen=True)
class Failure:
    """An example without an answer that can be scored.

    Attributes:
        item: the id of the example.
        reason: one line.
        frames: the last calls in the model's own files, with file, line number and code, as in a
            traceback; empty if the model did not raise.
        trace: the whole traceback; empty if the model did not raise.
        file: where the traceback is stored; None if there is none.
    """

    item: str
    reason: str
    frames: str = ""
    trace: str = ""
    file: Path | None = None

    def __str__(self) -> str:
        return f"{self.item}: {self.reason}"


@dataclass(frozen=True)
class SameFailure:
    """Failures of one model that have one cause: the same line of its code raised the same type of
    error, or the reasons differ in their numbers alone."""

    first: Failure
    items: tuple[str, ...]


def by_cause(failures: Sequence[Failure]) -> list[SameFailure]:
    """The failures of one model, those of one cause together, in the order of their first."""
    causes: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        kind = failure.reason.partition(":")[0] if failure.frames else failure.reason
        causes.setdefault((re.sub(r"\d+", "0", kind), failure.frames), []).append(failure)
    return [SameFailure(same[0], tuple(one.item for one in same)) for same in causes.values()]


class ModelFailed(AutomixError):
    """A model failed on an example, and the run was to stop there.

    Attributes:
        model: its name on boards.
        failure: the first that came.
    """

    exit_code = 5

    def __init__(self, model: str, failure: Failure) -> None:
        where = f"; its traceback: {from_here(failure.file)}" if failure.file else ""
        super().__init__(f"{model} failed on {failure}: stopped; earlier answers are kept{where}")
        self.model, self.failure = model, failure


def from_here(path: Path) -> str:
    """A path, relative to the working directory if it lies in there."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)

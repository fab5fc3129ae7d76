"""Failures of a model: on which example, why, and where in the model's own code."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from automix_bench.errors import AutomixError
from automix_bench.evaluation.model_code import is_installed
from automix_bench.untrusted.shown import for_terminal_lines

PACKAGE = Path(__file__).parents[1]
HARNESS = Path(__file__).with_name("run.py")
"""The file that calls models."""
LONGEST_REASON = 10_000
LONGEST_TRACE = 20_000
FRAMES = 3
"""How many calls in the model's own files are shown."""


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


def one_line(error: BaseException) -> str:
    """An exception as one line of valid UTF-8, even if its `__str__` fails."""
    try:
        text = str(error)
    except Exception:
        text = "(it cannot be printed)"
    line = f"{type(error).__name__}: {text}".splitlines()[0][:LONGEST_REASON]
    return line.encode("utf-8", "replace").decode()


def trace_of(error: BaseException) -> str:
    """The traceback of a model's error, without the calls of this package that led to the model.

    It is valid UTF-8. The middle of a very long one is left out.
    """
    steps = list(_steps(error.__traceback__))
    calls = [place for place, step in enumerate(steps[:-1]) if _file_of(step) == HARNESS]
    start = steps[calls[-1] + 1] if calls else error.__traceback__
    try:
        text = "".join(traceback.format_exception(type(error), error, start))
    except Exception:  # a model may define an exception that cannot even be formatted
        text = f"{one_line(error)}\n"
    if len(text) > LONGEST_TRACE:
        half = LONGEST_TRACE // 2
        text = f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
    return text.encode("utf-8", "replace").decode()


def frames_of(error: BaseException, source: Path | None) -> str:
    """The last calls of an error's traceback in the model's own files, as a traceback shows them.

    A file is the model's own if it is `source` or no part of an installed package. If there is
    none, the last call of all is shown.

    Args:
        source: the file of the model.
    """
    steps = list(_steps(error.__traceback__))
    own = [step for step in steps if _is_own(_file_of(step), source)]
    shown = own[-FRAMES:] or steps[-1:]
    stack = traceback.StackSummary.from_list(
        frame for step in shown for frame in traceback.extract_tb(step, limit=1)
    )
    text = "".join(stack.format())
    return for_terminal_lines(text.encode("utf-8", "replace").decode()).rstrip()


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _file_of(step: TracebackType) -> Path:
    return Path(step.tb_frame.f_code.co_filename).absolute()


def _is_own(path: Path, source: Path | None) -> bool:
    if source is not None and path == source.absolute():
        return True
    return not (path.is_relative_to(PACKAGE) or is_installed(path))

"""The error of a model as text: one line, its last calls, and its traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from automix_bench.files.installed import is_installed
from automix_bench.untrusted.shown import for_terminal_lines

PACKAGE = Path(__file__).parents[1]
CALLER = PACKAGE / "isolation" / "loading.py"
"""The file that calls models."""
LONGEST_REASON = 10_000
LONGEST_TRACE = 20_000
FRAMES = 3
"""How many calls in the model's own files are shown."""


def error_line(error: BaseException) -> str:
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
    calls = [place for place, step in enumerate(steps[:-1]) if _file_of(step) == CALLER]
    start = steps[calls[-1] + 1] if calls else error.__traceback__
    try:
        text = "".join(traceback.format_exception(type(error), error, start))
    except Exception:  # a model may define an exception that cannot even be formatted
        text = f"{error_line(error)}\n"
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

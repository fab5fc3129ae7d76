"""Check a model: each trial in turn, whatever the others show."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from automix_bench.catalogue.tasks import task_named
from automix_bench.checkup.check_errors import DoesNotApply, NotAnswered
from automix_bench.checkup.check_report import CheckLine, CheckReport
from automix_bench.checkup.check_tracks import CheckTracks, composed_tracks
from automix_bench.checkup.check_trial import DOES_NOT_APPLY, FAIL, PASS, CheckTrial, trials_named
from automix_bench.checkup.model_kinds import model_kind, task_of_model
from automix_bench.checkup.subject import Subject
from automix_bench.errors import AutomixError, UsageError
from automix_bench.evaluation.entry import Entry, as_entry
from automix_bench.executor import Progress, silent
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Model
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line

LONGEST_REASON = 300
SECONDS_FOR_AN_ANSWER = 120.0


def check(
    model: str | Path | Entry | Model,
    *,
    task: str | Task | None = None,
    trials: Sequence[str] = (),
    music: CheckTracks | None = None,
    long: bool = False,
    limits: Limits | None = None,
    reads: Sequence[Path] = (),
    progress: Progress = silent,
) -> CheckReport:
    """Try a model on what the field finds difficult, a trial at a time.

    A model with a file is asked in a process and a box of its own, as in a run. One that gives no
    answer fails that line, with its error; the next trial goes on.

    Args:
        model: a name, the path of a file, or a function.
        task: what it is a model of: which trials apply follows from it. Default: that of a
            built-in model, else `mixing`.
        trials: the names of those to run; default: all.
        music: what the model is shown. Default: composed songs.
        long: with the default music, also try ten minutes.
        limits: how much of the machine it may use. Default: 120 s for an answer.
        reads: further files and folders that it may read.

    Raises:
        UnknownPlugin: there is no such model or task.
        UsageError: it is told the answers, there is no such trial, or it cannot be loaded.
        MissingPart: a package that it needs is not installed, or those that play composed songs.
    """
    entry = as_entry(model, (), reads)
    if entry.told_the_answer:
        raise UsageError(f"model {entry.title}: is told the answers, so there is nothing to check")
    name = task or task_of_model(entry.title if isinstance(model, str) else "")
    chosen = trials_named(tuple(trials))
    subject = Subject(
        entry,
        model_kind(name if isinstance(name, Task) else task_named(name)),
        music or composed_tracks(long),
        limits or Limits(item_seconds=SECONDS_FOR_AN_ANSWER),
    )
    lines = []
    try:
        subject.reply(subject.brief)  # what is loaded on the first call is no part of any trial
        state, lacking = subject.state, subject.lacking
        for number, one in enumerate(chosen):
            progress(entry.title, number, len(chosen), "trials")
            lines.append(_line(one, subject))
        progress(entry.title, len(chosen), len(chosen), "trials")
    finally:
        subject.close()
    identity = (entry.title, entry.code, entry.weights, subject.kind.task)
    return CheckReport(*identity, state, lacking, tuple(lines))


def _line(one: CheckTrial, subject: Subject) -> CheckLine:
    begun = time.perf_counter()
    try:
        finding = one.run(subject)
    except DoesNotApply as error:
        return CheckLine(one, DOES_NOT_APPLY, None, str(error), time.perf_counter() - begun)
    except (NotAnswered, AutomixError) as error:  # or it cannot be loaded once more
        reason = f"no answer: {_short(str(error))}"
        return CheckLine(one, FAIL, None, reason, time.perf_counter() - begun)
    verdict = PASS if finding.passed else FAIL
    return CheckLine(
        one,
        verdict,
        finding.figure,
        _short(finding.reason),
        time.perf_counter() - begun,
        finding.figures,
        {} if finding.passed else finding.sounds,
        finding.unit,
    )


def _short(text: str) -> str:
    return one_line(text)[:LONGEST_REASON]

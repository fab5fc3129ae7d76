"""Run a model on a task's examples and store its answers.

`run` shows a model the briefs and writes its answers; `score` reads the answers and the targets.
They may be two processes: a model never holds a target, and a corrected metric scores old answers
without the model. See `run_folder` for the layout of the folder.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, MissingPart
from automix_bench.evaluation.answer_faults import why_not_storable
from automix_bench.evaluation.each_example import ExampleKey, each_example
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.failures import (
    Failure,
    ModelFailed,
    frames_of,
    one_line,
    trace_of,
)
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_folder import (
    EncodedAnswer,
    StoredAnswer,
    begin,
    encode_answer,
    environment,
    read_answer,
    read_seconds,
    traceback_path,
    write_answer,
    write_seconds,
)
from automix_bench.evaluation.scored_data import facts_of
from automix_bench.example import Example
from automix_bench.executor import Executor, Progress, Tell, WorkerLost, silent
from automix_bench.files.locks import work_alone
from automix_bench.files.weights import answering
from automix_bench.model import Answer, TruthReader
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.workers.steps import listening_to_shares


@dataclass(frozen=True)
class RunSummary:
    """How a run ended.

    Attributes:
        failed: the examples without an answer that can be scored, and why.
        reused: how many answers come from an earlier run.
        note: what a reader of its scores must know about the data; empty if nothing.
    """

    failed: tuple[Failure, ...]
    reused: int
    note: str = ""

    @property
    def failures(self) -> tuple[str, ...]:
        """One line for each failure."""
        return tuple(map(str, self.failed))


def run(
    entry: Entry,
    task: Task,
    dataset: Dataset,
    folder: Path,
    *,
    fresh: bool = False,
    any_data: bool = False,
    fail_fast: bool = False,
    executor: Executor | None = None,
    progress: Progress = silent,
    waiting: Callable[[str], None] | None = None,
) -> RunSummary:
    """Show a model every example as the task shows it, and write what it answers.

    Answers of an earlier run of the same code are reused. That includes answers that cannot be
    scored: they stay among the failures. Examples without an answer are tried again.

    A model that raises, or that returns something other than an `Answer`, fails on that example;
    the others go on. A model that ends its process (`os._exit`, a crash in native code) fails on
    that example if an executor asks it; in this process it ends the run.

    Args:
        fresh: ask again for every answer, for a model whose weights are unknown and have changed.
        any_data: run on data that the task does not read; see `Task.recipes`.
        fail_fast: stop at the first example on which the model fails.
        executor: asks the model; each of its processes constructs the model once. None asks in
            this process, one example after another.
        waiting: called with a line where another run is at work in the folder, before this one
            waits for it. None refuses instead.

    Raises:
        DatasetError: the folder holds something else, or the run of another model, task or data
            set, or another run is at work there.
        DiskFull: there is no room; finished answers stay.
        ModelFailed: the model failed, with `fail_fast`; finished answers stay.
        UsageError: the task does not read data of this recipe, no example of the data set has the
            kind of mix that the task wants, or the model cannot be sent to the executor's
            processes.
    """
    facts, scored = facts_of(task, dataset, any_data), scored_examples(task, dataset)
    begin(
        folder,
        {
            "model": entry.title,
            "task": task.name,
            "task_version": task.version,
            "dataset": dataset.fingerprint,
            "split": dataset.split,
            "code": entry.code,
            "told_the_answer": isinstance(entry.model, TruthReader),
            "environment": environment(),
            "weights": entry.weights,
            "recipe": facts.recipe,
            "note": "; ".join(filter(None, (facts.note, scored.note))),
        },
    )
    folder = folder.resolve()  # a model may change the working directory
    shown = replace(task, metrics=())  # only `score` needs metrics; not all can travel
    work = AskModel(entry, shown, dataset, folder, fresh)
    failed: list[Failure] = []

    def note_failure(item: ExampleKey, result: Asked | WorkerLost) -> None:
        if isinstance(result, WorkerLost):
            result = Asked(str(result).removeprefix(f"{item}: "))
            write_answer(folder, item.id, EncodedAnswer(), result.failure, 0.0)
        if result.failure:
            file = traceback_path(folder, item.id) if result.trace else None
            of_model = (result.frames, result.trace, file)
            failed.append(Failure(item.id, result.failure, *of_model))
            if fail_fast:
                raise ModelFailed(entry.title, failed[-1])

    with work_alone(folder, "another run", waiting), _measuring(folder) as note_seconds:

        def finished(item: ExampleKey, result: Asked | WorkerLost) -> None:
            note_seconds(item, result)
            note_failure(item, result)

        title, numbers = f"running {entry.title}", scored.numbers
        results = each_example(executor, work, numbers, title, progress, finished)
        for left_over in folder.glob(".*.tmp"):  # by a process that was killed
            left_over.unlink()
    place = {item.id: number for number, (item, _) in enumerate(results)}
    failed.sort(key=lambda failure: place[failure.item])
    reused = sum(not isinstance(result, WorkerLost) and result.reused for _, result in results)
    return RunSummary(tuple(failed), reused, facts.note)


@contextlib.contextmanager
def _measuring(folder: Path) -> Iterator[Callable[[ExampleKey, Asked | WorkerLost], None]]:
    """Collect the seconds of answers in this process, and write them when the run ends.

    Those of an earlier run are read before any model is called. What a model writes into the folder
    meanwhile is overwritten.
    """
    seconds = read_seconds(folder)

    def note(item: ExampleKey, result: Asked | WorkerLost) -> None:
        if isinstance(result, WorkerLost) or not result.reused:
            seconds.pop(item.id, None)
        if not isinstance(result, WorkerLost) and result.seconds is not None:
            seconds[item.id] = result.seconds

    try:
        yield note
    finally:
        write_seconds(folder, seconds)


@dataclass(frozen=True)
class Asked:
    """The result of `AskModel` for one example.

    Attributes:
        failure: why the answer is missing or cannot be scored; empty if it can be.
        reused: whether the answer comes from an earlier run.
        seconds: how long the model took; None if it was not asked.
        frames, trace: as in `Failure`.
    """

    failure: str = ""
    reused: bool = False
    seconds: float | None = None
    frames: str = ""
    trace: str = ""


@dataclass(frozen=True)
class AskModel:
    """The work of `run` on one example: ask the model, unless an answer is there, and store it."""

    entry: Entry
    task: Task
    dataset: Dataset
    folder: Path
    fresh: bool

    def __call__(self, item: ExampleKey, tell: Tell) -> Asked:
        example = self.dataset[item.number]
        targets = self.task.targets(example)
        if not targets:
            return Asked()
        earlier, seconds = self._earlier(item), None
        if earlier is None:
            with listening_to_shares(tell):  # a model may separate, for example
                asked = self._ask(item, example, targets)
            if asked.failure:
                return asked
            seconds = asked.seconds
        # A reused answer may still be unfit: a second run reports what the first did.
        answer = earlier or read_answer(self.folder, item.id)
        faults = answer.faults(targets).values()
        return Asked(next(filter(None, faults), ""), earlier is not None, seconds)

    def _earlier(self, item: ExampleKey) -> StoredAnswer | None:
        """The answer of an earlier run; None if it is absent, a failure or damaged."""
        if self.fresh or not self.entry.code:
            return None
        try:
            answer = read_answer(self.folder, item.id)
        except DatasetError:
            return None
        return None if answer.failure else answer

    def _ask(self, item: ExampleKey, example: Example, targets: Stems) -> Asked:
        """Ask the model and store its answer, or why there is none.

        Whatever a model raises or returns is a result of that model, not a fault of the program:
        it is stored as a failure. Only a missing package is raised, because the user can install
        it, and a full disk.
        """
        begun = time.perf_counter()
        encoded, failure, frames, trace = EncodedAnswer(), "", "", ""
        working_directory = os.getcwd()
        try:
            try:
                answer = self._answer(example, targets)
            finally:
                os.chdir(working_directory)  # the model may have changed it
            seconds = time.perf_counter() - begun
            failure = why_not_storable(answer)
            if isinstance(answer, Answer) and not failure:
                encoded = encode_answer(item.id, answer.stems)
        except MissingPart:
            raise
        except (Exception, SystemExit, GeneratorExit) as error:
            seconds, failure = time.perf_counter() - begun, one_line(error)
            frames = frames_of(error, plugin.source_of(self.entry.model))
            trace = trace_of(error)
        write_answer(self.folder, item.id, encoded, failure, seconds, trace)
        return Asked(failure, seconds=seconds, frames=frames, trace=trace)

    def _answer(self, example: Example, targets: Stems) -> object:
        """What the model returns, which may be no `Answer`."""
        model, brief = self.entry.model, self.task.brief(example)
        with answering():
            return model.knowing(brief, targets) if isinstance(model, TruthReader) else model(brief)

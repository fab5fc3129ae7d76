"""Run a model on a task's examples and store its answers.

`run` shows a model the briefs and writes its answers; `score` reads the answers and the targets.
They may be two processes: a model never holds a target, and a corrected metric scores old answers
without the model. See `run_folder` for the layout of the folder.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.ask_model import Asked, AskModel
from automix_bench.evaluation.each_example import ExampleKey, each_example
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.environment import environment
from automix_bench.evaluation.failures import Failure, ModelFailed
from automix_bench.evaluation.model_processes import ModelProcesses
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_costs import read_costs, write_costs
from automix_bench.evaluation.run_folder import (
    EncodedAnswer,
    RunRecord,
    begin,
    identity,
    traceback_path,
    write_answer,
)
from automix_bench.evaluation.scored_data import facts_of
from automix_bench.executor import Executor, Progress, WorkerLost, silent
from automix_bench.files.locks import work_alone
from automix_bench.isolation.privileges import Limits
from automix_bench.task import Task


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
    forbidden: Sequence[Path] = (),
    limits: Limits | None = None,
    sample: int = 0,
    executor: Executor | None = None,
    progress: Progress = silent,
    waiting: Callable[[str], None] | None = None,
) -> RunSummary:
    """Show a model every example as the task shows it, and write what it answers.

    Answers of an earlier run of the same code are reused. That includes answers that cannot be
    scored: they stay among the failures. Examples without an answer are tried again.

    A model that raises, or that returns something other than an `Answer`, fails on that example;
    the others go on. A model that ends its process (`os._exit`, a crash in native code) fails on
    that example. So does one that takes too long or too much. A model with a file answers in a
    process of its own, which holds nothing but the brief and, where the system can do it, is boxed;
    see `docs/isolation.md`. Examples come to it in an order that it cannot know.

    Args:
        fresh: ask again for every answer, for a model whose weights are unknown and have changed.
        any_data: run on data that the task does not read; see `Task.recipes`.
        fail_fast: stop at the first example on which the model fails.
        forbidden: folders that the model may not read, besides the data set and this run.
        limits: how much of the machine the model may use.
        sample: the seed of what the model draws at random. Another sample wants another folder.
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
    record: RunRecord = {
        "model": entry.title,
        "task": task.name,
        "task_version": task.version,
        "dataset": dataset.fingerprint,
        "split": dataset.split,
        "code": entry.code,
        "told_the_answer": entry.told_the_answer,
        "order": secrets.token_hex(16),
        "environment": environment(),
        "weights": entry.weights,
        "recipe": facts.recipe,
        "note": "; ".join(filter(None, (facts.note, scored.note))),
    }
    if sample:
        record["sample"] = sample
    begin(folder, record)
    folder = folder.resolve()  # a model may change the working directory
    shown = replace(task, metrics=())  # only `score` needs metrics; not all can travel
    closed = (dataset.folder.resolve(), folder, *_runs_beside(folder), *forbidden)
    work = AskModel(entry, shown, dataset, folder, fresh, closed, limits or Limits(), sample)
    failed: list[Failure] = []

    def note_failure(item: ExampleKey, result: Asked | WorkerLost) -> None:
        if isinstance(result, WorkerLost):
            result = Asked(str(result).removeprefix(f"{item}: "))
            write_answer(folder, item.id, EncodedAnswer(), result.failure)
        if result.failure:
            file = traceback_path(folder, item.id) if result.trace else None
            of_model = (result.frames, result.trace, file)
            failed.append(Failure(item.id, result.failure, *of_model))
            if fail_fast:
                raise ModelFailed(entry.title, failed[-1])

    with work_alone(folder, "another run", waiting), _measuring(folder) as note_cost:

        def finished(item: ExampleKey, result: Asked | WorkerLost) -> None:
            note_cost(item, result)
            note_failure(item, result)

        title = f"running {entry.title}"
        numbers = scored.numbers
        if entry.model is None:
            numbers = _in_secret_order(numbers, identity(folder).get("order", ""))
        with ModelProcesses():
            results = each_example(executor, work, numbers, title, progress, finished)
        for left_over in folder.glob(".*.tmp"):  # by a process that was killed
            left_over.unlink()
    place = {item.id: number for number, (item, _) in enumerate(results)}
    failed.sort(key=lambda failure: place[failure.item])
    reused = sum(not isinstance(result, WorkerLost) and result.reused for _, result in results)
    return RunSummary(tuple(failed), reused, facts.note)


@contextlib.contextmanager
def _measuring(folder: Path) -> Iterator[Callable[[ExampleKey, Asked | WorkerLost], None]]:
    """Collect the costs of answers in this process, and write them when the run ends.

    Those of an earlier run are read before any model is called. What a model writes into the folder
    meanwhile is overwritten.
    """
    costs = read_costs(folder)

    def note(item: ExampleKey, result: Asked | WorkerLost) -> None:
        if isinstance(result, WorkerLost) or not result.reused:
            costs.pop(item.id, None)
        if not isinstance(result, WorkerLost) and result.cost is not None:
            costs[item.id] = result.cost

    try:
        yield note
    finally:
        write_costs(folder, costs)


def _runs_beside(folder: Path) -> list[Path]:
    """The other runs beside this one, such as that of the ceiling: their folders and scorecards."""
    others = [record.parent for record in folder.parent.glob("*/run.json")]
    return [*others, *(other.with_suffix(".json") for other in others)]


def _in_secret_order(numbers: Sequence[int], secret: str) -> tuple[int, ...]:
    """The examples in an order that a model cannot know, so that their number tells it nothing."""
    return tuple(sorted(numbers, key=lambda n: sha256(f"{secret} {n}".encode()).digest()))

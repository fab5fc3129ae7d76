"""The harness: examples through a model, and what comes out against what was wanted.

`run` shows a model the briefs and writes its answers; `score` reads the answers and the targets.
The two need not be one process: a model never holds a target, and a mended metric scores old
answers without the model.

What lies in the folder of a run, `run_folder` and `answers` say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation import answers
from automix_bench.evaluation.answers import Item
from automix_bench.evaluation.each_example import anywhere, each_example
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.environment import environment
from automix_bench.evaluation.run_folder import begin
from automix_bench.example import Example
from automix_bench.executor import Executor, Progress, Tell, WorkerLost, silent
from automix_bench.files.locks import work_alone
from automix_bench.model import TruthReader
from automix_bench.song import Stems
from automix_bench.task import Task


@dataclass(frozen=True)
class Ran:
    """What a run did.

    Attributes:
        failures: what went wrong, an item a line.
        kept: how many answers are those of an earlier run.
    """

    failures: tuple[str, ...]
    kept: int


def run(
    entry: Entry,
    task: Task,
    dataset: Dataset,
    folder: Path,
    *,
    fresh: bool = False,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Ran:
    """Show the model every example as the task shows it; write what it answers.

    Answers of an earlier run of the same code are kept, also those that will fail when they are
    scored, which stay among the failures; items without an answer are tried again. A model that
    raises, or returns what is no answer, has failed on that item; the others go on. So has one that
    ends its process (`os._exit`, a crash in native code), if that is an executor's; in this process
    it ends the run.

    Args:
        fresh: ask again for what was answered before, for a model whose weights have changed.
        executor: asks; each of its processes makes the model once. None asks here, one example
            after another.

    Raises:
        DatasetError: the folder holds something else, or the run of another model, task or data.
        DiskFull: there is no room; finished items stay.
        UsageError: the model cannot be sent to the executor's processes.
    """
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
        },
    )
    failures, kept = [], 0
    folder = folder.resolve()  # a model may change the working directory
    shown = replace(task, metrics=())  # those are for `score`, and need not travel
    work = AskModel(entry, shown, dataset, folder, fresh)
    with work_alone(folder, "another run"):
        for item, asked in each_example(executor, work, f"running {entry.title}", progress):
            if isinstance(asked, WorkerLost):
                asked = Asked(str(asked).removeprefix(f"{item}: "))
                answers.fail(folder / f"{item}.json", asked.failure)
            if asked.failure:
                failures.append(f"{item}: {asked.failure}")
            kept += asked.kept
        for left_over in folder.glob(".*.tmp"):  # by a process that ended
            left_over.unlink()
    return Ran(tuple(failures), kept)


@dataclass(frozen=True)
class Asked:
    """What became of one item of a run: why its answer is none or will fail when it is scored, and
    whether it is that of an earlier run."""

    failure: str = ""
    kept: bool = False


@dataclass(frozen=True)
class AskModel:
    """The work of `run`: ask for one answer, unless it is there, and keep it in the folder."""

    entry: Entry
    task: Task
    dataset: Dataset
    folder: Path
    fresh: bool

    def __reduce__(self) -> tuple[Callable[..., AskModel], tuple[object, ...]]:
        return AskModel, (self.entry, self.task, anywhere(self.dataset), self.folder, self.fresh)

    def __call__(self, item: Item, tell: Tell) -> Asked:
        record, example = self.folder / f"{item}.json", self.dataset[item.number]
        targets = self.task.targets(example)
        if not targets:
            return Asked()
        kept = answers.finished(record) if self.entry.code and not self.fresh else None
        if kept is None and (said := answers.keep(record, lambda: self._answer(example, targets))):
            return Asked(said)
        # One that is kept may be of no use all the same: a second run ends as the first did.
        answered = kept or answers.read(record)
        return Asked(answers.misfit(targets, answered.stems), kept is not None)

    def _answer(self, example: Example, targets: Stems) -> Any:
        """Whatever the model gives back: `keep` looks at it."""
        model, brief = self.entry.model, self.task.brief(example)
        return model.knowing(brief, targets) if isinstance(model, TruthReader) else model(brief)

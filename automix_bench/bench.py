"""The harness: examples through a model, and what comes out against what was wanted.

`run` shows a model the briefs and writes its answers; `score` reads the answers and the targets.
The two need not be one process: a model never holds a target, and a mended metric scores old
answers without the model.

What lies in the folder of a run, `run_folder` and `answers` say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench import answers, plugin
from automix_bench.answers import Item
from automix_bench.canonical import alone, file_sha256
from automix_bench.dataset.reader import Dataset
from automix_bench.environment import environment
from automix_bench.errors import BrokenPlugin, MissingPart, UsageError
from automix_bench.example import Example
from automix_bench.executor import Executor, Outcome, Tell, WorkerLost
from automix_bench.executors.inline import Inline
from automix_bench.metric import Metric
from automix_bench.model import Model, TruthReader
from automix_bench.progress import Progress, silent
from automix_bench.run_folder import begin, demand_same, identity
from automix_bench.scorecard import Score, Scorecard
from automix_bench.scoring import ScoreExample, anywhere
from automix_bench.song import Stems
from automix_bench.task import Task


@dataclass(frozen=True)
class Entry:
    """A model as it competes.

    Attributes:
        title: its name on boards.
        code: the sha256 of the file it is written in: an edited model is another model. What that
            file loads (weights, other modules) is not part of it. Empty for a model without a
            file, typed into a notebook: its answers are never kept for a later run.
        name: the plug-in's, by which another process makes the model again. Without one the model
            itself is sent there, if it can be.
    """

    title: str
    model: Model | TruthReader
    code: str = ""
    name: str = ""

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[object, ...]]:
        if self.name:
            return _made_again, (self.title, self.code, self.name)
        return Entry, (self.title, self.model, self.code)


def entry(name: str) -> Entry:
    """The model that a plug-in's name stands for.

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is no model.
    """
    offered = plugin.load("models", name)
    source = Path(name) if name.endswith(".py") else plugin.source_of(offered)
    title = Path(name).name if name.endswith(".py") else name
    found = str(Path(name).absolute()) if name.endswith(".py") else name
    return Entry(title, instance(name, offered), file_sha256(source) if source else "", found)


def _made_again(title: str, code: str, name: str) -> Entry:
    made = entry(name)
    if made.code != code:
        raise BrokenPlugin(f"{name}: was changed while it was in use: start again")
    return replace(made, title=title)


def instance(name: str, model: Any) -> Model | TruthReader:
    """A model from what a plug-in offers: a class is called without arguments, a function is
    taken as it is.

    Raises:
        UsageError: the class wants arguments, or the object is no model.
    """
    if isinstance(model, type):
        try:
            model = model()
        except MissingPart:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise UsageError(f"model {name}: cannot be made without arguments: {said}") from error
    if not isinstance(model, Model | TruthReader) or isinstance(model, Metric):
        raise UsageError(f"model {name}: wanted something to call with a Brief, got {model!r}")
    return model


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
    with alone(folder, "another run"):
        for item, asked in _results(executor, work, f"running {entry.title}", progress):
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


def score(
    task: Task,
    dataset: Dataset,
    folder: Path,
    *,
    also: Sequence[Metric] = (),
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Scorecard:
    """Measure every answer in a run against its target.

    Every cell exists: an answer, or a stem of one, that is missing, of the wrong name, length or
    rate, not finite, or silent where sound was wanted, gets each metric's worst value and the
    status `failed`. The scores are in the order of the examples, whatever the executor and the
    order in which it ends.

    Args:
        also: metrics beyond the task's own, which stand in the card behind those.
        executor: measures; None measures here, one example after another.

    Raises:
        DatasetError: the folder holds no run of this task and data set.
        UsageError: a metric that is not built in fails, or cannot be sent to other processes.
    """
    said = identity(folder)
    demand_same(
        folder,
        said,
        {"task": task.name, "task_version": task.version, "dataset": dataset.fingerprint},
    )
    work = ScoreExample(task.measured_by(also), dataset, folder.absolute())
    scores: list[Score] = []
    cost = {"audio_seconds": 0.0, "work_seconds": 0.0}
    for _, scored in _results(executor, work, f"scoring {said['model']}", progress):
        if isinstance(scored, WorkerLost):
            raise scored
        scores += scored.scores
        cost["audio_seconds"] += scored.audio_seconds
        cost["work_seconds"] += scored.work_seconds
    return Scorecard(
        task.name,
        task.version,
        dataset.fingerprint,
        said["model"],
        tuple(scores),
        cost,
        said["environment"],
        said["told_the_answer"],
    )


def _results(
    executor: Executor | None, work: AskModel | ScoreExample, title: str, progress: Progress
) -> list[tuple[Item, Any]]:
    """What work returns on each example, in their order; `WorkerLost` where its process ended. Any
    other error ends all of it."""
    items = [Item(n, work.dataset.place(n)["id"]) for n in range(len(work.dataset))]
    ended: list[Outcome] = []
    with contextlib.closing((executor or Inline()).map(work, items, _not_heard)) as outcomes:
        for outcome in outcomes:
            if outcome.error is not None and not isinstance(outcome.error, WorkerLost):
                raise outcome.error
            ended.append(outcome)
            progress(title, len(ended), len(items), "examples")
    ended.sort(key=lambda outcome: outcome.item.number)
    return [(outcome.item, outcome.error or outcome.result) for outcome in ended]


def _not_heard(item: Item, told: Any) -> None:
    """Neither work tells anything before it ends."""

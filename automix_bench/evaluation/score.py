"""Score a model's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path

from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.memo import sharing
from automix_bench.errors import MissingPart, UsageError
from automix_bench.evaluation import answers
from automix_bench.evaluation.answers import Item
from automix_bench.evaluation.each_example import anywhere, each_example
from automix_bench.evaluation.run_folder import demand_same, identity
from automix_bench.example import Example
from automix_bench.executor import Executor, Progress, Tell, WorkerLost, silent
from automix_bench.metric import Metric
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.workers.pickling import ByName


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
    for _, scored in each_example(executor, work, f"scoring {said['model']}", progress):
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


@dataclass(frozen=True)
class Scored:
    """What was measured on one example, and what its answer cost; nothing where there is none."""

    scores: tuple[Score, ...]
    audio_seconds: float
    work_seconds: float


@dataclass(frozen=True)
class ScoreExample:
    """The work of `score`: one answer in the folder against its targets."""

    task: Task
    dataset: Dataset
    folder: Path

    def __reduce__(self) -> tuple[Callable[..., ScoreExample], tuple[object, ...]]:
        metrics = tuple(ByName(metric) for metric in self.task.metrics)
        task, dataset = replace(self.task, metrics=()), anywhere(self.dataset)
        return _scoring, (task, metrics, dataset, self.folder)

    def __call__(self, item: Item, tell: Tell) -> Scored:
        kept = answers.read(self.folder / f"{item}.json")
        example = self.dataset[item.number]
        scores = tuple(_compare(self.task, example, kept))
        seconds = example.before.mix.length / example.before.mix.rate
        return Scored(scores, seconds if kept.seconds else 0.0, kept.seconds)


def _scoring(
    task: Task, metrics: tuple[ByName, ...], dataset: Dataset, folder: Path
) -> ScoreExample:
    return ScoreExample(replace(task, metrics=tuple(m.value for m in metrics)), dataset, folder)


def _compare(task: Task, example: Example, item: answers.Kept) -> Iterator[Score]:
    """Every metric of every stem, stem by stem."""
    targets = task.targets(example)
    failures = {
        stem: item.failure or answers.unfit(stem, target, item.stems)
        for stem, target in targets.items()
    }
    fit = {stem: item.stems[stem] for stem, failure in failures.items() if not failure}
    values = dict(_values(task.metrics, targets, fit, example.id))
    for stem, failure in failures.items():
        for metric in task.metrics:
            cell = (example.id, example.song, stem, metric.name)
            if failure:
                yield Score(*cell, metric.worst, "failed", failure)
            else:
                value = values[stem, metric.name]
                yield Score(*cell, value, "undefined" if isnan(value) else "ok")


def _values(
    metrics: Sequence[Metric], targets: Stems, answered: Stems, item: str
) -> Iterator[tuple[tuple[str, str], float]]:
    """The value of each metric of each stem that was answered. What metrics share is kept for one
    stem at a time, and for all of them only where they hang together."""
    for stem, estimate in answered.items():
        with sharing():
            for metric in metrics:
                if metric.stems is None:
                    found = _measured(metric, {stem: targets[stem]}, {stem: estimate}, item)
                    yield (stem, metric.name), found[stem]
    with sharing():
        for metric in metrics:
            if metric.stems is not None:
                for stem, value in _measured(metric, targets, answered, item).items():
                    yield (stem, metric.name), value


def _measured(
    metric: Metric, references: Stems, estimates: Stems, item: str
) -> Mapping[str, float]:
    """The metric's values. A fault in one of ours keeps its traceback; in another it is named."""
    try:
        return metric.of_stems(references=references, estimates=estimates)
    except MissingPart:
        raise
    except Exception as error:
        if metric.written_in.startswith("automix_bench."):
            raise
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"metric {metric.name} fails on {item}: {said}") from error

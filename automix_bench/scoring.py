"""One answer against what was wanted, metric by metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from automix_bench import answers
from automix_bench.answers import Item
from automix_bench.audio import Audio
from automix_bench.by_name import ByName
from automix_bench.dataset import Dataset
from automix_bench.errors import UsageError
from automix_bench.example import Example
from automix_bench.executor import Tell
from automix_bench.metric import Metric
from automix_bench.scorecard import Score
from automix_bench.task import Task


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
        kept = answers.read(self.folder / f"{item}.json") or answers.Kept({}, "no answer", 0.0)
        example = self.dataset[item.number]
        scores = tuple(_compare(self.task, example, kept))
        seconds = example.before.mix.length / example.before.mix.rate
        return Scored(scores, seconds if kept.seconds else 0.0, kept.seconds)


def _scoring(
    task: Task, metrics: tuple[ByName, ...], dataset: Dataset, folder: Path
) -> ScoreExample:
    return ScoreExample(replace(task, metrics=tuple(m.value for m in metrics)), dataset, folder)


def anywhere(dataset: Dataset) -> Dataset:
    """The data set, for a process that may have another working directory."""
    return replace(dataset, folder=dataset.folder.absolute())


def _compare(task: Task, example: Example, item: answers.Kept) -> Iterator[Score]:
    for stem, target in task.targets(example).items():
        estimate = item.stems.get(stem)
        failure = item.failure or answers.unfit(stem, target, item.stems)
        for metric in task.metrics:
            cell = (example.id, example.song, stem, metric.name)
            if failure or estimate is None:
                yield Score(*cell, metric.worst, "failed", failure)
            else:
                value = _measured(metric, target, estimate, example.id)
                yield Score(*cell, value, "undefined" if value != value else "ok")


def _measured(metric: Metric, reference: Audio, estimate: Audio, item: str) -> float:
    """The metric's value. A fault in one of ours keeps its traceback; in another it is named."""
    try:
        return metric(reference=reference, estimate=estimate)
    except Exception as error:
        if str(getattr(metric.measure, "__module__", "")).startswith("automix_bench."):
            raise
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"metric {metric.name} fails on {item}: {said}") from error

"""The contract of a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from automix_bench import plugin
from automix_bench.errors import UsageError
from automix_bench.example import Example
from automix_bench.metric import Metric
from automix_bench.model import Brief
from automix_bench.song import Stems


@dataclass(frozen=True)
class Task:
    """Two views of an example, and how to compare what comes back.

    Attributes:
        version: raised whenever scores change; scores across versions do not compare.
        description: what is shown and what is wanted, in a sentence.
        brief: what the model is shown.
        targets: what it should return; the names are the stems that are scored.
        metrics: the first one ranks the board.
        floor, ceiling: models by name, run with every board: doing nothing, and knowing all.
    """

    name: str
    version: int
    description: str
    brief: Callable[[Example], Brief]
    targets: Callable[[Example], Stems]
    metrics: tuple[Metric, ...]
    floor: str
    ceiling: str

    def measured_by(self, also: Sequence[Metric]) -> Task:
        """The task with further metrics behind its own, each of them once."""
        own = {metric.name for metric in self.metrics}
        further = {metric.name: metric for metric in also if metric.name not in own}
        return replace(self, metrics=(*self.metrics, *further.values()))


def task_named(name: str) -> Task:
    """The task that a plug-in's name stands for.

    Raises:
        UnknownPlugin: there is no such plug-in.
        UsageError: what it stands for is no task.
    """
    offered = plugin.load("tasks", name)
    if not isinstance(offered, Task):
        raise UsageError(f"task {name}: wanted a Task, got a {type(offered).__name__}")
    return offered

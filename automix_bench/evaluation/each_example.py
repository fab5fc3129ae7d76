"""Run or score each example, here or in an executor."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.answers import Item
from automix_bench.executor import Executor, Outcome, Progress, Tell, WorkerLost
from automix_bench.executors.inline import Inline


@runtime_checkable
class ExampleWork(Protocol):
    """Work that is done once per example of a data set."""

    @property
    def dataset(self) -> Dataset:
        """The examples."""
        ...

    def __call__(self, item: Item, tell: Tell) -> Any:
        """The result on one example."""
        ...


def each_example(
    executor: Executor | None, work: ExampleWork, title: str, progress: Progress
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


def anywhere(dataset: Dataset) -> Dataset:
    """The data set, for a process that may have another working directory."""
    return replace(dataset, folder=dataset.folder.absolute())

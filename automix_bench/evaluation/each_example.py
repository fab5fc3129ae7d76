"""Do work on each example of a data set, in this process or in an executor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from automix_bench.dataset.reader import Dataset
from automix_bench.executor import Executor, Outcome, Progress, Tell, WorkerLost
from automix_bench.executors.inline import Inline

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True)
class ExampleKey:
    """An example by its number in the data set and its id; what travels to workers."""

    number: int
    id: str

    def __str__(self) -> str:
        return self.id


@runtime_checkable
class ExampleWork(Protocol[Result_co]):
    """Work that is done once for each example of a data set."""

    @property
    def dataset(self) -> Dataset:
        """The examples."""
        ...

    def __call__(self, item: ExampleKey, tell: Tell) -> Result_co:
        """The result for one example."""
        ...


def each_example(
    executor: Executor | None,
    work: ExampleWork[Result],
    numbers: Sequence[int],
    title: str,
    progress: Progress,
    finished: Callable[[ExampleKey, Result | WorkerLost], None] | None = None,
) -> list[tuple[ExampleKey, Result | WorkerLost]]:
    """Do the work on some examples; return the results in the order of the data set.

    Work may tell the share of its example that is done, from 0 to 1. An example on which a worker
    process died has that `WorkerLost` as its result. Any other error of the work ends everything
    and is raised.

    Args:
        executor: does the work; None does it in this process, one example after another.
        numbers: of the examples in the data set of the work.
        title: what `progress` calls the work.
        finished: is called with each result as it comes, in this process.
    """
    items = [ExampleKey(n, work.dataset.place(n)["id"]) for n in numbers]
    results: list[tuple[ExampleKey, Result | WorkerLost]] = []
    shares: dict[ExampleKey, float] = {}

    def report() -> None:
        progress(title, len(results) + sum(shares.values()), len(items), "examples")

    def take_share(item: ExampleKey, share: float) -> None:
        shares[item] = share
        report()

    report()
    with contextlib.closing((executor or Inline()).map(work, items, take_share)) as outcomes:
        for outcome in outcomes:
            shares.pop(outcome.item, None)
            results.append((outcome.item, _result(outcome)))
            if finished:
                finished(*results[-1])
            report()
    return sorted(results, key=lambda result: result[0].number)


def _result(outcome: Outcome) -> Any:
    """What the work returned, or the loss of its worker; any other error is raised."""
    if outcome.error is None:
        return outcome.result
    if isinstance(outcome.error, WorkerLost):
        return outcome.error
    raise outcome.error

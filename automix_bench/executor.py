"""The contract of an executor: it does one kind of work on many items, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from automix_bench.errors import AutomixError

# Work calls this with messages about its item, to report progress.
Tell = Callable[[Any], None]
# Does one item. Its result and its messages travel between processes: keep them small.
Work = Callable[[Any, Tell], Any]
# Is called with an item and each message that the work tells about it.
OnMessage = Callable[[Any, Any], None]


@dataclass(frozen=True)
class Outcome:
    """The end of an item: a result or an error.

    Attributes:
        result: what the work returned.
        error: what the work raised; None if it returned.
    """

    item: Any
    result: Any = None
    error: Exception | None = None


class WorkerLost(AutomixError):
    """A worker died twice on one item (the other items continue), or could not start (the run
    stops)."""


@runtime_checkable
class Executor(Protocol):
    """Does work on items, several at a time.

    Every item has one outcome. Outcomes come in the order in which items end. An item that fails
    does not affect the others. No item is at work twice at the same time. An item may be begun
    again after a worker was lost, so work must leave an item either done or as it was. Closing the
    generator, or an interrupt, stops everything that is at work.

    Work, items and results must be values that `workers.pickling.packed` takes. They name sound by
    path or id and contain none.
    """

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]: ...


@runtime_checkable
class Staged(Protocol):
    """Work in two stages. Each item needs a preparation step that runs on other workers, such as
    separation on a GPU with a model that takes long to load.

    An executor may do the things that an item needs first, on a few workers that each unpack
    `ahead` once and keep it, and then the item. Or it may do the item alone: the work then does
    what is not done yet, with the same result. If something that an item needs fails, the item
    fails.
    """

    @property
    def ahead(self) -> Work | None:
        """Does one of the things that items need, and leaves it where the work finds it. Its
        result and its messages are dropped. None if no item needs anything."""

    def needs(self, item: Any) -> Sequence[Any]:
        """The things that an item needs: a few values that `ahead` takes as its items."""


def attempt(work: Work, item: Any, tell: Tell) -> Outcome:
    """Do one item. An error becomes its outcome; an interrupt is not caught."""
    try:
        return Outcome(item, work(item, tell))
    except Exception as error:
        return Outcome(item, error=error)


@runtime_checkable
class Progress(Protocol):
    """Called after every step of long work."""

    def __call__(self, what: str, done: float, total: float, unit: str) -> None:
        """`done` of `total` are finished, counted in `unit` ("s of audio", "items"), of `what`."""


def silent(what: str, done: float, total: float, unit: str) -> None:
    """The `Progress` that does nothing."""

"""The contract of an executor: one piece of work done on many items, wherever there is room."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from automix_bench.errors import AutomixError

# What work calls, while it is at an item, to say how far it is.
Tell = Callable[[Any], None]
# Does one item. What it returns and what it tells travels between processes: keep it small.
Work = Callable[[Any, Tell], Any]
# Is called with an item and each message that the work tells about it.
OnMessage = Callable[[Any, Any], None]


@dataclass(frozen=True)
class Outcome:
    """How an item ended.

    Attributes:
        result: what the work returned.
        error: what it raised instead; None if it did not.
    """

    item: Any
    result: Any = None
    error: Exception | None = None


class WorkerLost(AutomixError):
    """A process that worked on an item ended without a word, twice: other items are not touched. Or
    one did not even start: then all is ended."""


@runtime_checkable
class Executor(Protocol):
    """Does work on items, at several of them at once.

    Every item has one outcome, in whatever order they end; one that fails leaves the others alone.
    An item is never at work twice at the same time, but may be begun again after a worker was
    lost, so that work leaves an item done or not begun. Closing the generator, or an interrupt,
    ends all that is at work.

    Work, items and results are values that `packing.packed` takes: they say by name, path or id
    where sound lies, and hold none.
    """

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]: ...


@runtime_checkable
class Staged(Protocol):
    """Work whose items need something done first that has other wants: a GPU, say, and a model
    that takes long to load. That has its own place, and its own work.

    An executor may do what an item needs ahead of it, on few workers that each unpack `ahead` once
    and keep it; then it does the item. Or it just does the item: work does what it needs and finds
    undone, to the same end. An item fails with what it needs.
    """

    @property
    def ahead(self) -> Work | None:
        """Does one of the things that items need, and leaves it where the work finds it; what it
        returns and tells is heard by nobody. None if this work's items need nothing."""
        ...

    def needs(self, item: Any) -> Sequence[Any]:
        """What an item needs done ahead, a few values of the kind that items are."""
        ...


def stages_of(work: Work) -> tuple[dict[bool, Work], Callable[[Any], Sequence[Any]] | None]:
    """The work of each stage, by whether that is the one ahead; and what an item needs ahead, None
    if no item needs anything."""
    if isinstance(work, Staged) and (ahead := work.ahead) is not None:
        return {False: work, True: ahead}, work.needs
    return {False: work}, None


def attempt(work: Work, item: Any, tell: Tell) -> Outcome:
    """The outcome of one item; an error is its outcome, an interrupt goes on upwards."""
    try:
        return Outcome(item, work(item, tell))
    except Exception as error:
        return Outcome(item, error=error)


@runtime_checkable
class Progress(Protocol):
    """Told after every step of long work."""

    def __call__(self, what: str, done: float, total: float, unit: str) -> None:
        """`done` of `total` `unit` (seconds of audio, items) of `what` are finished."""
        ...


def silent(what: str, done: float, total: float, unit: str) -> None:
    """Tell nobody."""

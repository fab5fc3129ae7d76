"""A queue of jobs: an item is handed out once the things that it needs are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automix_bench.executor import Staged, Work


@dataclass(frozen=True)
class Job:
    """One thing to do: an item, or a thing that an item needs.

    Attributes:
        number: the index of the item.
        thing: what the work is called with.
        ahead: whether `Staged.ahead` does it.
        tries: how often it was begun, this time included.
    """

    number: int
    item: Any
    thing: Any
    ahead: bool
    tries: int = 1


def stages_of(work: Work) -> tuple[dict[bool, Work], Callable[[Any], Sequence[Any]] | None]:
    """The work of each stage: `{False: the work, True: the work ahead}`. Also the function that
    gives the needs of an item; None if no item needs anything."""
    if isinstance(work, Staged) and (ahead := work.ahead) is not None:
        return {False: work, True: ahead}, work.needs
    return {False: work}, None


def workers_ahead(
    items: Sequence[Any], needs: Callable[[Any], Sequence[Any]] | None, most: int
) -> int:
    """The number of workers for the stage ahead: one for each need of an item, at most `most`."""
    if needs is None:
        return 0
    count = 0
    for item in items:
        count += len(needs(item))
        if count >= most:
            return most
    return count


class Jobs:
    """The jobs of all items. Needs are handed out in the order of the items; an item is handed out
    when all its needs are done."""

    def __init__(
        self, items: Sequence[Any], needs: Callable[[Any], Sequence[Any]] | None, ahead: int
    ) -> None:
        """
        Args:
            needs: gives the needs of an item; None if no item needs anything.
            ahead: the number of items that are prepared before a worker is free for them.
        """
        self._items, self._needs, self._most = items, needs, ahead
        self._seen = 0
        self._queues: dict[bool, deque[Job]] = {False: deque(), True: deque()}
        self._missing: dict[int, int] = {}  # the number of needs that are not done, by item

    def next(self, *, ahead: bool) -> Job | None:
        """The next job of a stage; None if none can be begun now."""
        while self._seen < len(self._items) and self._waiting() < self._most:
            self._prepare(self._seen)
            self._seen += 1
        queue = self._queues[ahead]
        return queue.popleft() if queue else None

    def over(self, *, ahead: bool) -> bool:
        """Whether no job of a stage is left to begin, now or later."""
        later = self._seen < len(self._items) or (not ahead and bool(self._missing))
        return not later and not self._queues[ahead]

    def done(self, job: Job) -> None:
        """Note that a job has ended without an error."""
        if job.ahead and job.number in self._missing:
            self._missing[job.number] -= 1
            if self._missing[job.number] == 0:
                del self._missing[job.number]
                self._queues[False].append(Job(job.number, job.item, job.item, ahead=False))

    def again(self, job: Job) -> None:
        """Hand out a lost job again, as the next one."""
        if not job.ahead or job.number in self._missing:
            self._queues[job.ahead].appendleft(replace(job, tries=job.tries + 1))

    def failed(self, job: Job) -> bool:
        """Note that a job has failed, and with it its item. False if the item had failed before."""
        if not job.ahead:
            return True
        first = self._missing.pop(job.number, 0) > 0
        others = (one for one in self._queues[True] if one.number != job.number)
        self._queues[True] = deque(others)
        return first

    def _waiting(self) -> int:
        return len(self._missing) + len(self._queues[False])

    def _prepare(self, number: int) -> None:
        item = self._items[number]
        needed = self._needs(item) if self._needs is not None else ()
        if needed:
            self._missing[number] = len(needed)
            self._queues[True].extend(Job(number, item, one, ahead=True) for one in needed)
        else:
            self._queues[False].append(Job(number, item, item, ahead=False))

"""In what order items come to those who work: after what they need, and not too far ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Job:
    """One thing to do: an item, or one of those that it needs ahead.

    Attributes:
        number: of the item.
        thing: what the work is given.
        ahead: it is done by `Staged.ahead`.
        tries: how often it was begun, this time included.
    """

    number: int
    item: Any
    thing: Any
    ahead: bool
    tries: int = 1


def wanted_ahead(
    items: Sequence[Any], needs: Callable[[Any], Sequence[Any]] | None, most: int
) -> int:
    """How many should do what is needed ahead: as many as there are needs, and `most` of them."""
    if needs is None:
        return 0
    count = 0
    for item in items:
        count += len(needs(item))
        if count >= most:
            return most
    return count


class Jobs:
    """The jobs of all items. What each item needs comes in its order; an item is next when all it
    needs is done."""

    def __init__(
        self, items: Sequence[Any], needs: Callable[[Any], Sequence[Any]] | None, ahead: int
    ) -> None:
        """
        Args:
            needs: of an item; None if none needs anything.
            ahead: how many items are looked at before somebody has room for them.
        """
        self._items, self._needs, self._most = items, needs, ahead
        self._seen = 0
        self._queues: dict[bool, deque[Job]] = {False: deque(), True: deque()}
        self._missing: dict[int, int] = {}  # how many needs of an item are not done

    def next(self, *, ahead: bool) -> Job | None:
        """A job of that stage; None if none can be begun now."""
        while self._seen < len(self._items) and self._waiting() < self._most:
            self._look_at(self._seen)
            self._seen += 1
        queue = self._queues[ahead]
        return queue.popleft() if queue else None

    def over(self, *, ahead: bool) -> bool:
        """No job of that stage is left to begin, now or later."""
        later = self._seen < len(self._items) or (not ahead and bool(self._missing))
        return not later and not self._queues[ahead]

    def done(self, job: Job) -> None:
        """A job has ended well."""
        if job.ahead and job.number in self._missing:
            self._missing[job.number] -= 1
            if self._missing[job.number] == 0:
                del self._missing[job.number]
                self._queues[False].append(Job(job.number, job.item, job.item, ahead=False))

    def again(self, job: Job) -> None:
        """A job was lost on its way, and comes next."""
        if not job.ahead or job.number in self._missing:
            self._queues[job.ahead].appendleft(replace(job, tries=job.tries + 1))

    def failed(self, job: Job) -> bool:
        """A job has failed, and with it its item; False if that had failed already."""
        if not job.ahead:
            return True
        first = self._missing.pop(job.number, 0) > 0
        kept = [one for one in self._queues[True] if one.number != job.number]
        self._queues[True] = deque(kept)
        return first

    def _waiting(self) -> int:
        return len(self._missing) + len(self._queues[False])

    def _look_at(self, number: int) -> None:
        item = self._items[number]
        needed = self._needs(item) if self._needs is not None else ()
        if needed:
            self._missing[number] = len(needed)
            self._queues[True].extend(Job(number, item, one, ahead=True) for one in needed)
        else:
            self._queues[False].append(Job(number, item, item, ahead=False))

"""Who sends items to a cluster as array jobs, and looks after them until they have ended."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.executor import Heard, Outcome, WorkerLost
from automix_bench.files.atomic import write_whole
from automix_bench.workers.pickling import unpacked
from automix_bench.workers.process import ATTEMPTS
from automix_bench.workers.slurm import commands
from automix_bench.workers.slurm.spool import Array, Place, Room, key_of, read_ended, read_told

# Asked in vain so often in a row, the cluster is not restarting but gone.
PATIENCE = 30
# How long a task that has done its items may take to leave by itself.
LEAVING_SECONDS = 5.0


@dataclass(frozen=True)
class Manner:
    """How items are sent and waited for; the fields are those of `executors/slurm.py`."""

    workers: int | None
    array_limit: int | None
    items_per_task: int
    poll_seconds: float
    grace_seconds: float


@dataclass(frozen=True)
class _Waited:
    """An item of which there is no outcome yet."""

    key: str
    item: Any
    tries: int = 1


class Crew:
    """The array jobs of one `map`, and the items that are in none of them."""

    def __init__(
        self,
        room: Room,
        order: bytes,
        items: Sequence[Any],
        heard: Heard,
        *,
        needs: commands.Needs,
        manner: Manner,
    ) -> None:
        self._room, self._order, self._heard = room, order, heard
        self._needs, self._manner = needs, manner
        self._unsent = deque(_Waited(key_of(item), item) for item in items)
        self._sent: dict[Array, dict[Place, _Waited]] = {}
        self._heard_of: dict[tuple[Array, Place], int] = {}
        self._gone_since: dict[tuple[str, int], float] = {}
        self._last: commands.Queue = {}
        self._asked_in_vain = 0
        self._limit = manner.array_limit
        self._refused = False

    @property
    def at_work(self) -> bool:
        return bool(self._unsent or self._sent)

    def adopt(self) -> None:
        """Wait for what an earlier run of this work has in the queue, and forget the rest of it.

        An item that ended meanwhile is among those asked for because it was not done when they
        were listed: it is sent anew.
        """
        arrays = self._room.arrays()
        queue = commands.queue() if arrays else {}
        unsent = defaultdict(list)
        for waited in reversed(self._unsent):
            unsent[waited.key].append(waited)
        for array in arrays:
            tasks = [t for t, of in enumerate(array.called()) if _live(queue, array, t)]
            if not tasks:
                array.remove()
                continue
            called, ended = array.called(), array.ended()
            for task in tasks:
                for position, one in enumerate(called[task]):
                    place = Place(task, position)
                    if place not in ended and unsent[one.key]:
                        self._sent.setdefault(array, {})[place] = unsent[one.key].pop()
        left = {id(waited) for of_key in unsent.values() for waited in of_key}
        self._unsent = deque(waited for waited in self._unsent if id(waited) in left)

    def submit(self) -> None:
        """Send what is not sent: all of it, or an array at a time if there are so many workers
        and no more, or as much as the cluster takes now."""
        while self._unsent and not (self._sent and self._manner.workers):
            try:
                self._submit_one()
                self._refused = False
            except commands.Refused:
                idle = not (self._sent or _jobs(commands.queue(), self._room.arrays()))
                if idle and (self._refused or not self._room.arrays()):
                    raise
                # Once ours have left there may be room; the last of them perhaps left just now.
                self._refused = idle
                return

    def _submit_one(self) -> None:
        if self._limit is None:
            self._limit = commands.most_tasks()
        each = self._manner.items_per_task
        taken = list(self._unsent)[: each * self._limit]
        shares = [taken[first : first + each] for first in range(0, len(taken), each)]
        array = self._room.add(self._order, [[w.item for w in share] for share in shares])
        write_whole(array.script, commands.batch_script(array.folder, self._needs).encode())
        try:
            job = commands.submit(array.name, array.script, len(shares), self._manner.workers)
        except UsageError:
            array.remove()
            raise
        write_whole(array.folder / "job", job.encode())
        self._sent[array] = {
            Place(task, position): waited
            for task, share in enumerate(shares)
            for position, waited in enumerate(share)
        }
        for _ in taken:
            self._unsent.popleft()

    def next_outcomes(self) -> Iterator[Outcome]:
        """Look once, after a while: the queue before the spool, so that a task that is over has
        its outcomes there."""
        time.sleep(self._manner.poll_seconds)
        queue = self._queue()
        for array, places in list(self._sent.items()):
            for place, path in sorted(array.ended().items()):
                if place in places:
                    yield self._ended(array, place, path)
            for place, path in sorted(array.told().items()):
                if place in places:
                    self._hear(array, place, read_told(path))
            if queue is not None:
                for task in sorted({place.task for place in places}):
                    if self._is_lost(queue, array, task):
                        yield from self._lost(array, task)
            if not places:
                del self._sent[array]

    def _queue(self) -> commands.Queue | None:
        """None if the controller does not answer now; its jobs run on all the same."""
        try:
            self._last = commands.queue()
        except commands.Refused:
            self._asked_in_vain += 1
            if self._asked_in_vain > PATIENCE:
                raise
            return None
        self._asked_in_vain = 0
        return self._last

    def _ended(self, array: Array, place: Place, path: Path) -> Outcome:
        ended = read_ended(path)
        self._hear(array, place, unpacked(ended.told))
        return ended.outcome(self._sent[array].pop(place).item)

    def _hear(self, array: Array, place: Place, messages: list[Any]) -> None:
        heard = self._heard_of.get((array, place), 0)
        if len(messages) < heard:  # the item was begun again
            heard = 0
        item = self._sent[array][place].item
        for message in messages[heard:]:
            self._heard(item, message)
        self._heard_of[array, place] = len(messages)

    def _is_lost(self, queue: commands.Queue, array: Array, task: int) -> bool:
        if _live(queue, array, task):
            self._gone_since.pop((array.name, task), None)
            return False
        since = self._gone_since.setdefault((array.name, task), time.monotonic())
        return time.monotonic() - since >= self._manner.grace_seconds

    def _lost(self, array: Array, task: int) -> Iterator[Outcome]:
        """To blame is the item that the task was at, or all if it came to none."""
        places = self._sent[array]
        mine, at = sorted(place for place in places if place.task == task), array.at(task)
        begun = [place for place in mine if at is not None and place.position >= at][:1]
        again: list[_Waited] = []
        for place in mine:
            waited = places.pop(place)
            if place not in (begun or mine):
                self._unsent.append(waited)
            elif waited.tries < ATTEMPTS:
                again.append(replace(waited, tries=waited.tries + 1))
            else:
                outcome = Outcome(waited.item, error=self._named(array, task, waited.item))
                array.end(place, outcome, ())
                yield outcome
        self._unsent.extendleft(reversed(again))  # first, so that it has all of a task's time

    def _named(self, array: Array, task: int, item: Any) -> WorkerLost:
        last = self._last.get((array.name, task))
        state, job = (f" ({last.state})", last.job) if last is not None else ("", array.job)
        return WorkerLost(
            f"{item}: its job {job}_{task} ended without a word{state}, {ATTEMPTS} times: "
            f"see {array.log(task)}, if it is there; give more memory or time, or a spool that the "
            "nodes see, and run the same command again; everything finished is kept"
        )

    def dismiss(self) -> None:
        """Cancel what is in the queue still, wait until it is gone, and take away what is read. If
        the controller does not answer in time, the next run does so."""
        arrays = self._room.arrays()
        begun, cancelled = time.monotonic(), set[str]()
        leaving = 0.0 if self.at_work else LEAVING_SECONDS
        while arrays:
            waited = time.monotonic() - begun
            with contextlib.suppress(commands.Refused):
                live = _jobs(commands.queue(), arrays)
                if not live:
                    break
                if waited >= leaving:
                    commands.cancel(sorted(live - cancelled))
                    cancelled |= live
            if waited > leaving + self._manner.grace_seconds:
                return  # the next run finds them
            time.sleep(min(self._manner.poll_seconds, 1.0))
        self._room.tidy()


def _live(queue: commands.Queue, array: Array, task: int) -> bool:
    found = queue.get((array.name, task))
    return found is not None and not found.over


def _jobs(queue: commands.Queue, arrays: Iterable[Array]) -> set[str]:
    names = {array.name for array in arrays}
    return {task.job for (name, _), task in queue.items() if name in names and not task.over}

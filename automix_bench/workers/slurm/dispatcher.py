"""Send items to a cluster as array jobs, and look after the jobs until all items have ended."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automix_bench.executor import OnMessage, Outcome, WorkerLost
from automix_bench.workers.pickling import unpacked
from automix_bench.workers.process import ATTEMPTS
from automix_bench.workers.slurm import cluster
from automix_bench.workers.slurm.share import (
    Place,
    Share,
    WorkFolder,
    key_of,
    read_messages,
    read_outcome,
    share_of,
)

# After so many failed calls in a row, the cluster is gone, and not only restarting.
PATIENCE = 30
# How long a task that has done its items may take to leave by itself.
LEAVING_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    """How items are sent and waited for; the fields are those of `executors/slurm.py`."""

    workers: int | None
    array_limit: int | None
    items_per_task: int
    poll_seconds: float
    grace_seconds: float


@dataclass(frozen=True)
class _Waiting:
    """An item that has no outcome yet."""

    key: str
    item: Any
    tries: int = 1


@dataclass(frozen=True)
class _SentShare:
    """A share on the cluster, and those of its items that have no outcome yet, by position."""

    share: Share
    waiting: dict[int, _Waiting]


class Dispatcher:
    """The array jobs of one `map`, and the items that are in none of them."""

    def __init__(
        self,
        folder: WorkFolder,
        items: Sequence[Any],
        on_message: OnMessage,
        *,
        needs: cluster.Needs,
        plan: Plan,
    ) -> None:
        self._folder, self._on_message = folder, on_message
        self._needs, self._plan = needs, plan
        self._unsent = deque(_Waiting(key_of(item), item) for item in items)
        self._sent: dict[str, _SentShare] = {}  # by the id of the job
        self._messages_read: dict[Place, int] = {}
        self._gone_since: dict[str, float] = {}
        self._queue: cluster.Queue = {}
        self._failed_calls = 0
        self._limit = plan.array_limit
        self._refused = False

    @property
    def at_work(self) -> bool:
        return bool(self._unsent or self._sent)

    def adopt(self) -> None:
        """Take over the jobs of an earlier run of this work that are still in the queue, and
        remove the files of its other jobs.

        A job whose submission was cut off has no share and can do nothing: it is cancelled. An
        item with an outcome from the earlier run is sent again if it is asked for: the caller has
        listed it as not done.
        """
        if not any(self._folder.jobs.iterdir()):
            return
        queue, outcomes = cluster.queue(), self._folder.outcomes()
        unsent = defaultdict(list)
        for one in reversed(self._unsent):
            unsent[one.key].append(one)
        submissions = self._folder.submissions()
        for job, share in submissions.items():
            if not cluster.is_live(queue, job):
                self._folder.remove(job, share)
                continue
            waiting = {
                position: unsent[key].pop()
                for position, key in enumerate(share.keys)
                if Place(share.id, position) not in outcomes and unsent[key]
            }
            if waiting:
                self._sent[job] = _SentShare(share, waiting)
        cluster.cancel(self._live(queue) - submissions.keys())
        left = {id(one) for of_key in unsent.values() for one in of_key}
        self._unsent = deque(one for one in self._unsent if id(one) in left)

    def _live(self, queue: cluster.Queue) -> set[str]:
        """The jobs of this work in the queue."""
        return {job for job, task in queue.items() if task.name == self._folder.name} & {
            job for job in queue if cluster.is_live(queue, job)
        }

    def submit(self) -> None:
        """Send the items that are not sent: one array at a time if the number of workers is
        limited, else all of them, or as many as the cluster takes now.

        Raises:
            Refused: the cluster takes none, though none of ours is in the queue.
        """
        while self._unsent and not (self._sent and self._plan.workers):
            try:
                self._submit_array()
                self._refused = False
            except cluster.Refused:
                idle = not (self._sent or self._live(cluster.queue()))
                if idle and (self._refused or not any(self._folder.jobs.iterdir())):
                    raise
                # There may be room once ours have left; the last of them perhaps left just now.
                self._refused = idle
                return

    def _submit_array(self) -> None:
        if self._limit is None:
            self._limit = cluster.most_tasks()
        each = self._plan.items_per_task
        taken = list(self._unsent)[: each * self._limit]
        groups = [taken[first : first + each] for first in range(0, len(taken), each)]
        shares = [share_of([one.item for one in group]) for group in groups]
        jobs = cluster.submit(self._folder, shares, self._needs, self._plan.workers)
        for job, share, group in zip(jobs, shares, groups, strict=True):
            self._sent[job] = _SentShare(share, dict(enumerate(group)))
        for _ in taken:
            self._unsent.popleft()

    def next_outcomes(self) -> Iterator[Outcome]:
        """Wait, then look once. The queue comes before the files: of a task that has left the
        queue all outcomes are there."""
        time.sleep(self._plan.poll_seconds)
        answered = self._ask_queue()
        outcomes, messages = self._folder.outcomes(), self._folder.messages()
        for job, sent in list(self._sent.items()):
            for position in sorted(sent.waiting):
                place = Place(sent.share.id, position)
                if place in outcomes:
                    stored = read_outcome(outcomes[place])
                    self._pass_on(place, sent.waiting[position], unpacked(stored.messages))
                    yield stored.outcome(sent.waiting.pop(position).item)
                elif place in messages:
                    self._pass_on(place, sent.waiting[position], read_messages(messages[place]))
            if sent.waiting and answered and self._is_lost(job):
                yield from self._lost(job, sent)
            if not sent.waiting:
                del self._sent[job]

    def _ask_queue(self) -> bool:
        """False if the controller does not answer now; its jobs go on meanwhile."""
        try:
            self._queue = cluster.queue()
        except cluster.Refused:
            self._failed_calls += 1
            if self._failed_calls > PATIENCE:
                raise
            return False
        self._failed_calls = 0
        return True

    def _pass_on(self, place: Place, waiting: _Waiting, messages: list[Any]) -> None:
        """Pass on the messages that are new."""
        read = self._messages_read.get(place, 0)
        if len(messages) < read:  # the item was begun again
            read = 0
        for message in messages[read:]:
            self._on_message(waiting.item, message)
        self._messages_read[place] = len(messages)

    def _is_lost(self, job: str) -> bool:
        if cluster.is_live(self._queue, job):
            self._gone_since.pop(job, None)
            return False
        since = self._gone_since.setdefault(job, time.monotonic())
        return time.monotonic() - since >= self._plan.grace_seconds

    def _lost(self, job: str, sent: _SentShare) -> Iterator[Outcome]:
        """Send the items of a lost job again. An item that has been tried often enough fails: the
        item that the job was at, or all of them if it began none."""
        begun = self._folder.position(sent.share)
        to_blame = [p for p in sorted(sent.waiting) if begun is not None and p >= begun][:1]
        again: list[_Waiting] = []
        for position in sorted(sent.waiting):
            waiting = sent.waiting.pop(position)
            if to_blame and position not in to_blame:
                self._unsent.append(waiting)
            elif waiting.tries < ATTEMPTS:
                again.append(replace(waiting, tries=waiting.tries + 1))
            else:
                outcome = Outcome(waiting.item, error=self._worker_lost(job, waiting.item))
                self._folder.end(Place(sent.share.id, position), outcome, ())
                yield outcome
        self._unsent.extendleft(reversed(again))  # first, so that it has all of a task's time

    def _worker_lost(self, job: str, item: Any) -> WorkerLost:
        state = f" ({self._queue[job].state})" if job in self._queue else ""
        return WorkerLost(
            f"{item}: its job {job} ended without an outcome{state}, {ATTEMPTS} times: see "
            f"{self._folder.log(job)}, if it exists; give more memory or time, or a spool that the "
            "nodes see, and run the same command again; everything finished is kept"
        )

    def dismiss(self) -> None:
        """Cancel the jobs that are still in the queue, wait until they are gone, and remove the
        files that nobody needs. If the controller does not answer in time, the next run does so."""
        begun, cancelled = time.monotonic(), set[str]()
        leaving = 0.0 if self.at_work else LEAVING_SECONDS
        while any(self._folder.jobs.iterdir()):
            waited = time.monotonic() - begun
            with contextlib.suppress(cluster.Refused):
                live = self._live(cluster.queue())
                if not live:
                    break
                if waited >= leaving:
                    cluster.cancel(live - cancelled)
                    cancelled |= live
            if waited > leaving + self._plan.grace_seconds:
                return
            time.sleep(min(self._plan.poll_seconds, 1.0))
        self._folder.tidy()

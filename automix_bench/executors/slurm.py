"""The executor for a SLURM cluster: array jobs, in which each task does a share of the items."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench.errors import UsageError, naming_a_full_disk
from automix_bench.executor import OnMessage, Outcome, Work, WorkerLost
from automix_bench.files.cache_folder import cache_folder
from automix_bench.files.locks import work_alone
from automix_bench.workers.pickling import packed, unpacked
from automix_bench.workers.process import ATTEMPTS
from automix_bench.workers.slurm import cluster
from automix_bench.workers.slurm.share import (
    Share,
    WorkFolder,
    key_of,
    read_messages,
    read_outcome,
    share_of,
    work_folder,
)

__all__ = ["Slurm"]

MOST_TASKS = 1000
# After so many failed calls in a row, the cluster is gone, and not only restarting.
PATIENCE = 30
# How long a task that has done its items may take to leave by itself.
LEAVING_SECONDS = 5.0


@dataclass(frozen=True)
class Slurm:
    """Submits array jobs and waits for them. If this process is killed, its jobs stay in the queue,
    and the same command takes them over instead of submitting them twice. If it is closed or
    interrupted, it cancels them. A task that the cluster itself requeues goes on where it was. A
    task that is gone without an outcome is submitted once more.

    `--executor slurm --workers 100 --executor-set partition=cpu --executor-set spool=/scratch/me`.
    sbatch also reads variables of the environment (`SBATCH_QOS`, `SBATCH_TIMELIMIT`, …). They
    override the settings below.

    Attributes:
        workers: the number of tasks that run at once; None for as many as the cluster allows.
        spool: a folder that this machine and the compute nodes see under the same path; None for
            `slurm` in `$AUTOMIX_BENCH_CACHE` or in the user's cache folder.
        time: the longest that a task may take, as SLURM writes it.
        memory_gb: the memory of a task; None for the cluster's default.
        cpus, gpus: of a task. It computes with one thread.
        array_limit: the largest number of tasks in one array; None asks the cluster.
        items_per_task: None makes at most 1,000 tasks.
        poll_seconds: the time between two looks at the queue and the spool.
        grace_seconds: the time that an outcome may take to be seen here after its task has left
            the queue.

    Raises:
        UsageError: a number is out of its range, or a word is none that SLURM takes. On `map`: the
            work cannot be sent, there is no cluster here, or it refuses the job.
        MissingPart: on `map`: submitit is not installed.
    """

    workers: int | None = None
    spool: Path | None = None
    partition: str | None = None
    account: str | None = None
    time: str | None = "24:00:00"
    memory_gb: float | None = 4.0
    cpus: int = 1
    gpus: int = 0
    array_limit: int | None = None
    items_per_task: int | None = None
    poll_seconds: float = 10.0
    grace_seconds: float = 60.0

    def __post_init__(self) -> None:
        for name in ("workers", "cpus", "array_limit", "items_per_task"):
            number = getattr(self, name)
            if number is not None and number < 1:
                what = "1 worker" if name == "workers" else f"{name} of 1"
                raise UsageError(f"slurm: wanted {what} or more, got {number}")
        for name in ("poll_seconds", "grace_seconds"):
            if not 0.0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"slurm: wanted {name} of 0 or more, got {getattr(self, name)}")
        # For SLURM 0 MB means all the memory of a node.
        has_memory = self.memory_gb is None or 0.001 <= self.memory_gb < float("inf")
        if self.gpus < 0 or not has_memory:
            raise UsageError(
                "slurm: wanted gpus of 0 or more and memory_gb of 0.001 or more, "
                f"got {self.gpus} gpus and {self.memory_gb} GB"
            )
        for name in ("partition", "account", "time"):
            word = getattr(self, name)
            if word is not None and not re.fullmatch(r"[\w.,:@+-]+", word):
                raise UsageError(
                    f"slurm: {name} {word!r} is no word that sbatch takes: use letters, digits and "
                    "_ . , : @ + -"
                )

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        """Do the work as `Executor.map` says. Messages arrive every `poll_seconds`.

        Raises:
            DatasetError: another process is sending the same work.
        """
        if not items:
            return
        content = packed(work)
        spool = (self.spool or cache_folder("slurm")).absolute()
        folder = work_folder(spool, work)
        with naming_a_full_disk(spool):
            folder.folder.mkdir(parents=True, exist_ok=True)
        with work_alone(folder.folder, "another run of the same work"):
            folder.prepare(content)
            dispatcher = _Dispatcher(self, folder, items, on_message)
            try:
                dispatcher.adopt()
                dispatcher.submit()
                while dispatcher.at_work:
                    yield from dispatcher.next_outcomes()
                    dispatcher.submit()
            finally:
                dispatcher.dismiss()


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


class _Dispatcher:
    """The array jobs of one `map`, and the items that are in none of them."""

    def __init__(
        self, settings: Slurm, folder: WorkFolder, items: Sequence[Any], on_message: OnMessage
    ) -> None:
        self._settings, self._folder, self._on_message = settings, folder, on_message
        self._items_per_task = settings.items_per_task or -(-len(items) // MOST_TASKS)
        self._limit = settings.array_limit
        self._unsent: dict[str, _Waiting] = {}
        times: Counter[str] = Counter()  # equal items are told apart by a number
        for item in items:
            key = key_of(item)
            times[key] += 1
            self._unsent[f"{key}-{times[key]}"] = _Waiting(f"{key}-{times[key]}", item)
        self._sent: dict[str, _SentShare] = {}  # by the id of the job
        self._messages_read: dict[str, int] = {}  # how many, by place
        self._gone_since: dict[str, float] = {}
        self._queue: cluster.Queue = {}
        self._failed_calls = 0
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
        submissions = self._folder.submissions()
        over = {job: s for job, s in submissions.items() if not cluster.is_live(queue, job)}
        self._folder.remove(over)
        for job, share in submissions.items():
            if job in over:
                continue
            waiting = {
                position: self._unsent.pop(key)
                for position, (key, place) in enumerate(zip(share.keys, share.places, strict=True))
                if place not in outcomes and key in self._unsent
            }
            if waiting:
                self._sent[job] = _SentShare(share, waiting)
        cluster.cancel(self._live(queue) - submissions.keys())

    def _live(self, queue: cluster.Queue) -> set[str]:
        """The jobs of this work in the queue."""
        named = {job for job, task in queue.items() if task.name == self._folder.name}
        return {job for job in named if cluster.is_live(queue, job)}

    def submit(self) -> None:
        """Send the items that are not sent: one array at a time if the number of workers is
        limited, else all of them, or as many as the cluster takes now.

        Raises:
            Refused: the cluster takes none, though none of ours is in the queue.
        """
        while self._unsent and not (self._sent and self._settings.workers):
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
        each, settings = self._items_per_task, self._settings
        taken = list(self._unsent.values())[: each * self._limit]
        groups = [taken[first : first + each] for first in range(0, len(taken), each)]
        shares = [share_of([w.key for w in g], [w.item for w in g]) for g in groups]
        memory = None if settings.memory_gb is None else f"{round(1024 * settings.memory_gb)}M"
        resources = {
            "partition": settings.partition,
            "account": settings.account,
            "time": settings.time,
            "mem": memory,
            "cpus_per_task": settings.cpus,
        }
        options = {"ntasks": 1, **({"gpus": settings.gpus} if settings.gpus else {})}
        jobs = cluster.submit(self._folder, shares, resources, options, settings.workers)
        for job, share, group in zip(jobs, shares, groups, strict=True):
            self._sent[job] = _SentShare(share, dict(enumerate(group)))
        for waiting in taken:
            del self._unsent[waiting.key]

    def next_outcomes(self) -> Iterator[Outcome]:
        """Wait, then look once. The queue comes before the files: of a task that has left the
        queue all outcomes are there."""
        time.sleep(self._settings.poll_seconds)
        answered = self._ask_queue()
        outcomes, messages = self._folder.outcomes(), self._folder.messages()
        for job, sent in list(self._sent.items()):
            for position, waiting in sorted(sent.waiting.items()):
                place = sent.share.places[position]
                if place in outcomes:
                    stored = read_outcome(outcomes[place])
                    self._pass_on(place, waiting, unpacked(stored.messages))
                    del sent.waiting[position]
                    yield stored.outcome(waiting.item)
                elif place in messages:
                    self._pass_on(place, waiting, read_messages(messages[place]))
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

    def _pass_on(self, place: str, waiting: _Waiting, messages: list[Any]) -> None:
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
        return time.monotonic() - since >= self._settings.grace_seconds

    def _lost(self, job: str, sent: _SentShare) -> Iterator[Outcome]:
        """Send the items of a lost job again. An item that has been tried often enough fails: the
        item that the job was at, or all of them if it began none."""
        begun, positions = self._folder.position(sent.share), sorted(sent.waiting)
        to_blame = [p for p in positions if begun is not None and p >= begun][:1] or positions
        again: dict[str, _Waiting] = {}
        for position in positions:
            waiting = sent.waiting.pop(position)
            if position not in to_blame:
                self._unsent[waiting.key] = waiting
            elif waiting.tries < ATTEMPTS:
                again[waiting.key] = replace(waiting, tries=waiting.tries + 1)
            else:
                outcome = Outcome(waiting.item, error=self._worker_lost(job, waiting.item))
                self._folder.end(sent.share.places[position], outcome, ())
                yield outcome
        self._unsent = {**again, **self._unsent}  # first, so that it has all of a task's time

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
            if waited > leaving + self._settings.grace_seconds:
                return
            time.sleep(min(self._settings.poll_seconds, 1.0))
        self._folder.tidy()

"""On a SLURM cluster: array jobs, each task with its share of the items."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.errors import UsageError, naming_a_full_disk
from automix_bench.executor import OnMessage, Outcome, Work
from automix_bench.files.cache_folder import cache_folder
from automix_bench.files.locks import work_alone
from automix_bench.workers.pickling import packed
from automix_bench.workers.slurm.cluster import Needs
from automix_bench.workers.slurm.dispatcher import Dispatcher, Plan
from automix_bench.workers.slurm.share import work_folder

__all__ = ["Slurm"]

MOST_TASKS = 1000


@dataclass(frozen=True)
class Slurm:
    """Array jobs, sent and looked after from here. Killed, this process leaves its jobs running;
    the same command given again takes them over instead of sending them twice. Closed or
    interrupted, it cancels them. A task that the cluster itself puts back into its queue goes on
    where it was; one that is gone without an outcome is sent once more.

    `--executor slurm --workers 100 --executor-set partition=cpu --executor-set spool=/scratch/me`.
    What sbatch reads from the environment (`SBATCH_QOS`, `SBATCH_TIMELIMIT`, …) holds beside the
    settings below, and over them.

    Attributes:
        workers: how many tasks run at once; None for as many as the cluster lets.
        spool: a folder that this machine and the compute nodes see under one path; None for
            `slurm` in `$AUTOMIX_BENCH_CACHE` or the user's cache folder.
        time: the longest a task may take, as SLURM writes it.
        memory_gb: of each task; None for what the cluster gives.
        cpus, gpus: of each task. It computes with one thread.
        array_limit: how many tasks one array may have; None asks the cluster.
        items_per_task: None makes at most 1,000 tasks.
        poll_seconds: how often the queue and the spool are looked at.
        grace_seconds: how long after a task left the queue its outcome may take to be seen here.

    Raises:
        UsageError: a number is out of its range, or a word is none that SLURM takes. On `map`:
            there is no cluster here, or it refuses the job; the work cannot be sent.
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
        # SLURM takes 0 MB for all the memory there is.
        some = self.memory_gb is None or 0.001 <= self.memory_gb < float("inf")
        if self.gpus < 0 or not some:
            raise UsageError(f"slurm: no task has {self.gpus} gpus and {self.memory_gb} GB")
        for name in ("partition", "account", "time"):
            word = getattr(self, name)
            if word is not None and not re.fullmatch(r"[\w.,:@+-]+", word):
                raise UsageError(f"slurm: {name} {word!r} is no word that sbatch takes")

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        """As the contract says, but what is told is heard as often as the spool is looked at.

        Raises:
            DatasetError: another process is sending the same work.
        """
        if not items:
            return
        order = packed(work)
        spool = (self.spool or cache_folder("slurm")).absolute()
        folder = work_folder(spool, work)
        with naming_a_full_disk(spool):
            folder.folder.mkdir(parents=True, exist_ok=True)
        with work_alone(folder.folder, "another run of the same work"):
            folder.prepare(order)
            dispatcher = Dispatcher(
                folder, items, on_message, needs=self._needs(), plan=self._plan(len(items))
            )
            try:
                dispatcher.adopt()
                dispatcher.submit()
                while dispatcher.at_work:
                    yield from dispatcher.next_outcomes()
                    dispatcher.submit()
            finally:
                dispatcher.dismiss()

    def _needs(self) -> Needs:
        return Needs(self.partition, self.account, self.time, self.memory_gb, self.cpus, self.gpus)

    def _plan(self, items: int) -> Plan:
        each = self.items_per_task or -(-items // MOST_TASKS)
        return Plan(self.workers, self.array_limit, each, self.poll_seconds, self.grace_seconds)

"""The executor for a Ray cluster: a task for each item, and actors for each GPU."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import socket
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import MissingPart, UsageError
from automix_bench.executor import OnMessage, Outcome, Work, WorkerLost
from automix_bench.workers.end_signals import keeping_handlers
from automix_bench.workers.job_queue import Job, Jobs, stages_of, workers_ahead
from automix_bench.workers.pickling import packed, unpacked, unpacked_error
from automix_bench.workers.process import ATTEMPTS, FAILED, environment
from automix_bench.workers.ray_actor import (
    REFUSED,
    AheadActor,
    JobResult,
    Mailbox,
    PackedWork,
    do_job,
    packed_work,
)

__all__ = ["Ray"]

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Ray:
    """Works in tasks on the nodes of a cluster. Sound is not sent: every node must see the recipe's
    files, the folder of the data set and the cache under the same path, and have the same packages.
    A task takes one CPU and computes with one thread. If its worker is killed or its node is lost,
    its item is done once more.

    For work in two stages (`executor.Staged`), actors do the stage ahead and keep the model:
    `per_gpu` actors for each GPU of the cluster, each of which sees only its own GPU. A cluster
    without a GPU has `per_gpu` actors in all. While one of them writes its result, the GPU computes
    for another.

    If this process has called `ray.init` already, that cluster is used.

    Attributes:
        workers: the number of items that are sent at a time; None for two per CPU of the cluster,
            so that no CPU waits. It is also the number of CPUs of a cluster that is started here.
        address: of the cluster, as `ray.init` takes it. None for the one that RAY_ADDRESS names; if
            that is not set, a cluster is started on this machine and stopped at the end.
        per_gpu: the number of actors that share a GPU. Each needs GPU memory for one model.

    Raises:
        UsageError: either number is less than one. On `map`: the work cannot be sent to a process,
            there is no cluster at the address, or a node does not see this machine's folders.
        MissingPart: on `map`: ray is not installed.
    """

    workers: int | None = None
    address: str | None = None
    per_gpu: int = 2

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"ray: wanted 1 worker or more, got {self.workers}")
        if self.per_gpu < 1:
            raise UsageError(f"ray: wanted 1 actor per GPU or more, got {self.per_gpu}")

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        """Do the work as `Executor.map` says."""
        stages, needs = stages_of(work)
        works = {ahead: packed_work(each) for ahead, each in stages.items()}
        if not items:
            return
        with self._cluster() as ray:
            cpus = ray.cluster_resources().get("CPU", 1.0)
            most = self.workers or max(2, round(2 * cpus))
            gpus = int(ray.cluster_resources().get("GPU", 0.0))
            actors = workers_ahead(items, needs, self.per_gpu * max(gpus, 1))
            share = 10_000 // self.per_gpu / 10_000 if gpus else 0.0  # Ray counts no finer
            jobs = Jobs(items, needs, 2 * max(most, actors))
            sent = _RayJobs(ray, works, jobs, on_message, most, actors, share)
            try:
                while sent.send():
                    yield from sent.next_outcomes()
            finally:
                sent.stop()

    @contextlib.contextmanager
    def _cluster(self) -> Iterator[Any]:
        """The module `ray`, connected to a cluster."""
        try:
            import ray
        except ImportError as error:
            raise MissingPart("ray", "ray", 'pip install "automix-bench[ray]"') from error
        if ray.is_initialized():
            yield ray
            return
        address = self.address or os.environ.get("RAY_ADDRESS")
        here: dict[str, Any] = {
            "address": "local",
            "num_cpus": self.workers,
            "object_store_memory": 100 * MEGABYTE,
            "include_dashboard": False,
        }
        there: dict[str, Any] = {"address": address}
        try:
            _check_address(address)
            with keeping_handlers():  # so that a signal still clears up
                ray.init(**(there if address else here), logging_level=logging.WARNING)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"ray: cannot join a cluster at {address}: {error}: start one there, give its "
                "address in RAY_ADDRESS, or unset that to start one on this machine"
            ) from error
        try:
            yield ray
        finally:
            ray.shutdown()


@dataclass(frozen=True)
class _SentJob:
    """A job that was sent; `actor` does it, or a task if that is None. Its messages bear the
    number `ticket`."""

    job: Job
    ticket: int
    actor: Any = None


class _RayJobs:
    """The jobs of one `map` that are on the cluster."""

    def __init__(
        self,
        ray: Any,
        works: dict[bool, PackedWork],
        jobs: Jobs,
        on_message: OnMessage,
        most: int,
        actors: int,
        share: float,
    ) -> None:
        self._ray, self._jobs, self._on_message, self._most = ray, jobs, on_message, most
        self._works = {ahead: ray.put(work) for ahead, work in works.items()}
        env = {"env_vars": {**environment(), **_own_settings()}}
        self._task = ray.remote(do_job).options(num_cpus=1, max_retries=0, runtime_env=env)
        self._actor = ray.remote(AheadActor).options(
            num_cpus=0, num_gpus=share, max_restarts=0, runtime_env=env
        )
        self._mailbox = (
            ray.remote(Mailbox)
            .options(num_cpus=0, max_restarts=-1, max_concurrency=1000, runtime_env=env)
            .remote()
        )
        self._post = self._mailbox.take.remote()
        self._tickets = itertools.count()
        self._sent: dict[Any, _SentJob] = {}
        self._passed_on: dict[int, int] = {}  # the number of messages passed on, by ticket
        self._actors = actors
        self._idle = [self._actor.remote() for _ in range(self._actors)]

    def send(self) -> bool:
        """Send jobs while there is room. False if none is left on the cluster."""
        while self._idle and (job := self._jobs.next(ahead=True)) is not None:
            actor, ticket = self._idle.pop(), next(self._tickets)
            ref = actor.do.remote(self._works[True], packed(job.thing), ticket)
            self._sent[ref] = _SentJob(job, ticket, actor)
        while len(self._sent) - self._busy() < self._most:
            job = self._jobs.next(ahead=False)
            if job is None:
                break
            ticket = next(self._tickets)
            ref = self._task.remote(self._works[False], packed(job.thing), ticket, self._mailbox)
            self._sent[ref] = _SentJob(job, ticket)
        return bool(self._sent)

    def _busy(self) -> int:
        return self._actors - len(self._idle)

    def next_outcomes(self) -> Iterator[Outcome]:
        """Wait until something has happened, and look at it."""
        ready, _ = self._ray.wait([*self._sent, self._post], num_returns=1)
        for ref in ready:
            if ref is self._post:
                self._read_post()
            else:
                yield from self._ended(ref, self._sent.pop(ref))

    def stop(self) -> None:
        """Stop everything that is at work."""
        for ref, sent in self._sent.items():
            if sent.actor is None:
                self._ray.cancel(ref, force=True)
            else:
                self._ray.kill(sent.actor)
        for actor in (*self._idle, self._mailbox):
            self._ray.kill(actor)
        if self._sent:
            self._ray.wait(list(self._sent), num_returns=len(self._sent), timeout=5.0)

    def _read_post(self) -> None:
        jobs = {sent.ticket: sent.job for sent in self._sent.values()}
        # A mailbox that was lost comes back empty.
        with contextlib.suppress(self._ray.exceptions.RayActorError):
            for ticket, first, messages in self._ray.get(self._post):
                if ticket in jobs and first == self._passed_on.get(ticket, 0):
                    self._pass_on(jobs[ticket], ticket, messages)
        self._post = self._mailbox.take.remote()

    def _pass_on(self, job: Job, ticket: int, messages: Sequence[bytes]) -> None:
        self._passed_on[ticket] = self._passed_on.get(ticket, 0) + len(messages)
        for message in messages:
            self._on_message(job.item, unpacked(message))

    def _ended(self, ref: Any, sent: _SentJob) -> Iterator[Outcome]:
        job = sent.job
        try:
            result: JobResult = self._ray.get(ref)
        except (self._ray.exceptions.RayTaskError, self._ray.exceptions.RuntimeEnvSetupError):
            raise  # the item is not to blame
        except self._ray.exceptions.RayError as error:
            yield from self._lost(sent, type(error).__name__)
            return
        if sent.actor is not None:
            self._idle.append(sent.actor)
        if result.kind == REFUSED:
            raise unpacked_error(result.value)
        if not job.ahead:
            self._pass_on(job, sent.ticket, result.messages[self._passed_on.get(sent.ticket, 0) :])
        self._passed_on.pop(sent.ticket, None)
        if result.kind == FAILED:
            if self._jobs.failed(job):
                yield Outcome(job.item, error=unpacked_error(result.value))
            return
        self._jobs.done(job)
        if not job.ahead:
            yield Outcome(job.item, unpacked(result.value))

    def _lost(self, sent: _SentJob, error: str) -> Iterator[Outcome]:
        self._passed_on.pop(sent.ticket, None)
        if sent.actor is not None:
            self._ray.kill(sent.actor)  # Ray may not know yet that it is gone
            self._idle.append(self._actor.remote())
        if sent.job.tries < ATTEMPTS:
            self._jobs.again(sent.job)
        elif self._jobs.failed(sent.job):
            yield Outcome(
                sent.job.item,
                error=WorkerLost(
                    f"{sent.job.item}: its worker process was lost ({error}), {ATTEMPTS} "
                    "times: if memory is short, run the same command again with fewer workers; "
                    "everything finished is kept"
                ),
            )


def _check_address(address: str | None) -> None:
    """Connect to an address once: Ray itself tries for minutes where there is no cluster.

    Raises:
        OSError: the address is HOST:PORT, and nothing answers there.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10.0).close()


def _own_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AUTOMIX_BENCH_")}

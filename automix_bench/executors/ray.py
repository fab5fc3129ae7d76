"""On a Ray cluster: a task for each item, and an actor for each GPU."""

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
from automix_bench.executor import OnMessage, Outcome, Work, WorkerLost, stages_of
from automix_bench.workers.job_queue import Job, Jobs, wanted_ahead
from automix_bench.workers.pickling import packed, unpacked, unpacked_error
from automix_bench.workers.process import ATTEMPTS, FAILED, environment
from automix_bench.workers.ray_actor import REFUSED, Ended, Keeper, Mailbox, Order, do_job, order_of

__all__ = ["Ray"]

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Ray:
    """Paths and ids travel, sound does not: every node sees the recipe's files, the folder of the
    data set and the cache under the same path, and has the same packages. A task takes one CPU and
    computes with one thread. What a killed worker or a lost node was at is done once more.

    Of work in stages (`executor.Staged`), actors do what is wanted ahead and keep the model:
    `per_gpu` for each GPU of the cluster, of which each sees its own alone; as many in all where
    the cluster has none. While one of them writes what it has, the GPU computes for another.

    In a process that has called `ray.init` already, that cluster is used.

    Attributes:
        workers: how many items are at work or on their way at a time; None for two per CPU of the
            cluster, so that none waits for the next. Of a cluster started here, its CPUs too.
        address: of the cluster, as `ray.init` takes it; None for the one that RAY_ADDRESS names,
            or, without that, one started on this machine and stopped at the end.
        per_gpu: actors that share a GPU; each takes of its memory what the model does.

    Raises:
        UsageError: there is less than one worker, or actor per GPU. On `map`: the work cannot be
            sent to a process, there is no cluster at the address, or a node does not see this
            machine's folders.
        MissingPart: ray is not installed.
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
        """As the contract says."""
        stages, needs = stages_of(work)
        orders = {ahead: order_of(each) for ahead, each in stages.items()}
        if not items:
            return
        with self._cluster() as ray:
            cpus = ray.cluster_resources().get("CPU", 1.0)
            most = self.workers or max(2, round(2 * cpus))
            gpus = int(ray.cluster_resources().get("GPU", 0.0))
            keepers = wanted_ahead(items, needs, self.per_gpu * max(gpus, 1))
            share = 10_000 // self.per_gpu / 10_000 if gpus else 0.0  # it counts no finer
            jobs = Jobs(items, needs, 2 * max(most, keepers))
            crew = _Crew(ray, orders, jobs, on_message, most, keepers, share)
            try:
                while crew.hand_out():
                    yield from crew.next_outcomes()
            finally:
                crew.dismiss()

    @contextlib.contextmanager
    def _cluster(self) -> Iterator[Any]:
        """Ray, connected."""
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
            _look_for(address)
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
class _Sent:
    """A job at work or on its way; `keeper` is the actor that does it, None for a task."""

    job: Job
    ticket: int
    keeper: Any = None


class _Crew:
    """What is at work of one `map`."""

    def __init__(
        self,
        ray: Any,
        orders: dict[bool, Order],
        jobs: Jobs,
        on_message: OnMessage,
        most: int,
        keepers: int,
        share: float,
    ) -> None:
        self._ray, self._jobs, self._on_message, self._most = ray, jobs, on_message, most
        self._orders = {ahead: ray.put(order) for ahead, order in orders.items()}
        env = {"env_vars": {**environment(), **_own_settings()}}
        self._task = ray.remote(do_job).options(num_cpus=1, max_retries=0, runtime_env=env)
        self._keeper = ray.remote(Keeper).options(
            num_cpus=0, num_gpus=share, max_restarts=0, runtime_env=env
        )
        self._mailbox = (
            ray.remote(Mailbox)
            .options(num_cpus=0, max_restarts=-1, max_concurrency=1000, runtime_env=env)
            .remote()
        )
        self._post = self._mailbox.take.remote()
        self._tickets = itertools.count()
        self._sent: dict[Any, _Sent] = {}
        self._heard_of: dict[int, int] = {}  # how many messages of a ticket were heard
        self._keepers = keepers
        self._idle = [self._keeper.remote() for _ in range(self._keepers)]

    def hand_out(self) -> bool:
        """Send what there is room for; False if all has ended."""
        while self._idle and (job := self._jobs.next(ahead=True)) is not None:
            keeper, ticket = self._idle.pop(), next(self._tickets)
            ref = keeper.do.remote(self._orders[True], packed(job.thing), ticket)
            self._sent[ref] = _Sent(job, ticket, keeper)
        while len(self._sent) - self._busy() < self._most:
            job = self._jobs.next(ahead=False)
            if job is None:
                break
            ticket = next(self._tickets)
            ref = self._task.remote(self._orders[False], packed(job.thing), ticket, self._mailbox)
            self._sent[ref] = _Sent(job, ticket)
        return bool(self._sent)

    def _busy(self) -> int:
        return self._keepers - len(self._idle)

    def next_outcomes(self) -> Iterator[Outcome]:
        ready, _ = self._ray.wait([*self._sent, self._post], num_returns=1)
        for ref in ready:
            if ref is self._post:
                self._read_post()
            else:
                yield from self._ended(ref, self._sent.pop(ref))

    def dismiss(self) -> None:
        """End all that is at work."""
        for ref, sent in self._sent.items():
            if sent.keeper is None:
                self._ray.cancel(ref, force=True)
            else:
                self._ray.kill(sent.keeper)
        for actor in (*self._idle, self._mailbox):
            self._ray.kill(actor)
        if self._sent:
            self._ray.wait(list(self._sent), num_returns=len(self._sent), timeout=5.0)

    def _read_post(self) -> None:
        jobs = {sent.ticket: sent.job for sent in self._sent.values()}
        # A mailbox that was lost comes back empty.
        with contextlib.suppress(self._ray.exceptions.RayActorError):
            for ticket, first, told in self._ray.get(self._post):
                if ticket in jobs and first == self._heard_of.get(ticket, 0):
                    self._hear(jobs[ticket], ticket, told)
        self._post = self._mailbox.take.remote()

    def _hear(self, job: Job, ticket: int, told: Sequence[bytes]) -> None:
        self._heard_of[ticket] = self._heard_of.get(ticket, 0) + len(told)
        for message in told:
            self._on_message(job.item, unpacked(message))

    def _ended(self, ref: Any, sent: _Sent) -> Iterator[Outcome]:
        job = sent.job
        try:
            ended: Ended = self._ray.get(ref)
        except (self._ray.exceptions.RayTaskError, self._ray.exceptions.RuntimeEnvSetupError):
            raise  # no fault of the item's
        except self._ray.exceptions.RayError as error:
            yield from self._lost(sent, type(error).__name__)
            return
        if sent.keeper is not None:
            self._idle.append(sent.keeper)
        if ended.kind == REFUSED:
            raise unpacked_error(ended.value)
        if not job.ahead:
            self._hear(job, sent.ticket, ended.told[self._heard_of.get(sent.ticket, 0) :])
        self._heard_of.pop(sent.ticket, None)
        if ended.kind == FAILED:
            if self._jobs.failed(job):
                yield Outcome(job.item, error=unpacked_error(ended.value))
            return
        self._jobs.done(job)
        if not job.ahead:
            yield Outcome(job.item, unpacked(ended.value))

    def _lost(self, sent: _Sent, how: str) -> Iterator[Outcome]:
        self._heard_of.pop(sent.ticket, None)
        if sent.keeper is not None:
            self._ray.kill(sent.keeper)  # of which Ray may not know yet that it is gone
            self._idle.append(self._keeper.remote())
        if sent.job.tries < ATTEMPTS:
            self._jobs.again(sent.job)
        elif self._jobs.failed(sent.job):
            yield Outcome(
                sent.job.item,
                error=WorkerLost(
                    f"{sent.job.item}: its worker process was lost ({how}), {ATTEMPTS} "
                    "times: if memory is short, run the same command again with fewer workers; "
                    "everything finished is kept"
                ),
            )


def _look_for(address: str | None) -> None:
    """Ray itself knocks for minutes at a door where nobody is.

    Raises:
        OSError: it is HOST:PORT, and nobody answers there.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10.0).close()


def _own_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AUTOMIX_BENCH_")}

"""On this machine: a process for each worker, one thread in each."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import selectors
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.executor import OnMessage, Outcome, Work, WorkerLost, stages_of
from automix_bench.workers.job_queue import Job, Jobs, wanted_ahead
from automix_bench.workers.pickling import packed, unpacked_error
from automix_bench.workers.process import (
    ATTEMPTS,
    DONE,
    FAILED,
    OWN_GPU,
    READY,
    TOLD,
    environment,
    receive,
    send,
)

__all__ = ["Local"]


@dataclass(frozen=True)
class Local:
    """Processes, not threads: a worker that is killed takes nobody with it, and its item is tried
    once more. On two cores two processes made a data set 1.7 to 1.8 times as fast as one, and two
    threads were no faster (`speed/make.py`): a process takes a second to begin.

    Work in stages (`executor.Staged`) has more processes, which alone do what is wanted ahead, and
    hold the model: `per_gpu` for each GPU of this machine that torch sees, which is what the device
    "cuda" is in them. While one of them writes what it has, the GPU computes for another.

    Attributes:
        workers: how many; None for as many as there are cores that this process may use.
        per_gpu: processes that share a GPU; each takes of its memory what the model does.

    Raises:
        UsageError: there are less than one of either. On `map`: the work cannot be sent to a
            process.
    """

    workers: int | None = None
    per_gpu: int = 2

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"local: wanted 1 worker or more, got {self.workers}")
        if self.per_gpu < 1:
            raise UsageError(f"local: wanted 1 process per GPU or more, got {self.per_gpu}")

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        """As the contract says.

        Raises:
            WorkerLost: a worker does not even start.
        """
        workers = min(self.workers or cores(), len(items))
        stages, needs = stages_of(work)
        orders = {ahead: packed(each) for ahead, each in stages.items()}
        places = 1 if needs is None else max(gpus(), 1)
        ahead = wanted_ahead(items, needs, self.per_gpu * places)
        crew = _Crew(orders, Jobs(items, needs, 2 * max(workers, ahead)), on_message)
        try:
            for number in range(ahead):
                crew.hire(ahead=True, gpu=str(number % places) if places > 1 else "")
            for _ in range(workers):
                crew.hire(ahead=False)
            while crew.at_work:
                yield from crew.next_outcomes()
        finally:
            crew.dismiss()


def cores() -> int:
    """How many this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))  # fewer than there are, where a scheduler says so
    return os.cpu_count() or 1


def gpus() -> int:
    """How many of this machine's GPUs torch sees; 0 where it is not in use."""
    torch = sys.modules.get("torch")  # whoever computes on a GPU has loaded it to say which
    return 0 if torch is None else int(torch.cuda.device_count())


class _Worker:
    """One process, the stage it works at, which GPU is its own if there are several, and its job if
    it has one."""

    def __init__(self, order: bytes, ahead: bool, gpu: str) -> None:
        own = {OWN_GPU: gpu} if gpu else {}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "automix_bench.workers.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment(), **own},
            bufsize=0,  # a frame that a buffer holds already would not show in the selector
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders = io.BufferedWriter(self._process.stdin)
        self.answers = self._process.stdout
        self.ahead, self.gpu = ahead, gpu
        self.ready = False
        self.job: Job | None = None
        self._send(order)

    def give(self, job: Job) -> None:
        self.job = job
        self._send(packed(job.thing))

    def _send(self, content: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # its answers end too, and that is looked at
            send(self._orders, content)

    def answer(self) -> tuple[str, Any] | None:
        """What it says next; None if it is gone."""
        content = receive(self.answers)
        return None if content is None else pickle.loads(content)

    def ended(self) -> str:
        """How a worker that is gone went."""
        code = self._process.wait()
        if code >= 0:
            return f"left with {code}"
        named = -code in set(signal.Signals)
        return f"was ended by {signal.Signals(-code).name if named else f'signal {-code}'}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()
        self.answers.close()


class _Crew:
    """The workers of one `map`, and the jobs that none of them has yet."""

    def __init__(self, orders: dict[bool, bytes], jobs: Jobs, on_message: OnMessage) -> None:
        self._orders, self._jobs, self._on_message = orders, jobs, on_message
        self._listening = selectors.DefaultSelector()

    @property
    def at_work(self) -> bool:
        return bool(self._listening.get_map())

    def hire(self, *, ahead: bool, gpu: str = "") -> None:
        worker = _Worker(self._orders[ahead], ahead, gpu)
        self._listening.register(worker.answers, selectors.EVENT_READ, worker)
        self._hand_to(worker)

    def dismiss(self) -> None:
        for worker in self._workers():
            self._let_go(worker)
        self._listening.close()

    def next_outcomes(self) -> Iterator[Outcome]:
        for key, _ in self._listening.select():
            worker: _Worker = key.data
            answer = worker.answer()
            if answer is None:
                yield from self._lost(worker)
                continue
            kind, value = answer
            if kind == READY:
                worker.ready = True
            elif kind == FAILED and not worker.ready:
                raise unpacked_error(value)
            elif worker.job is not None and kind == TOLD and not worker.ahead:
                self._on_message(worker.job.item, value)
            elif worker.job is not None and kind in (DONE, FAILED):
                job, worker.job = worker.job, None
                yield from self._ended(job, kind, value)
        for worker in self._workers():
            if worker.job is None:
                self._hand_to(worker)

    def _ended(self, job: Job, kind: str, value: Any) -> Iterator[Outcome]:
        if kind == FAILED:
            if self._jobs.failed(job):
                yield Outcome(job.item, error=unpacked_error(value))
            return
        self._jobs.done(job)
        if not job.ahead:
            yield Outcome(job.item, value)

    def _workers(self) -> list[_Worker]:
        return [key.data for key in self._listening.get_map().values()]

    def _hand_to(self, worker: _Worker) -> None:
        job = self._jobs.next(ahead=worker.ahead)
        if job is not None:
            worker.give(job)
        elif self._jobs.over(ahead=worker.ahead):
            self._let_go(worker)

    def _lost(self, worker: _Worker) -> Iterator[Outcome]:
        how, job = worker.ended(), worker.job
        self._let_go(worker)
        if not worker.ready:
            raise WorkerLost(f"a worker process {how} before it began: see what it said above")
        if job is not None and job.tries < ATTEMPTS:
            self._jobs.again(job)
        elif job is not None and self._jobs.failed(job):
            yield Outcome(
                job.item,
                error=WorkerLost(
                    f"{job.item}: its worker process {how}, {ATTEMPTS} times: if memory is short, "
                    "run the same command again with fewer workers; everything finished is kept"
                ),
            )
        if not self._jobs.over(ahead=worker.ahead):
            self.hire(ahead=worker.ahead, gpu=worker.gpu)

    def _let_go(self, worker: _Worker) -> None:
        self._listening.unregister(worker.answers)
        worker.stop()

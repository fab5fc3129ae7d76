"""The executor for one machine: a process for each worker, with one thread in each."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import selectors
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.executor import OnMessage, Outcome, Work, WorkerLost
from automix_bench.workers.exit_codes import how_it_ended
from automix_bench.workers.job_queue import Job, Jobs, stages_of, workers_ahead
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

SECONDS_TO_END = 5.0


@dataclass(frozen=True)
class Local:
    """Works in processes, not threads: if one is killed, the others go on, and its item is tried
    once more. On two cores two processes made a data set 1.7 to 1.8 times as fast as one, and two
    threads were no faster (`speed/make.py`). A process takes a second to start.

    Work in two stages (`executor.Staged`) has more processes, which do the stage ahead and hold the
    model: `per_gpu` of them for each GPU of this machine that torch sees. In them the device "cuda"
    is that GPU. While one of them writes its result, the GPU computes for another.

    Attributes:
        workers: the number of processes; None for the number of cores that this process may use.
        per_gpu: the number of processes that share a GPU. Each needs GPU memory for one model.

    Raises:
        UsageError: either number is less than one. On `map`: the work cannot be sent to a process.
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
        """Do the work as `Executor.map` says.

        Raises:
            WorkerLost: a worker process does not start.
        """
        workers = min(self.workers or cores(), len(items))
        stages, needs = stages_of(work)
        works = {ahead: packed(each) for ahead, each in stages.items()}
        places = 1 if needs is None else max(gpus(), 1)
        ahead = workers_ahead(items, needs, self.per_gpu * places)
        pool = _WorkerPool(works, Jobs(items, needs, 2 * max(workers, ahead)), on_message)
        try:
            for number in range(ahead):
                pool.start(ahead=True, gpu=str(number % places) if places > 1 else "")
            for _ in range(workers):
                pool.start(ahead=False)
            while pool.at_work:
                yield from pool.next_outcomes()
        finally:
            pool.stop()


def cores() -> int:
    """The number of cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))  # may be fewer than the machine has
    return os.cpu_count() or 1


def gpus() -> int:
    """The number of GPUs that torch sees; 0 if torch is not loaded."""
    torch = sys.modules.get("torch")  # loaded by whatever has named a GPU as its device
    return 0 if torch is None else int(torch.cuda.device_count())


class _Worker:
    """A worker process, and its job if it has one."""

    def __init__(self, work: bytes, ahead: bool, gpu: str) -> None:
        """
        Args:
            work: packed.
            ahead: whether it does the stage ahead.
            gpu: the number of the GPU that it may use; empty if there is no choice.
        """
        own = {OWN_GPU: gpu} if gpu else {}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "automix_bench.workers.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment(), **own},
            bufsize=0,  # the selector would not see a frame that is already in a buffer
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = io.BufferedWriter(self._process.stdin)
        self.answers = self._process.stdout
        self.ahead, self.gpu = ahead, gpu
        self.ready = False
        self.job: Job | None = None
        self._send(work)

    def give(self, job: Job) -> None:
        """Send it a job."""
        self.job = job
        self._send(packed(job.thing))

    def _send(self, content: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # then its answers end too: see `answer`
            send(self._input, content)

    def answer(self) -> tuple[str, Any] | None:
        """Its next frame: kind and value; None if the process has ended."""
        content = receive(self.answers)
        return None if content is None else pickle.loads(content)

    def ending(self) -> str:
        """How the process ended, for a message."""
        return how_it_ended(self._process.wait())

    def ask_to_end(self) -> None:
        """Tell it to leave its job; it removes the unfinished files of the job first."""
        self._process.terminate()

    def stop(self, seconds: float = 0.0) -> None:
        """End it, by force if it has not ended by itself after some seconds."""
        if seconds > 0.0:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self.answers.close()


class _WorkerPool:
    """The workers of one `map`, and the jobs that none of them has yet."""

    def __init__(self, works: dict[bool, bytes], jobs: Jobs, on_message: OnMessage) -> None:
        self._works, self._jobs, self._on_message = works, jobs, on_message
        self._listening = selectors.DefaultSelector()

    @property
    def at_work(self) -> bool:
        return bool(self._listening.get_map())

    def start(self, *, ahead: bool, gpu: str = "") -> None:
        worker = _Worker(self._works[ahead], ahead, gpu)
        self._listening.register(worker.answers, selectors.EVENT_READ, worker)
        self._give_job_to(worker)

    def stop(self) -> None:
        """End all workers. Those with a job have `SECONDS_TO_END` together to leave it."""
        busy = [worker for worker in self._workers() if worker.job is not None]
        for worker in busy:
            worker.ask_to_end()
        until = time.monotonic() + SECONDS_TO_END
        for worker in self._workers():
            self._end(worker, until - time.monotonic() if worker in busy else 0.0)
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
                self._give_job_to(worker)

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

    def _give_job_to(self, worker: _Worker) -> None:
        job = self._jobs.next(ahead=worker.ahead)
        if job is not None:
            worker.give(job)
        elif self._jobs.over(ahead=worker.ahead):
            self._end(worker)

    def _lost(self, worker: _Worker) -> Iterator[Outcome]:
        ending, job = worker.ending(), worker.job
        self._end(worker)
        if not worker.ready:
            raise WorkerLost(
                f"a worker process {ending} before it could begin: see its output above, mend "
                "what it names, and run the same command again"
            )
        if job is not None and job.tries < ATTEMPTS:
            self._jobs.again(job)
        elif job is not None and self._jobs.failed(job):
            yield Outcome(
                job.item,
                error=WorkerLost(
                    f"{job.item}: its worker process {ending}, {ATTEMPTS} times: if memory is "
                    "short, run the same command again with fewer workers; everything finished is "
                    "kept"
                ),
            )
        if not self._jobs.over(ahead=worker.ahead):
            self.start(ahead=worker.ahead, gpu=worker.gpu)

    def _end(self, worker: _Worker, seconds: float = 0.0) -> None:
        self._listening.unregister(worker.answers)
        worker.stop(seconds)

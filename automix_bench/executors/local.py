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
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.executor import Heard, Outcome, Work, WorkerLost
from automix_bench.packing import packed, unpacked_error
from automix_bench.worker import DONE, FAILED, READY, TOLD, receive, send

__all__ = ["Local"]

# Not MKL's own: torch's separators set their threads through OpenMP, which MKL then follows.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
ATTEMPTS = 2


@dataclass(frozen=True)
class Local:
    """Processes, not threads: a worker that is killed takes nobody with it, and its item is tried
    once more. `benchmarks/make.py` measures both.

    Attributes:
        workers: how many; None for as many as there are cores that this process may use.

    Raises:
        UsageError: there are less than one. On `map`: the work cannot be sent to a process.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"local: wanted 1 worker or more, got {self.workers}")

    def map(self, work: Work, items: Sequence[Any], heard: Heard) -> Generator[Outcome, None, None]:
        """As the contract says.

        Raises:
            WorkerLost: a worker does not even start.
        """
        order = packed(work)
        crew = _Crew(order, deque((item, 1) for item in items), heard)
        try:
            crew.hire(min(self.workers or _cores(), len(items)))
            while crew.at_work:
                yield from crew.next_outcomes()
        finally:
            crew.dismiss()


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))  # fewer than there are, where a scheduler says so
    return os.cpu_count() or 1


class _Worker:
    """One process, and the item it is at."""

    def __init__(self, order: bytes) -> None:
        found = [os.path.abspath(folder) for folder in sys.path]
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(found)}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "automix_bench.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
            bufsize=0,  # a frame that a buffer holds already would not show in the selector
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders = io.BufferedWriter(self._process.stdin)
        self.answers = self._process.stdout
        self.ready, self.item, self.tries = False, None, 0
        self._send(order)

    def give(self, item: Any, tries: int) -> None:
        self.item, self.tries = item, tries
        self._send(packed(item))

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
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"left with {code}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()
        self.answers.close()


class _Crew:
    """The workers of one `map`, and the items that none of them has yet."""

    def __init__(self, order: bytes, waiting: deque[tuple[Any, int]], heard: Heard) -> None:
        self._order, self._waiting, self._heard = order, waiting, heard
        self._listening = selectors.DefaultSelector()

    @property
    def at_work(self) -> bool:
        return bool(self._listening.get_map())

    def hire(self, count: int) -> None:
        for _ in range(count):
            worker = _Worker(self._order)
            self._listening.register(worker.answers, selectors.EVENT_READ, worker)
            worker.give(*self._waiting.popleft())

    def dismiss(self) -> None:
        for key in list(self._listening.get_map().values()):
            self._let_go(key.data)
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
            elif kind == TOLD:
                self._heard(worker.item, value)
            elif kind == FAILED and not worker.ready:
                raise unpacked_error(value)
            elif kind in (DONE, FAILED):
                item = worker.item
                self._go_on(worker)
                failed = kind == FAILED
                yield Outcome(item, error=unpacked_error(value)) if failed else Outcome(item, value)

    def _go_on(self, worker: _Worker) -> None:
        if self._waiting:
            worker.give(*self._waiting.popleft())
        else:
            self._let_go(worker)

    def _lost(self, worker: _Worker) -> Iterator[Outcome]:
        how, item = worker.ended(), worker.item
        self._let_go(worker)
        if not worker.ready:
            raise WorkerLost(f"a worker process {how} before it began: see what it said above")
        if worker.tries < ATTEMPTS:
            self._waiting.appendleft((item, worker.tries + 1))
        else:
            yield Outcome(item, error=WorkerLost(
                f"{item}: its worker process {how}, {ATTEMPTS} times: if memory is short, run the "
                "same command again with fewer workers; everything finished is kept"
            ))  # fmt: skip
        if self._waiting:
            self.hire(1)

    def _let_go(self, worker: _Worker) -> None:
        self._listening.unregister(worker.answers)
        worker.stop()

"""A process that does items of work for another: `python -P -m automix_bench.workers.process`.

It reads frames (8 bytes of length, then a pickle) from standard input: the work, then items. It
answers on what was standard output: that it is ready, what the work tells, and each outcome. What
anything else prints goes to standard error. It ends when its input ends, that is also when the
process that started it is killed; unlike a child of `multiprocessing` it does not run the script
that this process was started by.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
from typing import IO, Any

from automix_bench.executor import Work, attempt
from automix_bench.workers.pickling import packed_error, unpacked

# Not MKL's own: torch's separators set their threads through OpenMP, which MKL then follows.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
# glibc: what is freed stays for the next song. Given back to the system, its pages would have to be
# cleared again, which is a fiftieth of the time that `make` takes.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(512 << 20)}
# Which of several GPUs is a process's own, by its number; unset if it has none of its own.
OWN_GPU = "AUTOMIX_BENCH_GPU"
ATTEMPTS = 2

LENGTH = struct.Struct("<Q")
READY, TOLD, DONE, FAILED = "ready", "told", "done", "failed"


def environment() -> dict[str, str]:
    """What a process that works for this one must find in its environment, to compute with one
    thread, to keep its memory, and to import what this one does."""
    folders = [os.path.abspath(folder) for folder in sys.path]
    kept = {name: os.environ.get(name, value) for name, value in KEPT_MEMORY.items()}
    return {**ONE_THREAD, **kept, "PYTHONPATH": os.pathsep.join(folders)}


def send(stream: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one frame; None at the end of the stream, also if that is within the frame."""
    head = _exactly(stream, LENGTH.size)
    return None if head is None else _exactly(stream, LENGTH.unpack(head)[0])


def _exactly(stream: IO[bytes], size: int) -> bytes | None:
    content = b""
    while len(content) < size:
        part = stream.read(size - len(content))
        if not part:
            return None
        content += part
    return content


def serve() -> None:
    """Do what comes in, one item after another, until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that hands out work decides
    orders, answers = _streams()
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders, waiting), daemon=True).start()

    def say(kind: str, value: Any) -> None:
        send(answers, pickle.dumps((kind, value)))

    try:
        work: Work = unpacked(waiting.get())
    except Exception as error:
        say(FAILED, packed_error(error))
        return
    say(READY, None)
    while True:
        outcome = attempt(work, unpacked(waiting.get()), lambda message: say(TOLD, message))
        if outcome.error is not None:
            say(FAILED, packed_error(outcome.error))
        else:
            say(DONE, outcome.result)


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output, out of the reach of what prints, and of programs that the work
    starts: those would take the orders, or hold the answers open."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return orders, answers


def _listen(orders: IO[bytes], waiting: queue.SimpleQueue[bytes]) -> None:
    while (content := receive(orders)) is not None:
        waiting.put(content)
    os._exit(0)  # at once, whatever is at work: nobody waits for it


if __name__ == "__main__":
    serve()

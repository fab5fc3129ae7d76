"""A process that does items of work for another: `python -P -m automix_bench.workers.process`.

It reads frames (8 bytes of length, then a pickle) from standard input: the work, then items. It
writes frames to what was standard output: that it is ready, the messages of the work, and each
outcome. Everything that is printed goes to standard error. The process ends when its input ends,
which also happens when the process that started it is killed. Unlike a child of `multiprocessing`,
it does not run the script that its parent was started with.
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
from automix_bench.workers.end_signals import EndedBySignal, raising_end_signals
from automix_bench.workers.pickling import packed_error, unpacked

# Not MKL's own: torch's separators set their threads through OpenMP, which MKL then follows.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
# glibc: freed memory stays in the process for the next song. If it were given back to the system,
# its pages would have to be cleared again, which takes a fiftieth of the time of `make`.
MEMORY_SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(512 << 20),
}
# The number of the GPU that belongs to this process; unset if none of several does.
OWN_GPU = "AUTOMIX_BENCH_GPU"
ATTEMPTS = 2

LENGTH = struct.Struct("<Q")
READY, TOLD, DONE, FAILED = "ready", "told", "done", "failed"


def environment() -> dict[str, str]:
    """The environment variables of a worker process: it computes with one thread, keeps freed
    memory, and imports from the same folders as this process."""
    folders = [os.path.abspath(folder) for folder in sys.path]
    memory = {name: os.environ.get(name, value) for name, value in MEMORY_SETTINGS.items()}
    return {**ONE_THREAD, **memory, "PYTHONPATH": os.pathsep.join(folders)}


def send(stream: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one frame; None at the end of the stream, even in the middle of a frame."""
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
    """Do one item after another until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that hands out the items decides
    orders, answers = _streams()
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders, waiting), daemon=True).start()

    def reply(kind: str, value: Any) -> None:
        send(answers, pickle.dumps((kind, value)))

    try:
        work: Work = unpacked(waiting.get())
    except Exception as error:
        reply(FAILED, packed_error(error))
        return
    reply(READY, None)
    while True:
        outcome = attempt(work, unpacked(waiting.get()), lambda message: reply(TOLD, message))
        if outcome.error is not None:
            reply(FAILED, packed_error(outcome.error))
        else:
            reply(DONE, outcome.result)


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output under new descriptors. Neither what is printed nor a program that
    the work starts can reach them: it would read the items, or hold the answers open."""
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
    os._exit(0)  # at once, even in the middle of an item: nobody waits for its outcome


def main() -> None:
    """Serve. On SIGTERM what is at work removes its unfinished files first."""
    try:
        with raising_end_signals():
            serve()
    except EndedBySignal as ended:
        os._exit(128 + ended.signal)  # no thread that still reads is waited for


if __name__ == "__main__":
    main()

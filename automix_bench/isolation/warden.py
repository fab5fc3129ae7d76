"""The process between the harness and a model: it starts the model, watches it, and ends it.

    python -P -s -c BOOT      its orders come as a line of JSON on standard input

The model's process is its child, so all processes that a model leaves behind become children of the
warden: none outlives it. When its standard input ends, because the harness has closed it or was
killed, it kills all of them and ends. It reports to the harness in lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from automix_bench.isolation.box import Box, box_from_json
from automix_bench.isolation.privileges import Limits, adopt_orphans, die_with_parent
from automix_bench.isolation.process_tree import (
    cpu_seconds_of,
    descendants,
    end_all,
    forget_peak,
    memory_of,
    peak_memory_of,
)
from automix_bench.workers.exit_codes import how_it_ended

BOOT = (
    "import sys, json; orders = json.loads(sys.stdin.buffer.readline()); "
    "sys.path[:] = orders['sys_path']; "
    "from automix_bench.isolation.warden import main; main(orders)"
)
LOOK_EVERY_MS = 100
_LOOKS_AT_FOLDER = 10
"""The folder is measured at every tenth look."""
MEASURE = b"m"
SECONDS_TO_REMOVE = 8.0


def main(orders: dict[str, Any]) -> None:
    """Start the model, and watch it until it ends or the harness does."""
    adopt_orphans()
    report = os.fdopen(orders["report"], "w", buffering=1)
    child = os.fork()
    if child == 0:
        report.close()
        _become_model(orders)
    for name in ("incoming", "outgoing", "printed"):
        os.close(orders[name])
    watch = _Watch(child, box_from_json(orders["box"]))
    ended = watch.until_the_end(report)
    end_all()
    _end_container(orders["at_end"])
    with contextlib.suppress(OSError):
        print(json.dumps(ended), file=report)


def _end_container(words: Sequence[str]) -> None:
    """End a container that outlives its client."""
    import subprocess

    if words:
        quiet = subprocess.DEVNULL
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                words,
                stdin=quiet,
                stdout=quiet,
                stderr=quiet,
                timeout=SECONDS_TO_REMOVE,
                check=False,
            )


class _Watch:
    """A look at the model's processes, again and again."""

    def __init__(self, child: int, box: Box) -> None:
        self._child, self._box = child, box
        self._peak = 0
        self._looks = 0

    def until_the_end(self, report: Any) -> dict[str, Any]:
        """Watch until the model ends, breaks a limit, or the harness wants no more of it."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        while True:
            asked = poll.poll(LOOK_EVERY_MS)
            if asked:
                order = os.read(0, 1)
                if order != MEASURE:
                    return {"ended": "on request"}
                print(json.dumps(self._measured()), file=report)
            status = self._status_of_child()
            if status is not None:
                return {"ended": how_it_ended(os.waitstatus_to_exitcode(status))}
            if fault := self._broken_limit():
                return {"ended": fault}

    def _status_of_child(self) -> int | None:
        """Reap what has ended; the status of the model's own process if it has."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self._child:
                    return status
                if pid == 0:
                    return None
        return None

    def _measured(self) -> dict[str, Any]:
        """CPU seconds until now, and the peak of memory since the last time."""
        pids = descendants(os.getpid())
        gone = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = max(self._peak, memory_of(pids), peak_memory_of(self._child))
        self._peak = 0
        forget_peak(self._child)
        return {"cpu": gone.ru_utime + gone.ru_stime + cpu_seconds_of(pids), "peak": peak}

    def _broken_limit(self) -> str:
        limits: Limits = self._box.limits
        pids = descendants(os.getpid())
        if len(pids) > limits.processes:
            return f"was ended: it ran more than {limits.processes} processes"
        memory = memory_of(pids)
        self._peak = max(self._peak, memory)
        if memory > limits.memory:
            return f"was ended: it took more than {limits.memory >> 20} MiB of memory"
        self._looks += 1
        if self._looks % _LOOKS_AT_FOLDER == 0 and _too_large(self._box.folder, limits.file_bytes):
            return f"was ended: it wrote more than {limits.file_bytes >> 20} MiB to its folder"
        return ""


def _too_large(folder: Path, most: int) -> bool:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_blocks * 512
            if total > most:
                return True
    return False


def _become_model(orders: dict[str, Any]) -> NoReturn:
    """In the child: arrange the descriptors, enter the box, and answer. Never returns."""
    code = 1
    try:
        die_with_parent(signal.SIGKILL)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        for printed in (1, 2):
            os.dup2(orders["printed"], printed)
        os.close(nothing)
        os.close(orders["printed"])
        os.chdir(orders["box"]["folder"])
        from automix_bench.isolation.start import start

        start(orders)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

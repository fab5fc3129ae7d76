"""One process of a model from its start to its end, with the warden that watches it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from automix_bench import errors, plugin
from automix_bench.errors import AutomixError, BrokenPlugin, UsageError
from automix_bench.isolation.box import STATES, Box
from automix_bench.isolation.containers import Container, environment_of_client
from automix_bench.isolation.privileges import Limits
from automix_bench.isolation.reads import (
    PACKAGE,
    devices,
    downloaded_weights,
    hub_home,
    python_and_system,
    torch_home,
    without,
)
from automix_bench.isolation.warden import BOOT, MEASURE
from automix_bench.isolation.wire import PROTOCOL, ClosedWire, Message, TimedOut, Wire, WireError
from automix_bench.untrusted.fields import is_number
from automix_bench.untrusted.shown import for_terminal, one_line
from automix_bench.workers.process import MEMORY_SETTINGS

PASSED_ON = """PATH LANG LANGUAGE LC_ALL LC_CTYPE TZ OMP_NUM_THREADS OPENBLAS_NUM_THREADS
NUMBA_NUM_THREADS MKL_NUM_THREADS VECLIB_MAXIMUM_THREADS MALLOC_MMAP_THRESHOLD_
MALLOC_TRIM_THRESHOLD_ LD_LIBRARY_PATH CUDA_VISIBLE_DEVICES CUDA_HOME NUMBA_CACHE_DIR
AUTOMIX_BENCH_GPU SYSTEMROOT"""
"""The variables that a model's process inherits. All others stay with the harness."""
LONGEST_TEXT = 100_000
LONGEST_LINE = 2_000
SECONDS_TO_END = 10.0
_MOST_TIMES, _MOST_MORE = 64, 64 << 20
_SHOWN_BYTES = 64 << 10
"""What a model prints is passed on to standard error, up to this."""


@dataclass(frozen=True)
class ModelPlace:
    """Where a model's code is, and what it may read.

    Attributes:
        name: by which the model's process loads it: a plug-in's name or the path of a file.
        title: for messages.
        read: its own files and weights.
        folders: of its code, which it may list, unless what it may not read lies there.
        words, exchange, container: of a model that is a program; see `commands.Command`.
    """

    name: str
    title: str
    read: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    words: tuple[str, ...] = ()
    exchange: str = ""
    container: Container | None = None


@dataclass(frozen=True)
class Ready:
    """What a model says when it is loaded. It is checked for its type, and believed no further.

    Attributes:
        told_the_answer: it is a `TruthReader`.
        live: it mixes frame by frame.
        fingerprint: its own; empty if it states none.
        weights: what it named with `ab.weights`.
    """

    told_the_answer: bool
    fingerprint: str
    weights: tuple[Path, ...]
    live: bool = False


@dataclass
class Owner:
    """Which model runs, and in which box.

    Attributes:
        place: which model.
        forbidden: what it may not read, wherever that lies: the data set, the runs.
        limits: how much of the machine it may use.
    """

    place: ModelPlace
    forbidden: Sequence[Path] = ()
    limits: Limits = field(default_factory=Limits)


class Denied(BrokenPlugin):
    """A model cannot be loaded because it may not open a file."""


class Running:
    """One process from its start to its end."""

    ready: Ready

    def __init__(self, owner: Owner) -> None:
        """
        Args:
            owner: which model, and in which box.
        """
        self._owner = owner
        self._folder = Path(tempfile.mkdtemp(prefix="model-"))
        to_model, from_model, printed, report = (os.pipe() for _ in range(4))
        theirs = {
            "incoming": to_model[0],
            "outgoing": from_model[1],
            "printed": printed[1],
            "report": report[1],
        }
        effects = plugin.files_loaded("effects")
        reads = (*python_and_system(), *downloaded_weights(), *owner.place.read, *effects)
        box = Box(
            self._folder,
            without(reads, owner.forbidden),
            devices(),
            _listed(owner),
            owner.limits,
        )
        container, name = owner.place.container, f"automix-bench-{secrets.token_hex(8)}"
        words = container.words(owner.limits, name) if container else owner.place.words
        orders = {
            **theirs,
            "container": container is not None,
            "at_end": container.words_at_end(name) if container else (),
            "sys_path": [os.path.abspath(folder) for folder in sys.path],
            "box": box.to_json(),
            "load": {
                "name": owner.place.name,
                "title": owner.place.title,
                "effects": list(map(str, effects)),
                "folders": list(map(str, owner.place.folders)),
                "words": words,
                "exchange": owner.place.exchange,
            },
            "most_bytes": owner.limits.memory,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-c", BOOT],
            stdin=subprocess.PIPE,
            pass_fds=tuple(theirs.values()),
            env=self._environment(),
            start_new_session=True,
            cwd="/",
        )
        for descriptor in theirs.values():
            os.close(descriptor)
        self._wire = Wire(from_model[0], to_model[1], owner.limits.memory)
        self._report: IO[str] = os.fdopen(report[0])
        self._printed = _Printed(printed[0], owner, self.stop)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(orders).encode() + b"\n")
            self._process.stdin.flush()

    def loaded(self) -> tuple[str, str, Ready]:
        """How the process is kept apart, what is lacking for a box, and what the model says."""
        title, seconds = self._owner.place.title, self._owner.limits.load_seconds
        deadline = time.monotonic() + seconds
        try:
            boxed = self._wire.receive(deadline)
            ready = self._wire.receive(deadline)
        except WireError as error:
            why = self.why_it_failed(error, seconds)
            raise BrokenPlugin(f"model {title}: while it was loaded: {why}") from None
        if ready.type == "failure" and ready.head.get("denied") is True:
            raise Denied(text_of(ready, "message"))
        if ready.type == "failure":
            raise error_of(ready)
        state = str(boxed.head.get("state"))
        return (
            state if state in STATES else STATES[1],
            one_line(str(boxed.head.get("lacking"))),
            _ready(title, ready),
        )

    def exchange(self, message: Message, deadline: float, tell: Callable[[float], None]) -> Message:
        """Send a message and receive the next that is no report of a share. It may have some times
        the samples of the first: an answer is stems for a mix, or a mix of many channels."""
        asked = sum(sound.audio.samples.nbytes for sound in message.sounds)
        self._wire.most_bytes = min(_MOST_TIMES * asked + _MOST_MORE, self._owner.limits.memory)
        self._wire.send(message, deadline)
        while True:
            received = self._wire.receive(deadline)
            if received.type != "share":
                return received
            if is_number(share := received.head.get("share")):
                tell(min(max(float(share), 0.0), 1.0))

    def measured(self) -> tuple[float, int] | None:
        """CPU seconds of the model's processes until now, and their peak of memory since the last
        time; None if the warden has ended, or if they run in a container, which it does not
        see."""
        if self._owner.place.container is not None:
            return None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(MEASURE)
            self._process.stdin.flush()
            line = json.loads(self._report.readline())
            return float(line["cpu"]), int(line["peak"])
        except (OSError, ValueError, KeyError):
            return None

    def why_it_failed(self, error: WireError, seconds: float) -> str:
        """End the process, and say in a line why there is no answer."""
        if self._printed.too_much:
            return f"was ended: it printed more than {self._owner.limits.printed >> 20} MiB"
        if isinstance(error, TimedOut):
            return f"was ended: it took longer than {seconds:g} s"
        if not isinstance(error, ClosedWire):
            return f"no answer of the protocol: {error}"
        ending = self._ending()
        last = self._printed.last_line()
        return f"its process {ending}{f': {last}' if last else ''}"

    def _ending(self) -> str:
        """What the warden says of the end."""
        timer = threading.Timer(SECONDS_TO_END, self._process.kill)
        timer.start()
        try:
            for line in self._report:
                with contextlib.suppress(ValueError):
                    record = json.loads(line)
                    if isinstance(record, dict) and isinstance(record.get("ended"), str):
                        return str(record["ended"])
        finally:
            timer.cancel()
        return "closed its output"

    def stop(self) -> None:
        """Have the warden end everything."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def close(self) -> None:
        """End the process and all below it, and remove its folder."""
        self.stop()
        self._wire.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._printed.close()
        self._report.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        """A few of this process's variables, and a home of the model's own."""
        kept = {name: os.environ[name] for name in PASSED_ON.split() if name in os.environ}
        folder = str(self._folder)
        compiled = {} if os.access(PACKAGE, os.W_OK) else {"NUMBA_CACHE_DIR": _numba_cache()}
        environment = {
            **MEMORY_SETTINGS,
            **compiled,
            **kept,
            **dict.fromkeys(("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME"), folder),
            "TORCH_HOME": torch_home(),
            "HF_HOME": hub_home(),
            "HF_HUB_OFFLINE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }
        in_container = self._owner.place.container is not None
        return environment_of_client(environment) if in_container else environment


class _Printed:
    """What a model prints: passed on to standard error up to a size, and counted."""

    def __init__(self, descriptor: int, owner: Owner, stop: Any) -> None:
        self.too_much = False
        self._descriptor, self._owner, self._stop = descriptor, owner, stop
        self._last = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def last_line(self) -> str:
        """The last line that was printed; for a message."""
        self._thread.join(1.0)
        lines = self._last.decode("utf-8", "replace").strip().splitlines()
        return one_line(lines[-1])[:300] if lines else ""

    def close(self) -> None:
        """Wait until everything is read: the writers have ended."""
        self._thread.join(SECONDS_TO_END)
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def _read(self) -> None:
        size, line = 0, b""
        with contextlib.suppress(OSError):
            while part := os.read(self._descriptor, 1 << 16):
                size += len(part)
                self._last = (self._last + part)[-4_096:]
                if size <= _SHOWN_BYTES:
                    *lines, line = (line + part).split(b"\n")
                    for whole in lines:
                        self._show(whole)
                if size > self._owner.limits.printed and not self.too_much:
                    self.too_much = True
                    self._stop()
        if line:
            self._show(line)

    def _show(self, line: bytes) -> None:
        text = for_terminal(line.decode("utf-8", "replace"))
        with contextlib.suppress(OSError, ValueError):
            print(f"{for_terminal(self._owner.place.title)}: {text}", file=sys.stderr)


def _listed(owner: Owner) -> tuple[Path, ...]:
    """The folders of the model's code, without those that hold what it may not know of."""
    barred = [place.resolve() for place in owner.forbidden]
    return tuple(
        folder
        for folder in owner.place.folders
        if not any(place.is_relative_to(folder) for place in barred)
    )


def _ready(title: str, message: Message) -> Ready:
    weights = message.head.get("weights", [])
    fingerprint = message.head.get("fingerprint", "")
    told = message.head.get("told_the_answer", False)
    live = message.head.get("live", False)
    right = (
        message.type == "ready"
        and message.head.get("protocol") == PROTOCOL
        and isinstance(weights, list)
        and all(isinstance(place, str) for place in weights)
        and isinstance(fingerprint, str)
        and isinstance(told, bool)
        and isinstance(live, bool)
    )
    if not right:
        raise UsageError(
            f"model {title}: expected a message that it is ready, of protocol {PROTOCOL}"
        )
    return Ready(told, fingerprint, tuple(map(Path, weights)), live)


def error_of(message: Message) -> AutomixError:
    """The error of a failure, of the kind that it had in the model's process."""
    kind = getattr(errors, str(message.head.get("kind")), None)
    if isinstance(kind, type) and issubclass(kind, AutomixError):
        error = kind.__new__(kind, text_of(message, "message"))
        error.args = (text_of(message, "message"),)
        return error
    return BrokenPlugin(text_of(message, "error"))


def text_of(message: Message, key: str) -> str:
    value = message.head.get(key, "")
    return value[-LONGEST_TEXT:] if isinstance(value, str) else ""


def _numba_cache() -> str:
    """Where numba keeps compiled code of a package that this user may not write to."""
    import platformdirs

    return platformdirs.user_cache_dir("numba", appauthor=False)

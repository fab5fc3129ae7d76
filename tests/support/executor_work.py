"""Work for executors in tests. It has a file of its own, so that worker processes load little."""

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench import errors
from automix_bench.executor import OnMessage, Outcome, Tell, Work
from automix_bench.executors.inline import Inline
from automix_bench.separation.network import with_residual
from automix_bench.song import Song
from automix_bench.source import Listing
from tests.support.tone_source import Tones


def double(item: Any, tell: Tell) -> Any:
    tell(("begun", item))
    return 2 * item


def talk(item: Any, tell: Tell) -> Any:
    print("printed", flush=True)
    os.write(1, b"written\n")
    # A program that reads standard input must not get the items.
    assert subprocess.run(["cat"], capture_output=True, timeout=10).stdout == b""
    assert sys.stdin is None or sys.stdin.read() == ""
    return item


def fail(item: Any, tell: Tell) -> Any:
    time.sleep(0.02 * item)
    if item == 1:
        raise errors.Rejected("song.wav", "silent")
    if item == 2:
        raise FileNotFoundError(2, "No such file", "/nowhere/it")
    if item == 3:
        raise errors.MissingPart("this", "that", "pip install that")
    if item == 4:
        raise ZeroDivisionError("a bug")
    return item


@dataclass(frozen=True)
class Kill:
    """Kills its own process, at one item, `times` times."""

    folder: Path
    at: int
    times: int

    def __call__(self, item: Any, tell: Tell) -> Any:
        if item == self.at:
            for n in range(self.times):
                try:
                    (self.folder / f"killed-{n}").touch(exist_ok=False)
                except FileExistsError:
                    continue
                os.kill(os.getpid(), signal.SIGKILL)
        return item


def ends_by_a_signal_without_a_name(item: Any, tell: Tell) -> Any:
    os.kill(os.getpid(), signal.SIGRTMIN + 3)
    time.sleep(60)


def environment(item: Any, tell: Tell) -> Any:
    import numpy  # noqa: F401

    return {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def process_then_wait(item: Any, tell: Tell) -> Any:
    tell(os.getpid())
    time.sleep(60)


@dataclass(frozen=True)
class Shuffled:
    """Inline, but in another order."""

    by: int

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        turned = sorted(items, key=lambda item: hash((self.by, item.number)))
        yield from Inline().map(work, turned, on_message)


@dataclass(frozen=True)
class Slow(Tones):
    """Tones that take their time."""

    def load(self, listing: Listing) -> Song:
        time.sleep(0.05)
        return super().load(listing)


@dataclass(frozen=True)
class Away(Tones):
    """Tones of which one cannot be read while a file does not exist."""

    back: str = ""

    def load(self, listing: Listing) -> Song:
        if listing.id == "tones-2" and not Path(self.back).exists():
            raise errors.Changed(f"{listing.origin.name}: cannot be read: put it back")
        return super().load(listing)


@dataclass(frozen=True)
class Deadly(Tones):
    """Tones of which one ends the process that loads it, the first time."""

    folder: str = ""

    def load(self, listing: Listing) -> Song:
        if listing.id == "tones-2":
            Kill(Path(self.folder), at=0, times=1)(0, print)
        return super().load(listing)


def count(item: Any, tell: Tell) -> Any:
    for number in range(item):
        tell(number)
    return item


def tell_then_wait(item: Any, tell: Tell) -> Any:
    tell("begun")
    time.sleep(item)
    tell("ends")


def folder(item: Any, tell: Tell) -> Any:
    return os.getcwd()


@dataclass(frozen=True)
class Counted:
    """A separator on a device. It leaves a file for each process that has loaded its model, and for
    each song a file that names the process."""

    folder: str
    kill: str = ""
    license: str = "MIT"

    def __call__(self, song: Song) -> Song:
        _load(self.folder)
        if song.id == self.kill:
            Kill(Path(self.folder), at=0, times=1)(0, print)
        (Path(self.folder) / f"separated-{song.id}").write_text(str(os.getpid()))
        return with_residual(song, {"half": song.mix.scaled(0.5)})

    def fingerprint(self) -> dict[str, Any]:
        return {"separator": "counted", "device": "made of wood"}


@functools.cache
def _load(folder: str) -> None:
    (Path(folder) / f"loaded-{os.getpid()}").write_text(str(os.getpid()))
    own = os.environ.get("AUTOMIX_BENCH_GPU", "")
    (Path(folder) / f"own-{os.getpid()}").write_text(own)


@dataclass(frozen=True)
class Elsewhere(Counted):
    """A separator whose device differs in every process except the one that made it."""

    maker: int = 0

    def fingerprint(self) -> dict[str, Any]:
        return {
            "separator": "elsewhere",
            "device": ("elsewhere", "here")[os.getpid() == self.maker],
        }


@dataclass(frozen=True)
class Needy:
    """Work of which only the last item needs something ahead, which leaves a file."""

    folder: Path
    last: int

    @property
    def ahead(self) -> Work:
        return Leave(self.folder / "left")

    def needs(self, item: Any) -> Sequence[Any]:
        return ["something"] if item == self.last else []

    def __call__(self, item: Any, tell: Tell) -> Any:
        return (self.folder / "left").read_text() if item == self.last else None


@dataclass(frozen=True)
class Leave:
    path: Path

    def __call__(self, item: Any, tell: Tell) -> Any:
        self.path.write_text("done ahead")


@dataclass(frozen=True)
class Meeting:
    """Work with a stage ahead in which `most` jobs wait for each other."""

    folder: Path
    most: int

    @property
    def ahead(self) -> Work:
        return Meet(self.folder, self.most)

    def needs(self, item: Any) -> Sequence[Any]:
        return [item]

    def __call__(self, item: Any, tell: Tell) -> Any:
        return item


@dataclass(frozen=True)
class Meet:
    folder: Path
    most: int

    def __call__(self, item: Any, tell: Tell) -> Any:
        (self.folder / f"here-{item}").touch()
        until = time.monotonic() + 20.0
        while len(list(self.folder.glob("here-*"))) < self.most:
            if time.monotonic() > until:
                raise TimeoutError("the others do not come")
            time.sleep(0.05)


@dataclass(frozen=True)
class Turns:
    """Takes a second on some node of a Ray cluster, and leaves a file that says which."""

    folder: Path

    def __call__(self, item: Any, tell: Tell) -> Any:
        import ray

        node = ray.get_runtime_context().get_node_id()
        (self.folder / f"{node}-{item}").write_text(str(item))
        time.sleep(1.0)
        return item

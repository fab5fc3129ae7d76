"""What who submits and the array tasks tell each other: files in a folder that both can reach.

    SPOOL/<key of the work>/
        work                    what is done with every item
        array-00000-5e0c1a7b/   one array job
            array.json          what its items are called
            job.sh              the batch script
            job                 the id that the cluster gave it
            share-3             the items of task 3, done one after another
            at/3                which of them it is at
            told/3.0            what the work told of the first of them so far
            ended/3.0.done      its outcome; `.failed` with an error in it
            task-3.log          what the task printed, and where its errors arose

Every file appears whole. An array is found in the cluster's queue by its name, so that one whose
id was not written down is found as well; the end of the name keeps it apart from those of earlier
runs, which the queue goes on showing for a while.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from automix_bench import __version__
from automix_bench.errors import UsageError, ending
from automix_bench.executor import Outcome
from automix_bench.files.atomic import put_in_place, write_whole
from automix_bench.files.canonical_json import canonical
from automix_bench.workers.pickling import packed, packed_error, unpacked, unpacked_error

TOLD_EVERY_SECONDS = 1.0


def key_of(value: Any) -> str:
    """A name for a value: equal for equal values in any process, and for no others.

    Raises:
        UsageError: the value holds itself.
    """
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.fast = True  # says nothing of which parts are one object and which merely equal
    try:
        pickler.dump(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"cannot be sent to a cluster: {error}") from error
    return hashlib.sha256(buffer.getvalue()).hexdigest()[:16]


@dataclass(frozen=True, order=True)
class Place:
    """Where an item stands in an array: in which task's share, at which position of it."""

    task: int
    position: int

    def __str__(self) -> str:
        return f"{self.task}.{self.position}"


@dataclass(frozen=True)
class Called:
    """An item by its key, and as people call it."""

    key: str
    name: str


@dataclass(frozen=True)
class Ended:
    """An outcome on its way.

    Attributes:
        line: its error in one line; empty if there is none.
        content: the packed result, or error.
        told: what the work told of the item, packed.
    """

    line: str
    content: bytes
    told: bytes

    def outcome(self, item: Any) -> Outcome:
        if self.line:
            return Outcome(item, error=unpacked_error(self.content))
        return Outcome(item, unpacked(self.content))


@dataclass(frozen=True)
class Array:
    """One array job, by its folder."""

    folder: Path

    @property
    def name(self) -> str:
        """Its name on the cluster."""
        return f"automix-{self.folder.parent.name}-{self.folder.name.removeprefix('array-')}"

    @property
    def job(self) -> str:
        """The id of its job; empty if who submitted it was killed before writing it down."""
        path = self.folder / "job"
        return path.read_text() if path.exists() else ""

    @property
    def script(self) -> Path:
        return self.folder / "job.sh"

    def log(self, task: int) -> Path:
        return self.folder / f"task-{task}.log"

    def called(self) -> list[list[Called]]:
        """The items of every share."""
        record = json.loads((self.folder / "array.json").read_text(encoding="utf-8"))
        return [[Called(**item) for item in share] for share in record]

    def work(self) -> Any:
        return unpacked((self.folder.parent / "work").read_bytes())

    def share(self, task: int) -> list[Any]:
        items: list[Any] = unpacked((self.folder / f"share-{task}").read_bytes())
        return items

    def begin(self, place: Place) -> None:
        write_whole(self.folder / "at" / str(place.task), str(place.position).encode())

    def at(self, task: int) -> int | None:
        """The position that a task began last; None if it never came so far."""
        path = self.folder / "at" / str(task)
        return int(path.read_text()) if path.exists() else None

    def end(self, place: Place, outcome: Outcome, told: Sequence[Any]) -> None:
        """Put an outcome in place."""
        error, messages, content = outcome.error, b"", b""
        if error is None:
            try:
                content, messages = packed(outcome.result), packed(list(told))
            except UsageError as unsendable:
                error = unsendable
        if error is not None:
            content, messages = packed_error(error), packed([])
        line = "" if error is None else one_line(error)
        kind = "failed" if line else "done"
        record = pickle.dumps((line, content, messages))
        write_whole(self.folder / "ended" / f"{place}.{kind}", record)
        (self.folder / "told" / str(place)).unlink(missing_ok=True)

    def ended(self) -> dict[Place, Path]:
        """The outcomes that are there."""
        return _by_place(self.folder / "ended", r"(\d+)\.(\d+)\.(?:done|failed)")

    def told(self) -> dict[Place, Path]:
        """What is told of items that have not ended."""
        return _by_place(self.folder / "told", r"(\d+)\.(\d+)")

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def one_line(error: Exception) -> str:
    """An error for a table: a bug with its type."""
    expected = ending(error)
    said = expected.line if expected is not None else f"{type(error).__name__}: {error}"
    return " ".join(said.split()) or type(error).__name__


def read_ended(path: Path) -> Ended:
    return Ended(*pickle.loads(path.read_bytes()))


def read_told(path: Path) -> list[Any]:
    """What is told of an item since it was begun; nothing if it has ended meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        messages: list[Any] = unpacked(path.read_bytes())
        return messages
    return []


class Telling:
    """Collects what the work tells of an item, and lets it be read now and then."""

    def __init__(self, array: Array, place: Place) -> None:
        self._path = array.folder / "told" / str(place)
        self._written = 0.0
        self.messages: list[Any] = []

    def __call__(self, message: Any) -> None:
        self.messages.append(message)
        if time.monotonic() - self._written < TOLD_EVERY_SECONDS:
            return
        unfinished = self._path.with_name(f".{self._path.name}")
        unfinished.write_bytes(packed(self.messages))
        unfinished.replace(self._path)  # not flushed to the disk: it matters to nobody later
        self._written = time.monotonic()


def _by_place(folder: Path, pattern: str) -> dict[Place, Path]:
    matches = ((re.fullmatch(pattern, name), name) for name in os.listdir(folder))
    return {Place(int(match[1]), int(match[2])): folder / name for match, name in matches if match}


@dataclass(frozen=True)
class Room:
    """The folder of one work."""

    folder: Path

    def arrays(self) -> list[Array]:
        return [Array(path) for path in sorted(self.folder.glob("array-*"))]

    def add(self, work: bytes, shares: Sequence[Sequence[Any]]) -> Array:
        """A new array of tasks, each with its share of items; whole, or not there."""
        if not (self.folder / "work").exists():
            write_whole(self.folder / "work", work)
        numbers = [int(array.folder.name.split("-")[1]) for array in self.arrays()]
        number = f"{max(numbers, default=-1) + 1:05d}"
        array = Array(self.folder / f"array-{number}-{secrets.token_hex(4)}")
        unfinished = self.folder / ".array.tmp"
        if unfinished.exists():  # by a run that was killed
            shutil.rmtree(unfinished)
        for name in ("at", "told", "ended"):
            (unfinished / name).mkdir(parents=True)
        called = [[asdict(Called(key_of(item), str(item))) for item in one] for one in shares]
        write_whole(unfinished / "array.json", canonical(called).encode())
        for task, share in enumerate(shares):
            write_whole(unfinished / f"share-{task}", packed(list(share)))
        put_in_place(unfinished, array.folder)
        return array

    def tidy(self) -> None:
        """Take away the arrays of which no item failed, and the room if none is left."""
        for array in self.arrays():
            if not any(path.suffix == ".failed" for path in array.ended().values()):
                array.remove()
        if not self.arrays():
            shutil.rmtree(self.folder)


def room_of(spool: Path, work: Any) -> Room:
    """The room for a work of this version of the package, begun in this folder: what is relative
    in it would mean something else from another."""
    return Room(spool / key_of((__version__, os.getcwd(), work)))


def rooms(spool: Path) -> list[Room]:
    """All rooms; none if there is no such folder."""
    return [Room(path.parent) for path in sorted(spool.glob("*/work"))]

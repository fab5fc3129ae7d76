"""A share of items: what one array task does, and the files by which it reports.

    SPOOL/<key of the work>/
        work                     what is done with every item, packed
        jobs/                    submitit's files
            123_4_submitted.pkl  the share of task 4 of array job 123
            123_4_0_log.out      what that task printed, and where its errors arose
        items/
            5e0c1a7b             the position in share 5e0c1a7b that its task began last
            5e0c1a7b.0.told      the messages about the first item of that share so far
            5e0c1a7b.0.done      its outcome; `.failed` if it is an error

Every file appears whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import re
import secrets
import shutil
import signal
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from automix_bench import __version__
from automix_bench.errors import UsageError, ending
from automix_bench.executor import Outcome, attempt
from automix_bench.files.atomic import write_whole
from automix_bench.workers.pickling import packed, packed_error, unpacked, unpacked_error

MESSAGES_EVERY_SECONDS = 1.0


def key_of(value: Any) -> str:
    """A name for a value: the same for equal values in every process, different for others.

    Raises:
        UsageError: the value contains itself.
    """
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.fast = True  # else equal parts and one part twice would be written differently
    try:
        pickler.dump(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"cannot be sent to a cluster: {error}") from error
    return hashlib.sha256(buffer.getvalue()).hexdigest()[:16]


@dataclass(frozen=True)
class Share:
    """The items that one array task does, one after another.

    Attributes:
        id: random, so that no two shares write the same files.
        keys: `key_of` each item.
        names: each item as text.
        content: the items, packed.
    """

    id: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    content: bytes


def share_of(items: Sequence[Any]) -> Share:
    """A new share of these items."""
    keys, names = tuple(map(key_of, items)), tuple(map(str, items))
    return Share(secrets.token_hex(4), keys, names, packed(list(items)))


@dataclass(frozen=True, order=True)
class Place:
    """An item by its share and its position there."""

    share: str
    position: int

    def __str__(self) -> str:
        return f"{self.share}.{self.position}"


@dataclass(frozen=True)
class StoredOutcome:
    """An outcome as it is stored.

    Attributes:
        line: the error in one line; empty if there is none.
        content: the packed result or error.
        messages: what the work told about the item, packed.
    """

    line: str
    content: bytes
    messages: bytes

    def outcome(self, item: Any) -> Outcome:
        """The outcome as `Executor.map` yields it."""
        if self.line:
            return Outcome(item, error=unpacked_error(self.content))
        return Outcome(item, unpacked(self.content))


def read_outcome(path: Path) -> StoredOutcome:
    """Read what `WorkFolder.end` wrote."""
    return StoredOutcome(*pickle.loads(path.read_bytes()))


def read_messages(path: Path) -> list[Any]:
    """The messages about an item that is at work; none if it has ended in the meantime."""
    with contextlib.suppress(FileNotFoundError):
        messages: list[Any] = unpacked(path.read_bytes())
        return messages
    return []


@dataclass(frozen=True)
class WorkFolder:
    """The folder of one work in the spool."""

    folder: Path

    @property
    def name(self) -> str:
        """What all of its jobs are called on the cluster."""
        return f"automix-{self.folder.name}"

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    @property
    def items(self) -> Path:
        return self.folder / "items"

    def prepare(self, work: bytes) -> None:
        """Make the folders, and store the work."""
        self.jobs.mkdir(exist_ok=True)
        self.items.mkdir(exist_ok=True)
        write_whole(self.folder / "work", work)

    def submissions(self) -> dict[str, Share]:
        """The share of every job that was submitted, by the id of the job, in their order."""
        paths = {
            tuple(map(int, path.name.removesuffix("_submitted.pkl").split("_"))): path
            for path in self.jobs.glob("*_submitted.pkl")
        }
        return {
            "_".join(map(str, numbers)): pickle.loads(path.read_bytes()).args[1]
            for numbers, path in sorted(paths.items())
        }

    def log(self, job: str) -> Path:
        return self.jobs / f"{job}_0_log.out"

    def begin(self, place: Place) -> None:
        """Note that a task begins an item."""
        write_whole(self.items / place.share, str(place.position).encode())

    def position(self, share: Share) -> int | None:
        """The position that the task of a share began last; None if it began none."""
        path = self.items / share.id
        return int(path.read_text()) if path.exists() else None

    def end(self, place: Place, outcome: Outcome, messages: Sequence[Any]) -> None:
        """Store an outcome."""
        error, told, content = outcome.error, b"", b""
        if error is None:
            try:
                content, told = packed(outcome.result), packed(list(messages))
            except UsageError as unsendable:
                error = unsendable
        if error is not None:
            content, told = packed_error(error), packed([])
        line = "" if error is None else one_line(error)
        kind = "failed" if line else "done"
        write_whole(self.items / f"{place}.{kind}", pickle.dumps((line, content, told)))
        (self.items / f"{place}.told").unlink(missing_ok=True)

    def outcomes(self) -> dict[Place, Path]:
        """The files of all outcomes."""
        return self._by_place(r"(\w+)\.(\d+)\.(?:done|failed)")

    def messages(self) -> dict[Place, Path]:
        """The files of messages about items that are at work."""
        return self._by_place(r"(\w+)\.(\d+)\.told")

    def _by_place(self, pattern: str) -> dict[Place, Path]:
        names = os.listdir(self.items) if self.items.exists() else []
        matches = ((re.fullmatch(pattern, name), name) for name in names)
        return {Place(m[1], int(m[2])): self.items / name for m, name in matches if m}

    def remove(self, job: str, share: Share) -> None:
        """Remove the files of one job."""
        for path in self.items.glob(f"{share.id}*"):
            path.unlink()
        self.log(job).unlink(missing_ok=True)
        (self.jobs / f"{job}_submitted.pkl").unlink()

    def tidy(self) -> None:
        """Remove the array jobs of which no item failed, and the folder if none is left."""
        shares, outcomes = self.submissions(), self.outcomes()
        failed = {place.share for place, path in outcomes.items() if path.suffix == ".failed"}
        failing = {array_of(job) for job, share in shares.items() if share.id in failed}
        for job, share in shares.items():
            if array_of(job) not in failing:
                self.remove(job, share)
        if not failing:
            shutil.rmtree(self.folder)


def array_of(job: str) -> str:
    """The array job that a job belongs to: 123 for 123_4."""
    return job.partition("_")[0]


def work_folder(spool: Path, work: Any) -> WorkFolder:
    """The folder for a work of this version of the package, begun in the current folder: relative
    paths in the work would mean something else from another."""
    return WorkFolder(spool / key_of((__version__, os.getcwd(), work)))


def work_folders(spool: Path) -> list[WorkFolder]:
    """The folders of all works; empty if there is no such spool."""
    return [WorkFolder(path.parent) for path in sorted(spool.glob("*/work"))]


def one_line(error: Exception) -> str:
    """An error for a table, in one line; a bug with its type."""
    expected = ending(error)
    message = expected.line if expected is not None else f"{type(error).__name__}: {error}"
    return " ".join(message.split()) or type(error).__name__


def do_share(folder: Path, share: Share) -> None:
    """Do the items of a share that have no outcome yet. This is what submitit calls in an array
    task; a task that the cluster begins again goes on where it was."""
    # submitit ignores SIGTERM. An interrupt goes upwards through whatever is at work, which then
    # removes its unfinished files; a SystemExit would be taken for an effect's own.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _do_share(WorkFolder(folder), share)
    except KeyboardInterrupt:
        raise SystemExit("ended by the cluster") from None


def _do_share(folder: WorkFolder, share: Share) -> None:
    outcomes = folder.outcomes()
    places = [Place(share.id, position) for position in range(len(share.keys))]
    left = [place for place in places if place not in outcomes]
    try:
        work, items = unpacked((folder.folder / "work").read_bytes()), unpacked(share.content)
    except Exception as error:  # of whatever module is missing on this machine
        traceback.print_exc()
        for place in left:
            folder.end(place, Outcome(None, error=error), ())
        return
    for place in left:
        print(f"begun: {share.names[place.position]}", flush=True)
        folder.begin(place)
        messages = _Messages(folder.items / f"{place}.told")
        outcome = attempt(work, items[place.position], messages)
        if outcome.error is not None:
            traceback.print_exception(outcome.error)
        folder.end(place, outcome, messages.all)
        print(f"ended: {share.names[place.position]}", flush=True)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


class _Messages:
    """Collects the messages about an item, and writes them to a file at a bounded rate."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = 0.0
        self.all: list[Any] = []

    def __call__(self, message: Any) -> None:
        self.all.append(message)
        if time.monotonic() - self._written < MESSAGES_EVERY_SECONDS:
            return
        unfinished = self._path.with_name(f".{self._path.name}")
        unfinished.write_bytes(packed(self.all))
        unfinished.replace(self._path)  # not flushed to the disk: nobody needs it after a crash
        self._written = time.monotonic()

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
import secrets
import shutil
import signal
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from automix_bench import __version__
from automix_bench.errors import UsageError
from automix_bench.executor import Outcome, attempt
from automix_bench.files.atomic import write_whole
from automix_bench.workers.exit_codes import ending
from automix_bench.workers.pickling import packed, packed_error, unpacked, unpacked_error

MESSAGES_EVERY_SECONDS = 1.0
DONE, FAILED = ".done", ".failed"


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
        keys: of each item, as the run that submits it tells items apart.
        names: each item as text.
        content: the items, packed.
    """

    id: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    content: bytes

    @property
    def places(self) -> list[str]:
        """How the files of each item are named, without suffix."""
        return [f"{self.id}.{position}" for position in range(len(self.keys))]


def share_of(keys: Sequence[str], items: Sequence[Any]) -> Share:
    """A new share of these items."""
    return Share(secrets.token_hex(4), tuple(keys), tuple(map(str, items)), packed(list(items)))


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

    def begin(self, place: str) -> None:
        """Note that a task begins an item."""
        share, _, position = place.partition(".")
        write_whole(self.items / share, position.encode())

    def position(self, share: Share) -> int | None:
        """The position that the task of a share began last; None if it began none."""
        path = self.items / share.id
        return int(path.read_text()) if path.exists() else None

    def end(self, place: str, outcome: Outcome, messages: Sequence[Any]) -> None:
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
        kind = FAILED if line else DONE
        write_whole(self.items / f"{place}{kind}", pickle.dumps((line, content, told)))
        (self.items / f"{place}.told").unlink(missing_ok=True)

    def outcomes(self) -> dict[str, Path]:
        """The files of all outcomes, by place."""
        return {path.stem: path for kind in (DONE, FAILED) for path in self.items.glob(f"*{kind}")}

    def messages(self) -> dict[str, Path]:
        """The files of messages about items that are at work, by place."""
        return {path.stem: path for path in self.items.glob("*.told")}

    def remove(self, shares: Mapping[str, Share]) -> None:
        """Remove the files of some jobs."""
        ids = {share.id for share in shares.values()}
        for path in self.items.iterdir():
            if path.name.partition(".")[0] in ids:
                path.unlink()
        for path in self.jobs.iterdir():
            first, *others = path.name.split("_")
            if first in shares or "_".join((first, *others[:1])) in shares:
                path.unlink()

    def remove_unsubmitted(self) -> None:
        """Remove what submitit has prepared for an array that the cluster refused."""
        for path in (*self.jobs.glob("*.pkl"), *self.jobs.glob(".submission_file_*")):
            if not path.name.endswith("_submitted.pkl"):
                path.unlink()

    def tidy(self) -> None:
        """Remove the array jobs of which no item failed, and the folder if none is left."""
        shares = self.submissions()
        failed = {path.name.partition(".")[0] for path in self.items.glob(f"*{FAILED}")}
        failing = {array_of(job) for job, share in shares.items() if share.id in failed}
        if failing:
            self.remove({k: share for k, share in shares.items() if array_of(k) not in failing})
        else:
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
    left = [number for number, place in enumerate(share.places) if place not in outcomes]
    try:
        work, items = unpacked((folder.folder / "work").read_bytes()), unpacked(share.content)
    except Exception as error:  # of whatever module is missing on this machine
        traceback.print_exc()
        for number in left:
            folder.end(share.places[number], Outcome(None, error=error), ())
        return
    for number in left:
        name, place = share.names[number], share.places[number]
        print(f"begun: {name}", flush=True)
        folder.begin(place)
        messages = _MessageFile(folder.items / f"{place}.told")
        outcome = attempt(work, items[number], messages)
        if outcome.error is not None:
            traceback.print_exception(outcome.error)
        folder.end(place, outcome, messages.all)
        print(f"ended: {name}", flush=True)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


class _MessageFile:
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

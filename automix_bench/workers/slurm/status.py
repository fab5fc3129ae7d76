"""The state of the array jobs of a spool, for the commands `status` and `failed`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from automix_bench.untrusted.shown import for_terminal
from automix_bench.workers.slurm import cluster
from automix_bench.workers.slurm.share import (
    FAILED,
    Share,
    WorkFolder,
    array_of,
    read_outcome,
    work_folders,
)


@dataclass(frozen=True)
class ArrayStatus:
    """An array job, in numbers of items.

    Attributes:
        pending: wait, or stand behind another item in the share of a task that runs.
        lost: have no outcome, and their task has left the queue; the command that sent them sends
            them again.
        per_hour: how many ended per hour, from the submission to the last of them.
    """

    job: str
    folder: str
    pending: int
    running: int
    done: int
    failed: int
    lost: int
    per_hour: float


@dataclass(frozen=True)
class Failure:
    """An item that failed, the error in one line, and the job and the log that say more."""

    item: str
    error: str
    job: str
    log: str


def array_statuses(spool: Path) -> list[ArrayStatus]:
    """Every array job of a spool, the oldest of each work first.

    Raises:
        UsageError: the cluster cannot be asked.
    """
    folders = [folder for folder in work_folders(spool) if folder.submissions()]
    queue = cluster.queue() if folders else {}
    statuses = []
    for folder in folders:
        arrays: dict[str, dict[str, Share]] = {}
        for job, share in folder.submissions().items():
            arrays.setdefault(array_of(job), {})[job] = share
        statuses += [_status(folder, job, shares, queue) for job, shares in arrays.items()]
    return statuses


def _status(
    folder: WorkFolder, array: str, shares: dict[str, Share], queue: cluster.Queue
) -> ArrayStatus:
    outcomes, ended = folder.outcomes(), []
    counts: Counter[str] = Counter()
    for job, share in shares.items():
        for position, place in enumerate(share.places):
            path = outcomes.get(place)
            if path is not None:
                counts[path.suffix.removeprefix(".")] += 1
                ended.append(path)
            elif not cluster.is_live(queue, job):
                counts["lost"] += 1
            elif not queue[job].waiting and folder.position(share) == position:
                counts["running"] += 1
            else:
                counts["pending"] += 1
    return ArrayStatus(
        array,
        str(folder.folder),
        counts["pending"],
        counts["running"],
        counts["done"],
        counts["failed"],
        counts["lost"],
        _per_hour(folder.jobs / f"{array}_submission.sh", ended),
    )


def _per_hour(script: Path, ended: list[Path]) -> float:
    submitted = script.stat().st_mtime
    last = max((path.stat().st_mtime for path in ended), default=submitted)
    return 3600.0 * len(ended) / (last - submitted) if last > submitted else 0.0


def to_text(statuses: list[ArrayStatus]) -> str:
    """A table: a line for each array job, in items."""
    heads = ("job", "pending", "running", "done", "failed", "lost", "items/h", "folder")
    rows = [
        (
            for_terminal(one.job),
            *map(str, (one.pending, one.running, one.done, one.failed, one.lost)),
            f"{one.per_hour:.0f}",
            for_terminal(one.folder),
        )
        for one in statuses
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads) - 1)]
    return "\n".join(
        "  ".join((*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), row[-1]))
        for row in (heads, *rows)
    )


def failures(spool: Path) -> list[Failure]:
    """Every item of a spool that failed and was not sent again since."""
    failed = []
    for folder in work_folders(spool):
        outcomes = folder.outcomes()
        for job, share in folder.submissions().items():
            for name, place in zip(share.names, share.places, strict=True):
                path = outcomes.get(place)
                if path is not None and path.suffix == FAILED:
                    line, array = read_outcome(path).line, array_of(job)
                    failed.append(Failure(name, line, array, str(folder.log(job))))
    return failed

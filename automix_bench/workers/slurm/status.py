"""How the array jobs of a spool stand, for who comes by later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from automix_bench.workers.slurm import commands
from automix_bench.workers.slurm.spool import Array, Place, read_ended, rooms


@dataclass(frozen=True)
class Standing:
    """An array job in numbers of items.

    Attributes:
        job: empty if it never came into the queue.
        pending: wait, or stand behind another in the share of a task that runs.
        lost: have no outcome, and their task is not in the queue any more; the command that sent
            them sends them again.
        per_hour: how many ended, from the submission to the last of them.
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
    """An item that failed, by what, and where its task says more."""

    item: str
    error: str
    job: str
    log: str


def standings(spool: Path) -> list[Standing]:
    """Every array job of a spool, the oldest of each work first.

    Raises:
        UsageError: the cluster cannot be asked.
    """
    arrays = [array for room in rooms(spool) for array in room.arrays()]
    queued = commands.queue() if arrays else {}
    return [_standing(array, queued) for array in arrays]


def _standing(array: Array, queued: commands.Queue) -> Standing:
    ended = array.ended()
    counts: Counter[str] = Counter()
    for number, share in enumerate(array.called()):
        task = queued.get((array.name, number))
        for position in range(len(share)):
            path = ended.get(Place(number, position))
            if path is not None:
                counts[path.suffix.removeprefix(".")] += 1
            elif task is None or task.over:
                counts["lost"] += 1
            elif not task.waiting and array.at(number) == position:
                counts["running"] += 1
            else:
                counts["pending"] += 1
    return Standing(
        array.job,
        str(array.folder),
        counts["pending"],
        counts["running"],
        counts["done"],
        counts["failed"],
        counts["lost"],
        _per_hour(array, list(ended.values())),
    )


def _per_hour(array: Array, ended: list[Path]) -> float:
    begun = (array.folder / "array.json").stat().st_mtime
    last = max((path.stat().st_mtime for path in ended), default=begun)
    return 3600.0 * len(ended) / (last - begun) if last > begun else 0.0


def to_text(found: list[Standing]) -> str:
    """A table: a line for each array job, in items."""
    heads = ("job", "pending", "running", "done", "failed", "lost", "items/h", "folder")
    rows = [
        (
            one.job or "–",
            *map(str, (one.pending, one.running, one.done, one.failed, one.lost)),
            f"{one.per_hour:.0f}",
            one.folder,
        )
        for one in found
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads) - 1)]
    return "\n".join(
        "  ".join((*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), row[-1]))
        for row in (heads, *rows)
    )


def failures(spool: Path) -> list[Failure]:
    """Every item of a spool that failed and was not sent again since."""
    found = []
    for array in (array for room in rooms(spool) for array in room.arrays()):
        called = array.called()
        for place, path in sorted(array.ended().items()):
            if path.suffix == ".failed":
                name = called[place.task][place.position].name
                log = str(array.log(place.task))
                found.append(Failure(name, read_ended(path).line, array.job, log))
    return found

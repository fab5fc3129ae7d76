"""Run a submitted system again on items that nobody could choose, and compare with its answers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import read_answer
from automix_bench.evaluation.score import score
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import file_sha256
from automix_bench.isolation.privileges import Limits
from automix_bench.submissions.score_differences import PART_OF_STEP, largest_differences
from automix_bench.submissions.verify import Verified
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line

RERUN = "re-run"
ITEMS = 5


@dataclass(frozen=True)
class Rerun:
    """A submission whose system was run again.

    Attributes:
        items: the examples that were drawn.
        largest: the largest difference from the scores of its answers, by metric.
    """

    items: tuple[str, ...]
    largest: dict[str, float]


def drawn(archive_sha256: str, number: str, ids: Sequence[str], count: int) -> tuple[str, ...]:
    """The items to run again: those with the lowest sha256 of archive, number and id.

    Args:
        number: public, and unknown when the archive was made: a lottery's, the hash of a commit.
    """
    order = {
        one: sha256("\n".join((archive_sha256, number, one)).encode()).hexdigest() for one in ids
    }
    return tuple(sorted(sorted(ids, key=lambda one: order[one])[:count]))


def demand_number(number: str) -> None:
    """Refuse an empty number.

    Raises:
        UsageError: it is empty.
    """
    if not number.strip():
        raise UsageError("re-run: expected a public number, got none: give --number")


def rerun(
    path: Path,
    verified: Verified,
    dataset: Dataset,
    task: Task,
    entry: Entry,
    number: str,
    count: int = ITEMS,
    *,
    limits: Limits | None = None,
    progress: Progress = silent,
) -> Rerun:
    """Run a system on drawn items, in its box, and compare scores with those of its answers.

    A system that says it is deterministic may differ by a twentieth of a metric's step, as
    computers do; another by one step.

    Args:
        path: the archive.
        verified: what `verify` found in it.
        entry: the system, as the maintainer has it.

    Raises:
        DatasetError: an answer scores otherwise than the one that was submitted, or there is none.
        UsageError: the number is empty, or no item is wanted.
    """
    demand_number(number)
    if count < 1:
        raise UsageError(f"re-run: expected one item or more, got {count}")
    ids = [dataset.rows[n]["id"] for n in scored_examples(task, dataset).numbers]
    chosen = drawn(file_sha256(path), number, ids, count)
    few = Dataset(dataset.folder, dataset.split, where=lambda row: row["id"] in chosen)
    with tempfile.TemporaryDirectory(prefix="rerun-") as place:
        folder = Path(place) / "run"
        run(entry, task, few, folder, limits=limits, progress=progress)
        for example in chosen:
            if fault := read_answer(folder, example).failure:
                raise DatasetError(f"{path}: {example}: run again: {one_line(fault)[:300]}")
        again = score(task, few, folder, progress=progress)

    def refusal(name: str, now: str, submitted: str | None) -> str:
        return f"{path}: {name}: its answer scores {submitted}; run again it scores {now}"

    steps = PART_OF_STEP if verified.record["system"]["deterministic"] else 1.0
    largest = largest_differences(task.metrics, again, verified.card, refusal, steps)
    return Rerun(chosen, largest)

"""Which examples a task scores: a task that wants a released mix leaves out the plain sums.

Where stems come without a mix, the mix in `before` is their plain sum. It tells nothing of how the
song was mixed: mono tracks give a mix without width, and whoever pans is punished for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.task import Task

PLAIN_SUM = "their mix is the plain sum of their stems"
"""Why an example is left out of a task that wants a released mix."""


@dataclass(frozen=True)
class ScoredExamples:
    """The examples of a data set that a task scores.

    Attributes:
        numbers: of those examples in the data set, in order.
        left_out: how many others there are, by the reason.
        note: how many of the scored ones do not say what their mix is; empty if there are none.
    """

    numbers: tuple[int, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


def scored_examples(task: Task, dataset: Dataset) -> ScoredExamples:
    """The examples that a task scores: all, or, for a task that wants a released mix, those whose
    mix is not known to be a plain sum.

    Data sets that were made before the kind of a mix was stored do not tell it. Their examples are
    scored, with a note.

    Raises:
        UsageError: no example is left.
    """
    count = len(dataset)
    if not task.released_mix:
        return ScoredExamples(tuple(range(count)))
    kinds = dataset.mix_kinds
    numbers = tuple(number for number, kind in enumerate(kinds) if kind != "sum")
    if not numbers:
        raise UsageError(_nothing_left(task, dataset, count))
    found = Counter(kinds)
    left_out = {PLAIN_SUM: found["sum"]} if found["sum"] else {}
    unknown = f"{found['unknown']} of {count} examples do not say whether their mix was released"
    return ScoredExamples(numbers, left_out, unknown if found["unknown"] else "")


def _nothing_left(task: Task, dataset: Dataset, count: int) -> str:
    """Why no example is left, and what to do."""
    reason = "none of its songs came with a mix"
    instead = "make a data set of songs with a released mix"
    try:
        planned = read_plan(dataset.folder)
    except DatasetError:
        reason = "the plan that would tell why is damaged"
    else:
        chosen = [s for s in planned.songs if dataset.split in (None, s.split)]
        if any(song.listing.mix_kind != "sum" for song in chosen):
            reason = f"the recipe {planned.recipe['name']} sums stems"
            instead = "use a recipe that keeps the released mix, such as wet_multitrack"
    return (
        f"task {task.name}: expected mixes that somebody made, got {count} examples whose mix is "
        f"the plain sum of their stems ({reason}): evaluate `mixing_to_sum` on them, or {instead}"
    )

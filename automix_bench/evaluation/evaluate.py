"""From models by name to a board: run, score, rank, with the floor and the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.entry import Entry, entry
from automix_bench.evaluation.leaderboard import Board, board
from automix_bench.evaluation.run import run
from automix_bench.evaluation.score import score
from automix_bench.executor import Executor, Progress, silent
from automix_bench.metric import Metric
from automix_bench.scorecard import Scorecard
from automix_bench.song import slug
from automix_bench.task import Task


@dataclass(frozen=True)
class Evaluated:
    """A board, where its scorecards and answers lie, and what went wrong on the way.

    Attributes:
        runs: the folder of each model's answers, by its name on the board.
        failures: by model, an item a line.
        kept: how many answers of a model are those of an earlier run.
    """

    board: Board
    cards: tuple[Path, ...]
    runs: dict[str, Path]
    failures: dict[str, list[str]]
    kept: dict[str, int]


def evaluate(
    task: Task,
    dataset: Dataset,
    models: Sequence[str | Entry],
    runs: Path,
    *,
    fresh: bool = False,
    also: Sequence[Metric] = (),
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Evaluated:
    """Run and score each model, and the task's floor and ceiling, and rank them.

    A model's run lies in `<runs>/<task>/<model>-<hash>/`, its scorecard beside it as `.json`. What
    was answered before is not run again; an edited model has another hash and is.

    Args:
        models: by name, or as entries of one's own: `Entry("mine", my_function)`.
        fresh: ask again for what was answered before.
        also: metrics beyond the task's own, for the scorecards and as further columns.
        executor: asks the models and measures what they answer; None does it here.

    Raises:
        UnknownPlugin, UsageError: a name stands for no model, before any is run.
    """
    runs = runs.resolve()
    cards: dict[Path, Scorecard] = {}
    folders: dict[str, Path] = {}
    failures: dict[str, list[str]] = {}
    kept: dict[str, int] = {}
    for one in _entries((task.floor, *models, task.ceiling)):
        place = f"{slug(one.title)}-{one.code[:8] or 'unfiled'}-{dataset.fingerprint[:8]}"
        folder = runs / task.name / place
        ran = run(one, task, dataset, folder, fresh=fresh, executor=executor, progress=progress)
        card = score(task, dataset, folder, also=also, executor=executor, progress=progress)
        path = folder.with_suffix(".json")
        card.write(path)
        cards[path], folders[one.title] = card, folder
        if ran.kept and one.title not in (task.floor, task.ceiling):
            kept[one.title] = ran.kept
        if ran.failures or card.coverage < 1.0:
            failures[one.title] = list(ran.failures) or unscored(card)
    made = board(task.measured_by(also), list(cards.values()))
    return Evaluated(made, tuple(cards), folders, failures, kept)


def _entries(models: Sequence[str | Entry]) -> list[Entry]:
    """Each model once. Files of one name get their folder's in front."""
    entries = [
        (one, entry(one)) if isinstance(one, str) else (one.title, one)
        for one in dict.fromkeys(models)
    ]
    titles = [one.title for _, one in entries]
    return [
        replace(one, title="/".join(Path(name).parts[-2:])) if titles.count(one.title) > 1 else one
        for name, one in entries
    ]


def unscored(card: Scorecard) -> list[str]:
    """Why cells failed that were answered, an item a line."""
    reasons = {f"{s.example}: {s.reason}": None for s in card.scores if s.status == "failed"}
    return list(reasons)

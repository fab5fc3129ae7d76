"""From models by name to a board: run, score, rank, with the floor and the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench import bench, plugin
from automix_bench.dataset import Dataset
from automix_bench.leaderboard import Board, board
from automix_bench.progress import Progress, silent
from automix_bench.scorecard import Scorecard
from automix_bench.song import slug
from automix_bench.task import Task


@dataclass(frozen=True)
class Evaluated:
    """A board, where its scorecards and answers lie, and what went wrong on the way.

    Attributes:
        runs: the folder of each model's answers, by its name on the board.
        failures: by model, an item a line.
    """

    board: Board
    cards: tuple[Path, ...]
    runs: dict[str, Path]
    failures: dict[str, list[str]]


def evaluate(
    task: Task, dataset: Dataset, models: Sequence[str], runs: Path, *, progress: Progress = silent
) -> Evaluated:
    """Run and score each model, and the task's floor and ceiling, and rank them.

    A model's run lies in `<runs>/<task>/<model>-<hash>/`, its scorecard beside it as `.json`. What
    was answered before is not run again; an edited model has another hash and is.
    """
    cards: dict[Path, Scorecard] = {}
    folders: dict[str, Path] = {}
    failures: dict[str, list[str]] = {}
    for name in dict.fromkeys((task.floor, *models, task.ceiling)):
        model = bench.instance(name, plugin.load("models", name))
        place = f"{slug(Path(name).stem)}-{bench.code_hash(model)[:8]}"
        folder = runs / task.name / f"{place}-{dataset.fingerprint[:8]}"
        title = bench.title(name)
        failed = bench.run(title, model, task, dataset, folder, progress=progress)
        card = bench.score(title, task, dataset, folder, progress=progress)
        path = folder.with_suffix(".json")
        card.write(path)
        cards[path], folders[title] = card, folder
        if failed or card.coverage < 1.0:
            failures[title] = failed or unscored(card)
    return Evaluated(board(task, list(cards.values())), tuple(cards), folders, failures)


def unscored(card: Scorecard) -> list[str]:
    """Why cells failed that were answered, an item a line."""
    reasons = {f"{s.example}: {s.reason}": None for s in card.scores if s.status == "failed"}
    return list(reasons)

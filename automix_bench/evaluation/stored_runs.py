"""The runs that lie in folders, by task, each with its scorecard and a board of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import Board, board
from automix_bench.evaluation.run_folder import RunRecord, identity
from automix_bench.evaluation.score import score
from automix_bench.executor import Executor, Progress, silent
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line


@dataclass(frozen=True)
class TaskRuns:
    """The runs of several models of one task on one data set.

    Attributes:
        cards, folders: by the model's name, those of the floor and the ceiling too.
        notes: what was left out, a line each.
    """

    task: Task
    dataset: Dataset
    board: Board
    cards: Mapping[str, Scorecard]
    folders: Mapping[str, Path]
    notes: tuple[str, ...] = ()


def stored_runs(
    places: Sequence[Path],
    data: Path,
    scratch: Path,
    *,
    tasks: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Progress = silent,
) -> list[TaskRuns]:
    """The runs in some folders that are of a data set, by task in the order of the folders.

    A scorecard beside a run is read. A run without one, or with one of another version of the task,
    is scored. Of two runs of one model the newer one counts. Where the floor or the ceiling of a
    task was not run, both are.

    Args:
        places: run folders, or folders that hold some, at any depth.
        data: the folder of the data set.
        scratch: a folder for runs of the floor and the ceiling.
        tasks: names of tasks, or `.py` files of the user's own; only these are read. Empty: all.

    Raises:
        DatasetError: no run is of this data set, or a record or an answer is damaged.
        UsageError: a task has runs on several splits of the data set.
    """
    own = {task.name: task for task in map(task_named, tasks)}
    chosen, others = _of_data(places, data)
    by_task: dict[str, list[tuple[Path, RunRecord]]] = {}
    for folder, record in chosen:
        if not own or record["task"] in own:
            by_task.setdefault(record["task"], []).append((folder, record))
    if not by_task:
        raise DatasetError(_nothing(places, data, chosen, others, own))
    found = []
    for name, runs in by_task.items():
        task = own.get(name) or task_named(name)
        found.append(_task_runs(task, runs, data, scratch, executor, progress))
    return found


def _of_data(
    places: Sequence[Path], data: Path
) -> tuple[list[tuple[Path, RunRecord]], list[RunRecord]]:
    """The runs of a data set, and the records of all other runs. Further samples are left out."""
    fingerprints: dict[str | None, str] = {}
    chosen, others = list[tuple[Path, RunRecord]](), list[RunRecord]()
    for place in places:
        own = (place / "run.json").is_file()
        for folder in [place] if own else sorted(p.parent for p in place.rglob("run.json")):
            record = identity(folder)
            split = record["split"]
            if split not in fingerprints:
                fingerprints[split] = _fingerprint(data, split)
            if record["dataset"] != fingerprints[split]:
                others.append(record)
            elif not record.get("sample", 0) and folder not in [f for f, _ in chosen]:
                chosen.append((folder, record))
    return chosen, others


def _fingerprint(data: Path, split: str | None) -> str:
    """The fingerprint of a split; empty if the data set has no example there."""
    try:
        return Dataset(data, split).fingerprint
    except DatasetError:
        Dataset(data).fingerprint  # noqa: B018  (damaged data is told as such)
        return ""


def _nothing(
    places: Sequence[Path],
    data: Path,
    chosen: Sequence[tuple[Path, RunRecord]],
    others: Sequence[RunRecord],
    own: Mapping[str, Task],
) -> str:
    """Why there is nothing to read, and what to do."""
    where = ", ".join(map(str, places))
    if chosen:
        there = ", ".join(sorted({one_line(record["task"]) for _, record in chosen}))
        return f"{where}: expected runs of {', '.join(own)}, got runs of {there}"
    if others:
        return (
            f"{where}: expected runs on {data}, got {len(others)} runs on other data "
            f"({others[0]['dataset'][:12]} and so on): name the data set that they are of"
        )
    return f"{where}: no run here; `evaluate` and `run` make some"


def _task_runs(
    task: Task,
    runs: Sequence[tuple[Path, RunRecord]],
    data: Path,
    scratch: Path,
    executor: Executor | None,
    progress: Progress,
) -> TaskRuns:
    splits = {record["split"] or "all" for _, record in runs}
    if len(splits) > 1:
        raise UsageError(
            f"task {task.name}: expected runs on one split, got {' and '.join(sorted(splits))}: "
            "name the folders of one"
        )
    dataset = Dataset(data, runs[0][1]["split"])
    folders, notes = _newest(runs)
    cards = {}
    for model, folder in folders.items():
        cards[model] = _card(task, dataset, model, folder, executor, progress)
    if not {task.floor, task.ceiling} <= folders.keys():
        ends = evaluate(
            task, dataset, (), scratch, any_data=True, executor=executor, progress=progress
        )
        for path in ends.cards:
            card = read_scorecard(path)
            if card.model not in folders:
                cards[card.model], folders[card.model] = card, ends.runs[card.model]
                notes.append(f"{card.model} was run for this page; its run is not stored.")
    return TaskRuns(task, dataset, board(task, list(cards.values())), cards, folders, tuple(notes))


def _newest(runs: Sequence[tuple[Path, RunRecord]]) -> tuple[dict[str, Path], list[str]]:
    """The folder of each model, and a note for each that has several."""
    of_model: dict[str, list[Path]] = {}
    for folder, record in runs:
        of_model.setdefault(record["model"], []).append(folder)
    folders, notes = dict[str, Path](), list[str]()
    for model, several in of_model.items():
        several.sort(key=lambda folder: (folder / "run.json").stat().st_mtime)
        folders[model] = several[-1]
        if len(several) > 1:
            notes.append(f"Of {len(several)} runs of {one_line(model)} the newest is shown.")
    return folders, notes


def _card(
    task: Task,
    dataset: Dataset,
    model: str,
    folder: Path,
    executor: Executor | None,
    progress: Progress,
) -> Scorecard:
    """The scorecard beside a run if it fits, or one that is made now."""
    beside = folder.resolve()
    path = beside.with_name(f"{beside.name}.json")
    if path.is_file():
        card = read_scorecard(path)
        fits = (card.task, card.task_version, card.dataset, card.model)
        if fits == (task.name, task.version, dataset.fingerprint, model):
            return card
    return score(task, dataset, folder, executor=executor, progress=progress)

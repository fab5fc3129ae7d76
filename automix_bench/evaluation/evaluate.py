"""Evaluate models: run them, score their answers, rank them between the floor and the ceiling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.entry import Entry, as_entry
from automix_bench.evaluation.failures import Failure
from automix_bench.evaluation.labels import label_of
from automix_bench.evaluation.leaderboard import Board, board
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import traceback_path
from automix_bench.evaluation.samples import of_samples
from automix_bench.evaluation.score import score
from automix_bench.evaluation.scored_data import examples_to_score, facts_of
from automix_bench.executor import Executor, Progress, silent
from automix_bench.files.locks import work_alone
from automix_bench.isolation.live import LiveModel
from automix_bench.isolation.privileges import Limits
from automix_bench.metric import Metric
from automix_bench.model import Model, TruthReader
from automix_bench.scorecard import Scorecard
from automix_bench.song import slug
from automix_bench.task import Task

AnyModel: TypeAlias = str | Path | Entry | Model | TruthReader | LiveModel


@dataclass(frozen=True)
class Evaluation:
    """A board, and the files that it was made from.

    Attributes:
        cards: the files of the scorecards.
        runs: the folder of each model's answers, by the model's own name, whatever its label is.
        failed: by model, the examples on which it failed, and why.
        reused: by model, how many answers come from an earlier run; models with none are left out,
            and so are the floor and the ceiling.
    """

    board: Board
    cards: tuple[Path, ...]
    runs: dict[str, Path]
    failed: dict[str, list[Failure]]
    reused: dict[str, int]

    def _repr_html_(self) -> str:
        return self.board._repr_html_()

    @property
    def failures(self) -> dict[str, list[str]]:
        """By model, one line for each example on which it failed."""
        return {model: list(map(str, failed)) for model, failed in self.failed.items()}


def _untold(line: str) -> None:
    """Drop the line."""


def evaluate(
    task: Task | str,
    dataset: Dataset | Path | str,
    models: Sequence[AnyModel],
    runs: Path | str,
    *,
    fresh: bool = False,
    any_data: bool = False,
    fail_fast: bool = False,
    limits: Limits | None = None,
    samples: int = 1,
    reads: Sequence[Path] = (),
    also: Sequence[Metric] = (),
    labels: Mapping[str, str] | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = _untold,
) -> Evaluation:
    """Run, score and rank models, with the task's floor and ceiling.

    A model's answers lie in `<runs>/<task>/<model>-<hash of the model>-<hash of the data>/`, its
    scorecard beside that folder as `.json`. Answers of an earlier run are reused. An edited model,
    or one with new weights, has another hash and is run again; see `Entry`.

    Args:
        task: a task, or the name of one.
        dataset: a data set: all of it, or the split that it was opened with. Of a folder, the
            examples of the split `test` are scored, or all if it has none there.
        models: names of plug-ins, paths of `.py` files, functions, or entries such as
            `Entry("mine", my_function)`. A function stands on the board under its own name.
        runs: the folder for answers and scorecards.
        fresh: ask the models again for answers that an earlier run stored.
        any_data: score data that the task does not read (`Task.recipes`), and note that.
        fail_fast: stop at the first example on which a model fails. The floor and the ceiling are
            then run last.
        limits: how much of the machine a model may use.
        samples: how many answers to ask of each model for every example, each with another seed.
            A score is then their mean. The floor and the ceiling are asked once.
        reads: files and folders that the models may read, besides their own and their weights.
        also: metrics beyond the task's own, for the scorecards and the board. They do not rank.
        labels: what models are called on the board, by their own names; see `Board.labelled`.
        executor: asks the models and measures their answers; None does both in this process.
        told: called with a line before it waits for another process that runs one of the models,
            such as the floor, in the same folder. That run's answers are then used.

    Raises:
        ModelFailed: a model failed, with `fail_fast`; finished answers stay.
        ValueError: fewer than one sample is asked for.
        UnknownPlugin, UsageError: a name stands for no task or model, the task does not read data
            of this recipe, no example has the kind of mix that the task wants, or a label does not
            fit; before any model is run.
    """
    if samples < 1:
        raise ValueError(f"samples: expected 1 or more, got {samples}")
    if isinstance(task, str):
        task = task_named(task)
    if not isinstance(dataset, Dataset):
        dataset = examples_to_score(dataset)
    facts_of(task, dataset, any_data)
    scored_examples(task, dataset)
    runs = Path(runs).resolve()
    cards: dict[Path, Scorecard] = {}
    folders: dict[str, Path] = {}
    failed: dict[str, list[Failure]] = {}
    reused: dict[str, int] = {}
    ends = (task.floor, task.ceiling)
    in_turn = (*models, *ends) if fail_fast else (task.floor, *models, task.ceiling)
    closed = (dataset.folder.resolve(), runs)
    entries = _entries(in_turn, closed, reads)
    label_of([one.title for one in entries], labels or {})
    for one in entries:
        folder = runs / task.name / _folder_name(one, dataset)
        of_model: list[Scorecard] = []
        for sample in range(1 if one.title in ends else samples):
            place = folder.with_name(f"{folder.name}-sample-{sample}") if sample else folder
            summary = run(
                one,
                task,
                dataset,
                place,
                fresh=fresh,
                any_data=any_data,
                fail_fast=fail_fast,
                forbidden=closed,
                limits=limits,
                sample=sample,
                executor=executor,
                progress=progress,
                waiting=told,
            )
            with work_alone(place, "another run", told):
                card = score(task, dataset, place, also=also, executor=executor, progress=progress)
            of_model.append(card)
            if summary.reused and one.title not in ends:
                reused[one.title] = reused.get(one.title, 0) + summary.reused
            if summary.failed or card.coverage < 1.0:
                failures = list(summary.failed) or failed_scores(card, place)
                failed.setdefault(one.title, []).extend(failures)
        path = folder.with_suffix(".json")
        whole = of_samples(of_model)
        whole.write(path)
        cards[path], folders[one.title] = whole, folder
    leaderboard = board(task.measured_by(also), list(cards.values()))
    return Evaluation(leaderboard.labelled(labels or {}), tuple(cards), folders, failed, reused)


def _folder_name(model: Entry, dataset: Dataset) -> str:
    return f"{slug(model.title)}-{model.key}-{dataset.fingerprint[:8]}"


def _entries(
    models: Sequence[AnyModel], forbidden: Sequence[Path], reads: Sequence[Path]
) -> list[Entry]:
    """Each model once. Two files of one name get the name of their folder in front."""
    different = [one for place, one in enumerate(models) if one not in models[:place]]
    entries = [(one, as_entry(one, forbidden, reads)) for one in different]
    titles = [entry.title for _, entry in entries]
    return [
        replace(entry, title="/".join(Path(given).parts[-2:]))
        if isinstance(given, str | Path) and titles.count(entry.title) > 1
        else entry
        for given, entry in entries
    ]


def failed_scores(card: Scorecard, folder: Path) -> list[Failure]:
    """Why scores failed, once for each example and reason.

    Args:
        folder: of the run, where tracebacks of the model's errors may lie.
    """
    failed = {(s.example, s.reason): None for s in card.scores if s.status == "failed"}
    files = {example: traceback_path(folder, example) for example, _ in failed}
    return [
        Failure(example, reason, file=files[example] if files[example].is_file() else None)
        for example, reason in failed
    ]

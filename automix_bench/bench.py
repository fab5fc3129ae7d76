"""The harness: examples through a model, and what comes out against what was wanted.

`run` shows a model the briefs and writes its answers; `score` reads the answers and the targets.
The two need not be one process: a model never holds a target, and a mended metric scores old
answers without the model.

<run>/run.json      task, data set, model, environment: the run of others is refused
<run>/…             the answers, as `automix_bench.answers` keeps them
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench import answers, plugin
from automix_bench.audio import Audio, rms_db
from automix_bench.canonical import alone, file_sha256, pretty, write_whole
from automix_bench.dataset import Dataset
from automix_bench.environment import environment
from automix_bench.errors import DatasetError, MissingPart, UsageError, naming_a_full_disk
from automix_bench.example import Example
from automix_bench.metric import Metric
from automix_bench.model import Model, TruthReader
from automix_bench.progress import Progress, silent
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import Stems
from automix_bench.task import Task

SILENT_DB = -80.0
IDENTITY = frozenset(
    ("model", "task", "task_version", "dataset", "split", "code", "told_the_answer", "environment")
)


@dataclass(frozen=True)
class Entry:
    """A model as it competes.

    Attributes:
        title: its name on boards.
        code: the sha256 of the file it is written in: an edited model is another model. What that
            file loads (weights, other modules) is not part of it. Empty for a model without a
            file, typed into a notebook: its answers are never kept for a later run.
    """

    title: str
    model: Model | TruthReader
    code: str = ""


def entry(name: str) -> Entry:
    """The model that a plug-in's name stands for.

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is no model.
    """
    offered = plugin.load("models", name)
    source = Path(name) if name.endswith(".py") else plugin.source_of(offered)
    title = Path(name).name if name.endswith(".py") else name
    return Entry(title, instance(name, offered), file_sha256(source) if source else "")


def instance(name: str, model: Any) -> Model | TruthReader:
    """A model from what a plug-in offers: a class is called without arguments, a function is
    taken as it is.

    Raises:
        UsageError: the class wants arguments, or the object is no model.
    """
    if isinstance(model, type):
        try:
            model = model()
        except MissingPart:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise UsageError(f"model {name}: cannot be made without arguments: {said}") from error
    if not isinstance(model, Model | TruthReader) or isinstance(model, Metric):
        raise UsageError(f"model {name}: wanted something to call with a Brief, got {model!r}")
    return model


@dataclass(frozen=True)
class Ran:
    """What a run did.

    Attributes:
        failures: what went wrong, an item a line.
        kept: how many answers are those of an earlier run.
    """

    failures: tuple[str, ...]
    kept: int


def run(
    entry: Entry, task: Task, dataset: Dataset, folder: Path,
    *, fresh: bool = False, progress: Progress = silent,
) -> Ran:  # fmt: skip
    """Show the model every example as the task shows it; write what it answers.

    Answers of an earlier run of the same code are kept, and items it failed on tried again. A
    model that raises, or returns what is no answer, has failed on that item; the others go on. A
    model runs in this process: one that ends it (`os._exit`, a crash in native code) ends the run.

    Args:
        fresh: ask again for what was answered before, for a model whose weights have changed.

    Raises:
        DatasetError: the folder holds something else, or the run of another model, task or data.
        DiskFull: there is no room; finished items stay.
    """
    _begin(folder, {"model": entry.title, "task": task.name, "task_version": task.version,
                    "dataset": dataset.fingerprint, "split": dataset.split, "code": entry.code,
                    "told_the_answer": isinstance(entry.model, TruthReader),
                    "environment": environment()})  # fmt: skip
    failures, kept = [], 0
    folder = folder.resolve()  # a model may change the working directory
    with alone(folder, "another run"):
        for number, row in enumerate(dataset.rows):
            record = folder / f"{row['id']}.json"
            if entry.code and not fresh and answers.is_answered(record):
                kept += 1
            else:
                example = dataset[number]
                if task.targets(example) and (failure := _answer(entry, task, example, record)):
                    failures.append(f"{row['id']}: {failure}")
            progress(f"running {entry.title}", number + 1, len(dataset), "examples")
    return Ran(tuple(failures), kept)


def score(task: Task, dataset: Dataset, folder: Path, *, progress: Progress = silent) -> Scorecard:
    """Measure every answer in a run against its target.

    Every cell exists: an answer that is missing, of the wrong names, length or rate, not finite,
    or silent where sound was wanted, gets each metric's worst value and the status `failed`.

    Raises:
        DatasetError: the folder holds no run of this task and data set.
        UsageError: a metric that is not built in fails.
    """
    said = identity(folder)
    wanted = {"task": task.name, "task_version": task.version, "dataset": dataset.fingerprint}
    _demand_same(folder, said, wanted)
    scores: list[Score] = []
    cost = {"audio_seconds": 0.0, "work_seconds": 0.0}
    for number, row in enumerate(dataset.rows):
        record = folder / f"{row['id']}.json"
        item = answers.read(record) or answers.Kept({}, "no answer", 0.0)
        scores += _compare(task, dataset[number], item)
        if item.seconds:
            cost["audio_seconds"] += row["length"] / row["rate"]
            cost["work_seconds"] += item.seconds
        progress(f"scoring {said['model']}", number + 1, len(dataset), "examples")
    return Scorecard(
        task.name, task.version, dataset.fingerprint, said["model"], tuple(scores), cost,
        said["environment"], said["told_the_answer"],
    )  # fmt: skip


def _begin(folder: Path, wanted: dict[str, Any]) -> None:
    if (folder / "run.json").exists():
        _demand_same(folder, identity(folder), wanted)
        return
    held = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if folder.is_file() or any(not name.endswith(".tmp") for name in held):
        raise DatasetError(f"{folder}: holds something else; choose a folder that is empty or new")
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "run.json", pretty(wanted).encode())


def identity(folder: Path) -> dict[str, Any]:
    """What a run is of: model, task, data set, environment.

    Raises:
        DatasetError: the folder holds no run.
    """
    if not (folder / "run.json").is_file():
        raise DatasetError(f"{folder}: no run here; `run` makes one")
    path = folder / "run.json"
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        missing = IDENTITY - said.keys()
    except (ValueError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged: delete {folder} and run again") from error
    if missing:
        raise DatasetError(
            f"{path}: lacks {', '.join(sorted(missing))}: delete {folder}, run again"
        )
    return said


def _demand_same(folder: Path, said: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if key != "environment" and said.get(key) != value:
            raise DatasetError(
                f"{folder}: holds the run of another {key} ({said.get(key)}, not {value}): "
                "choose another folder, or delete this one"
            )


def _answer(entry: Entry, task: Task, example: Example, record: Path) -> str:
    """Ask for one answer and keep it; what is wrong with it, or nothing."""
    targets = task.targets(example)
    if isinstance(entry.model, TruthReader):
        told = entry.model
        failure = answers.keep(record, lambda: told.knowing(task.brief(example), targets))
    else:
        model = entry.model
        failure = answers.keep(record, lambda: model(task.brief(example)))
    return failure or _misfit(targets, record)


def _misfit(targets: Stems, record: Path) -> str:
    """Why an answer that was just kept will fail when it is scored; empty if it will not."""
    item = answers.read(record)
    stems = item.stems if item is not None else {}
    return next((said for name, target in targets.items()
                 if (said := _unfit(name, target, stems))), "")  # fmt: skip


def _compare(task: Task, example: Example, item: answers.Kept) -> Iterator[Score]:
    for stem, target in task.targets(example).items():
        estimate = item.stems.get(stem)
        failure = item.failure or _unfit(stem, target, item.stems)
        for metric in task.metrics:
            cell = (example.id, example.song, stem, metric.name)
            if failure or estimate is None:
                yield Score(*cell, metric.worst, "failed", failure)
            else:
                value = _measured(metric, target, estimate, example.id)
                yield Score(*cell, value, "undefined" if value != value else "ok")


def _measured(metric: Metric, reference: Audio, estimate: Audio, item: str) -> float:
    """The metric's value. A fault in one of ours keeps its traceback; in another it is named."""
    try:
        return metric(reference=reference, estimate=estimate)
    except Exception as error:
        if str(getattr(metric.measure, "__module__", "")).startswith("automix_bench."):
            raise
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"metric {metric.name} fails on {item}: {said}") from error


def _unfit(stem: str, target: Audio, answered: Stems) -> str:
    if stem not in answered:
        return f"no {stem} in the answer, which has {sorted(answered)}"
    estimate = answered[stem]
    if estimate.rate != target.rate:
        return f"{stem} is at {estimate.rate} Hz, wanted {target.rate} Hz"
    if estimate.samples.shape != target.samples.shape:
        return f"{stem} has shape {estimate.samples.shape}, wanted {target.samples.shape}"
    if rms_db(estimate) < SILENT_DB <= rms_db(target):
        return f"{stem} is silent where sound was wanted"
    return ""

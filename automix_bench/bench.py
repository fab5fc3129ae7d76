"""The harness: examples through a model, and what comes out against what was wanted.

`run` shows a model the briefs and writes its answers; `score` reads the answers and the targets.
The two need not be one process: a model never holds a target, and a mended metric scores old
answers without the model.

<run>/run.json                 task, data set, model, environment: a run of others is refused
<run>/<example>.json           status, names, cost; written last, so an item is whole or not there
<run>/<example>.<stem>.flac    24 bits, times 2**-exponent where the answer exceeds full scale
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench import flac, plugin
from automix_bench.audio import Audio, rms_db
from automix_bench.canonical import file_sha256, pretty, write_whole
from automix_bench.dataset import Dataset
from automix_bench.environment import environment
from automix_bench.errors import DatasetError, UsageError, naming_a_full_disk
from automix_bench.example import Example
from automix_bench.metric import Metric
from automix_bench.model import Answer, Model, TruthReader
from automix_bench.progress import Progress, silent
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import NAME, Stems
from automix_bench.task import Task

SILENT_DB = -80.0


@dataclass(frozen=True)
class Item:
    """One example's answer as it lies on disk: what there is of it, or why there is none."""

    stems: Stems
    failure: str = ""


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
        except TypeError as error:
            raise UsageError(f"model {name}: cannot be made without arguments: {error}") from error
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
    model that raises, or returns what is no answer, has failed on that item; the others go on.

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
    for number, row in enumerate(dataset.rows):
        record = folder / f"{row['id']}.json"
        if entry.code and not fresh and record.exists() and not _read(record)["failure"]:
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
        scores += _compare(task, dataset[number], record)
        if record.exists():
            cost["audio_seconds"] += row["length"] / row["rate"]
            cost["work_seconds"] += _read(record)["seconds"]
        progress(f"scoring {said['model']}", number + 1, len(dataset), "examples")
    return Scorecard(
        task.name, task.version, dataset.fingerprint, said["model"], tuple(scores), cost,
        said["environment"], said["told_the_answer"],
    )  # fmt: skip


def _begin(folder: Path, wanted: dict[str, Any]) -> None:
    if (folder / "run.json").exists():
        _demand_same(folder, identity(folder), wanted)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
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
    return _read(folder / "run.json")


def _demand_same(folder: Path, said: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if key != "environment" and said.get(key) != value:
            raise DatasetError(
                f"{folder}: holds the run of another {key} ({said.get(key)}, not {value}): "
                "choose another folder, or delete this one"
            )


def _answer(entry: Entry, task: Task, example: Example, record: Path) -> str:
    """Ask for one answer and write it; what went wrong, or nothing."""
    begun = time.perf_counter()
    # Whatever a model does is a result, not an error of ours: it is recorded, and scored worst.
    try:
        if isinstance(entry.model, TruthReader):
            answer = entry.model.knowing(task.brief(example), task.targets(example))
        else:
            answer = entry.model(task.brief(example))
        failure = _not_an_answer(answer)
    except UsageError:  # a part is not installed: that is for the user to mend
        raise
    except Exception as error:
        answer, failure = Answer(), f"{type(error).__name__}: {error}".splitlines()[0]
    seconds = time.perf_counter() - begun
    stems = {} if failure else dict(answer.stems)
    exponent = flac.exponent_for(*stems.values()) if stems else 0
    for stem, audio in stems.items():
        content = flac.encode(audio.scaled(2.0**-exponent))
        write_whole(record.with_name(f"{example.id}.{stem}.flac"), content)
    said = {"stems": sorted(stems), "exponent": exponent, "failure": failure, "seconds": seconds}
    write_whole(record, pretty(said).encode())
    return failure


def _not_an_answer(answer: Any) -> str:
    if not isinstance(answer, Answer):
        return f"wanted an Answer, got {type(answer).__name__}"
    for name, audio in answer.stems.items():
        if not isinstance(name, str) or not (NAME.fullmatch(name)):
            return f"{name!r} cannot name a stem: use a-z 0-9 _ -"
        if not isinstance(audio, Audio):
            return f"stem {name}: wanted Audio, got {type(audio).__name__}"
        if audio.channels > 8:
            return f"stem {name}: {audio.channels} channels; is it (samples, channels)?"
    return ""


def _read(path: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{path}: damaged; delete it and run again") from error
    return said


def _compare(task: Task, example: Example, record: Path) -> Iterator[Score]:
    targets = task.targets(example)
    item = _item(record) if targets else Item({})
    for stem, target in targets.items():
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


def _item(record: Path) -> Item:
    if not record.exists():
        return Item({}, "no answer")
    said = _read(record)
    stems = {}
    for stem in said["stems"]:
        path = record.with_name(f"{record.stem}.{stem}.flac")
        if not path.is_file():
            return Item({}, f"{path.name} is missing")
        stems[stem] = flac.decode(path.read_bytes()).scaled(2.0 ** said["exponent"])
    return Item(stems, said["failure"])


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

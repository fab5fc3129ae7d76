"""The folder of a run: what was run, and one answer for each example.

    <run>/run.json                 `RunRecord`: model, task, data set and environment
    <run>/<example>.json           `AnswerRecord`: written last, so an answer is whole or absent
    <run>/<example>.<stem>.flac    24 bits; times 2**-exponent where an answer exceeds full scale

`run` writes such a folder. `score`, `set_distances` and the listening page read it.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from automix_bench import __version__
from automix_bench.audio import Audio
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, naming_a_full_disk
from automix_bench.evaluation.answer_faults import why_not_comparable
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.scorecard import Environment
from automix_bench.song import Stems
from automix_bench.task import Task

PACKAGES = ("numpy", "scipy", "numba", "soundfile", "soxr", "pyloudnorm", "torch", "demucs")


class RunRecord(TypedDict):
    """What a run is of: the content of `run.json`.

    Attributes:
        dataset: the fingerprint of the examples.
        split: train, valid or test; None for all examples.
        code: see `Entry.code`.
        told_the_answer: the model is a `TruthReader`.
        environment: where the answers were made. A run may go on elsewhere.
        note: as in `Scorecard`; missing in runs of earlier versions.
    """

    model: str
    task: str
    task_version: int
    dataset: str
    split: str | None
    code: str
    told_the_answer: bool
    environment: Environment
    note: NotRequired[str]


class AnswerRecord(TypedDict):
    """One answer on disk: the content of `<example>.json`.

    Attributes:
        files: the sha256 of each FLAC file, by file name.
        exponent: the sound in the files is the answer times 2**-exponent.
        failure: why there is no answer; empty if there is one.
        seconds: how long the model took.
        seal: the hash of all other fields, by which damage is detected.
    """

    files: dict[str, str]
    exponent: int
    failure: str
    seconds: float
    seal: str


@dataclass(frozen=True)
class StoredAnswer:
    """One answer as it is read from disk.

    Attributes:
        failure: why there is no answer; empty if there is one.
        seconds: how long the model took.
    """

    stems: Stems
    failure: str
    seconds: float

    def faults(self, targets: Stems) -> dict[str, str]:
        """For each target, why it cannot be compared with the answer; empty text if it can."""
        return {
            stem: self.failure or why_not_comparable(stem, target, self.stems)
            for stem, target in targets.items()
        }


@dataclass(frozen=True)
class EncodedAnswer:
    """The files of one answer, by name, before they are written; see `AnswerRecord`."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    exponent: int = 0


def environment() -> Environment:
    """Describe this process: all that can change a number in a result."""
    import soundfile

    return {
        "automix_bench": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "libsndfile": soundfile.__libsndfile_version__,
        **{name: number for name in PACKAGES if (number := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def begin(folder: Path, record: RunRecord) -> None:
    """Start a run in a new or empty folder, or continue the run that the folder holds.

    Raises:
        DatasetError: the folder holds something else, or the run of another model, task or data
            set.
        DiskFull: there is no room.
    """
    if (folder / "run.json").exists():
        _demand_same(folder, identity(folder), record)
        return
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if folder.is_file() or any(not name.endswith(".tmp") for name in names):
        raise DatasetError(f"{folder}: holds something else; choose a folder that is empty or new")
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "run.json", pretty(record).encode())


def identity(folder: Path) -> RunRecord:
    """Read what a run is of.

    Raises:
        DatasetError: the folder holds no run, or its record is damaged.
    """
    path = folder / "run.json"
    if not path.is_file():
        raise DatasetError(f"{folder}: no run here; `run` makes one")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        missing = RunRecord.__required_keys__ - record.keys()
    except (ValueError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged: delete {folder} and run again") from error
    if missing:
        raise DatasetError(
            f"{path}: lacks {', '.join(sorted(missing))}: delete {folder}, run again"
        )
    return cast(RunRecord, record)


def demand_run_of(folder: Path, task: Task, dataset: Dataset) -> RunRecord:
    """Read what a run is of, and refuse the run of another task or data set.

    Raises:
        DatasetError: the folder holds no run of this task and data set.
    """
    record = identity(folder)
    _demand_same(
        folder,
        record,
        {"task": task.name, "task_version": task.version, "dataset": dataset.fingerprint},
    )
    return record


def _demand_same(folder: Path, record: RunRecord, expected: Mapping[str, object]) -> None:
    """Refuse a run that differs in an expected field. The environment may differ, and the note,
    which follows from the task and the data set."""
    for key, value in expected.items():
        if key not in ("environment", "note") and record.get(key) != value:
            raise DatasetError(
                f"{folder}: holds the run of another {key} ({record.get(key)}, not {value}): "
                "choose another folder, or delete this one"
            )


def encode_answer(example: str, stems: Stems) -> EncodedAnswer:
    """Encode the stems of an answer as FLAC files, on one scale.

    Raises:
        ValueError: FLAC cannot hold a stem.
    """
    if not stems:
        return EncodedAnswer()
    exponent = flac.exponent_for(*stems.values())
    files = {
        f"{example}.{stem}.flac": flac.encode(audio.scaled(2.0**-exponent))
        for stem, audio in stems.items()
    }
    return EncodedAnswer(files, exponent)


def write_answer(
    folder: Path, example: str, answer: EncodedAnswer, failure: str, seconds: float
) -> None:
    """Write the sounds of an answer, then its record.

    Args:
        failure: why there is no answer; empty if there is one.
        seconds: how long the model took.

    Raises:
        DiskFull: there is no room; the answer is absent.
    """
    for name, content in answer.files.items():
        write_whole(folder / name, content)
    hashes = {name: sha256(content).hexdigest() for name, content in answer.files.items()}
    record = {
        "files": hashes,
        "exponent": answer.exponent,
        "failure": failure,
        "seconds": seconds,
    }
    write_whole(_record_path(folder, example), pretty(sealed(record)).encode())


def read_answer(folder: Path, example: str) -> StoredAnswer:
    """Read the answer to one example.

    An answer that was never written, or that lacks a file, is read as a failure.

    Raises:
        DatasetError: the answer is damaged.
    """
    path = _record_path(folder, example)
    if not path.is_file():
        return StoredAnswer({}, "no answer", 0.0)
    record = _read_record(path)
    stems: dict[str, Audio] = {}
    for name, digest in record["files"].items():
        sound = folder / name
        if not sound.is_file():
            return StoredAnswer({}, f"{name} is missing; run the model again", record["seconds"])
        content = sound.read_bytes()
        if sha256(content).hexdigest() != digest:
            raise DatasetError(f"{sound}: damaged; run the model again to mend it")
        stem = name.removeprefix(f"{example}.").removesuffix(".flac")
        stems[stem] = flac.decode(content).scaled(2.0 ** record["exponent"])
    return StoredAnswer(stems, record["failure"], record["seconds"])


def _read_record(path: Path) -> AnswerRecord:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        whole = sealed(record) == record
    except (ValueError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: damaged; run the model again to mend it") from error
    if not whole:
        raise DatasetError(f"{path}: damaged; run the model again to mend it")
    return cast(AnswerRecord, record)


def _record_path(folder: Path, example: str) -> Path:
    return folder / f"{example}.json"

"""The folder of a run: what was run, and one answer for each example.

    <run>/run.json                 `RunRecord`: model, task, data set and environment
    <run>/<example>.json           `AnswerRecord`: written last, so an answer is whole or absent
    <run>/<example>.<stem>.flac    24 bits; times 2**-exponent where an answer exceeds full scale
    <run>/<example>.traceback.txt  where the model raised an error: its traceback, for people alone
    <run>/run.seconds.json         what each answer cost, as `run` measured it

`run` writes such a folder. `score`, `set_distances` and `report` read it. It may come
from a stranger: every field is checked before it is used. No program reads the tracebacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from automix_bench.audio import Audio
from automix_bench.console import Console
from automix_bench.consoles.console_json import console_from_json, console_to_json
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import AutomixError, DatasetError, naming_a_full_disk
from automix_bench.evaluation.answer_sound import decoded
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.isolation.answer_faults import why_no_console
from automix_bench.isolation.box import IN_PROCESS, STATES
from automix_bench.model import Answer
from automix_bench.scorecard import Environment
from automix_bench.song import NAME, Stems
from automix_bench.task import Task
from automix_bench.untrusted.fields import (
    Schema,
    anything,
    mapping,
    number,
    one_of,
    optional,
    shown,
    text,
    truth,
    whole,
)
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.shown import one_line

AGAIN = "damaged; run the model again to mend it"
MOST_BYTES = 16 << 20
_RUN = Schema(
    {
        **dict.fromkeys(("model", "task", "dataset"), text()),
        "task_version": whole(),
        "split": optional(text()),
        "code": text(empty=True),
        "told_the_answer": truth,
        "environment": mapping(text(empty=True)),
    },
    {
        "weights": text(empty=True),
        **dict.fromkeys(("recipe", "note", "left_out"), text(100_000, empty=True)),
        "order": text(empty=True),
        "sample": whole(),
    },
    open=True,
)
_ANSWER = Schema(
    {
        "files": mapping(text()),
        "exponent": whole(0, 64),
        "failure": text(1_000_000, empty=True),
        "seal": text(),
    },
    {
        "seconds": number(0.0),
        "isolation": one_of(STATES),
        "values": mapping(number()),
        "console": optional(mapping(anything)),
    },
)


class LaterFields(TypedDict, total=False):
    """Fields of a `RunRecord` that runs of earlier versions lack.

    Attributes:
        weights: see `Entry.weights`.
        recipe, note: see `DataFacts`.
        order: the secret from which the order of the examples comes, so that no model knows it.
    """

    weights: str
    recipe: str
    note: str
    order: str


class RunRecord(LaterFields):
    """What a run is of: the content of `run.json`.

    Attributes:
        dataset: the fingerprint of the examples.
        split: train, valid or test; None for all examples.
        code: see `Entry.code`.
        told_the_answer: the model is a `TruthReader`.
        environment: where the answers were made. A run may go on elsewhere.
        note: as in `Scorecard`; missing in runs of earlier versions.
        sample: as in `run`; missing for the first.
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
    sample: NotRequired[int]


class AnswerRecord(TypedDict):
    """One answer on disk: the content of `<example>.json`.

    Attributes:
        files: the sha256 of each FLAC file, by file name.
        exponent: the sound in the files is the answer times 2**-exponent.
        failure: why there is no answer; empty if there is one.
        isolation: how the model was kept apart from the targets; see `isolation.box.STATES`.
            Answers of earlier versions lack it: those models shared a process with the targets.
        values: the numbers of the answer, by name. Answers of earlier versions lack them.
        console: its settings as JSON, or null.
        seal: the hash of all other fields, by which damage is detected.
    """

    files: dict[str, str]
    exponent: int
    failure: str
    isolation: NotRequired[str]
    values: NotRequired[dict[str, float]]
    console: NotRequired[dict[str, Any] | None]
    seal: str


@dataclass(frozen=True)
class StoredAnswer:
    """One answer as it is read from disk.

    Attributes:
        failure: why there is no answer; empty if there is one.
        isolation: see `AnswerRecord`.
    """

    stems: Stems
    failure: str
    isolation: str = IN_PROCESS
    values: Mapping[str, float] = field(default_factory=dict)
    console: Console | None = None

    @property
    def answer(self) -> Answer:
        """What the model returned."""
        return Answer(self.stems, self.values, self.console)


@dataclass(frozen=True)
class EncodedAnswer:
    """The files of one answer, by name, before they are written; see `AnswerRecord`."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    exponent: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    console: Mapping[str, Any] | None = None


def begin(folder: Path, record: RunRecord) -> None:
    """Start a run in a new or empty folder, or continue the run that the folder holds.

    Raises:
        DatasetError: the folder holds something else, or the run of another model, task or data
            set.
        DiskFull: there is no room.
    """
    # Listed first: another process may begin the same run in between.
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if (folder / "run.json").exists():
        _demand_same(folder, identity(folder), record)
        return
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
    remedy = f"delete {folder} and run again"
    record = read_json_object(path, "record of a run", remedy, MOST_BYTES)
    _RUN.demand(record, str(path), remedy)
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
    """Refuse a run that differs in an expected field. The environment, the order and the note may
    differ, and runs of earlier versions lack a field."""
    for key, value in expected.items():
        had = record.get(key, 0 if key == "sample" else value)
        if key not in ("environment", "note", "order") and had != value:
            raise DatasetError(
                f"{folder}: holds the run of another {key} ({record.get(key)}, not {value}): "
                "choose another folder, or delete this one"
            )


def encode_answer(example: str, answer: Answer) -> EncodedAnswer:
    """Encode the stems of an answer as FLAC files, on one scale, and its settings as JSON.

    Raises:
        ValueError: FLAC cannot hold a stem.
    """
    stems = answer.stems
    values = {name: float(value) for name, value in sorted(answer.values.items())}
    console = None if answer.console is None else console_to_json(answer.console)
    if not stems:
        return EncodedAnswer(values=values, console=console)
    exponent = flac.exponent_for(*stems.values())
    files = {
        f"{example}.{stem}.flac": flac.encode(audio.scaled(2.0**-exponent))
        for stem, audio in stems.items()
    }
    return EncodedAnswer(files, exponent, values, console)


def traceback_path(folder: Path, example: str) -> Path:
    """The file of the traceback of an error that the model raised on an example."""
    return folder / f"{example}.traceback.txt"


def write_answer(
    folder: Path,
    example: str,
    answer: EncodedAnswer,
    failure: str,
    trace: str = "",
    isolation: str = IN_PROCESS,
) -> None:
    """Write the sounds of an answer, then its record.

    Args:
        failure: why there is no answer; empty if there is one.
        trace: the traceback of the model's error; empty if there is none. That of an earlier
            answer is removed.
        isolation: how the model was kept apart.

    Raises:
        DiskFull: there is no room; the answer is absent.
    """
    if trace:
        write_whole(traceback_path(folder, example), trace.encode())
    else:
        traceback_path(folder, example).unlink(missing_ok=True)
    for name, content in answer.files.items():
        write_whole(folder / name, content)
    hashes = {name: sha256(content).hexdigest() for name, content in answer.files.items()}
    record = {
        "files": hashes,
        "exponent": answer.exponent,
        "failure": failure,
        "isolation": isolation,
        **({"values": dict(answer.values)} if answer.values else {}),
        **({"console": dict(answer.console)} if answer.console is not None else {}),
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
        return StoredAnswer({}, "no answer")
    record = _read_record(path, example)
    stems: dict[str, Audio] = {}
    for name, digest in record["files"].items():
        sound = folder / name
        if not sound.is_file():
            return StoredAnswer({}, f"{name} is missing; run the model again")
        content = sound.read_bytes()
        if sha256(content).hexdigest() != digest:
            raise DatasetError(f"{sound}: damaged; run the model again to mend it")
        stem = name.removeprefix(f"{example}.").removesuffix(".flac")
        stems[stem] = decoded(sound, content, AGAIN).scaled(2.0 ** record["exponent"])
    return StoredAnswer(
        stems,
        record["failure"],
        record.get("isolation", IN_PROCESS),
        record.get("values", {}),
        _console(path, record.get("console")),
    )


def stated_answer(folder: Path, example: str) -> tuple[tuple[str, ...], str]:
    """The names of the FLAC files of an answer that is there, and why it is none; empty if it is
    one. Its sounds are not read.

    Raises:
        DatasetError: the record of the answer is damaged.
    """
    record = _read_record(_record_path(folder, example), example)
    return tuple(record["files"]), record["failure"]


def _console(path: Path, settings: Mapping[str, Any] | None) -> Console | None:
    """The console of an answer.

    Raises:
        DatasetError: the settings are none, or too many.
    """
    if settings is None:
        return None
    try:
        console = console_from_json(settings)
        fault = why_no_console(console)
    except (AutomixError, ArithmeticError, RecursionError, TypeError, ValueError) as error:
        fault = f"console: {error}"
    if fault:
        raise DatasetError(f"{path}: {one_line(fault)}: {AGAIN}")
    return console


def _read_record(path: Path, example: str) -> AnswerRecord:
    record = read_json_object(path, "record of an answer", AGAIN, MOST_BYTES)
    _ANSWER.demand(record, str(path), AGAIN)
    for name in record["files"]:
        stem = name.removeprefix(f"{example}.").removesuffix(".flac")
        if name != f"{example}.{stem}.flac" or not NAME.fullmatch(stem):
            raise DatasetError(
                f"{path}: files: expected {example}.<stem>.flac, got {shown(name)}: {AGAIN}"
            )
    try:
        whole_record = sealed(record) == record
    except ValueError:  # NaN in a field that nobody reads
        whole_record = False
    if not whole_record:
        raise DatasetError(f"{path}: {AGAIN}")
    return cast(AnswerRecord, record)


def _record_path(folder: Path, example: str) -> Path:
    return folder / f"{example}.json"

"""What a leaderboard keeps of a submission: one JSON file, from which its tables are made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, nan
from pathlib import Path
from typing import Any, Literal

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import canonical, nulled
from automix_bench.isolation.box import STATES
from automix_bench.metric import Ranged
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import slug
from automix_bench.submissions.benchmark import SPLIT, Benchmark
from automix_bench.submissions.record import system_fault
from automix_bench.task import Task
from automix_bench.untrusted.fields import (
    Schema,
    is_number,
    mapping,
    one_of,
    optional,
    sequence,
    sha256_text,
    shown,
    span,
    text,
    whole,
)
from automix_bench.untrusted.fields import record as record_of
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.scorecard_record import COST, no_cost
from automix_bench.untrusted.shown import one_line

FORMAT = 1
BADGES = ("declared", "re-scored", "re-run")
"""How far an entry was checked, from least to most. `declared` is never ranked. The badge `hidden`
is in no entry: a board gives it to those whose archives stood in a hidden round."""
ENDS = ("floor", "ceiling")
REMEDY = "write it again (automix-bench leaderboard add)"
DIGITS = 7
"""Scores are stored with so many significant digits."""

EntryPart = Literal["entry", "floor", "ceiling"]


def _object(value: object) -> str:
    return "" if isinstance(value, dict) else "an object"


def _isolation(value: object) -> str:
    """How a model was kept apart; empty if that is not known."""
    return "" if value == "" else one_of(STATES)(value)


_STATED = Schema(
    {"isolation": _isolation, "processor": text(200, empty=True)},
    {"cost": record_of(COST), "floor_cost": optional(record_of(COST))},
)
ENTRY = Schema(
    {
        "format": whole(),
        **dict.fromkeys(("benchmark", "task", "split", "name", "model"), text()),
        "task_version": whole(1),
        "dataset": sha256_text,
        "part": one_of(("entry", *ENDS)),
        "badge": one_of(BADGES),
        "system": optional(_object),
        "archive": optional(sha256_text),
        "environment": mapping(text(empty=True)),
        "stated": optional(record_of(_STATED)),
        "overlap": sequence,
        "items": sequence,
        "values": mapping(sequence),
    }
)


@dataclass(frozen=True)
class BoardEntry:
    """One row of a leaderboard, with every score that it rests on.

    Attributes:
        part: `entry` for a submission; else the task's floor or ceiling, which we ran ourselves.
        badge: one of `BADGES`.
        card: its scores, as we measured them; `card.model` is its name on the board.
        model: the name of the model in the submission.
        system: its system card; None for floor and ceiling.
        archive: the sha256 of the archive; None for floor and ceiling.
        stated: what only the submitter saw: isolation, processor, cost, and the cost of the floor
            on the same machine. For information.
        overlap: the examples that the submitter found among what the system was trained on.
    """

    benchmark: str
    part: EntryPart
    badge: str
    card: Scorecard
    model: str
    system: Mapping[str, Any] | None = None
    archive: str | None = None
    stated: Mapping[str, Any] | None = None
    overlap: Sequence[str] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """Its name on the board."""
        return self.card.model

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"{self.card.task}-{self.part if self.part in ENDS else slug(self.name)}.json"

    def to_json(self, metrics: Sequence[Ranged]) -> dict[str, Any]:
        """The entry as JSON values: an item is an example, its song and a stem; each metric has a
        value for each item, null where it is undefined."""
        items = list(dict.fromkeys((s.example, s.song, s.stem) for s in self.card.scores))
        values: dict[str, list[float | None]] = {}
        for metric in metrics:
            of = {(s.example, s.song, s.stem): s.value for s in self.card.of(metric)}
            values[metric.name] = [rounded(of.get(item, nan)) for item in items]
        return {
            "format": FORMAT,
            "benchmark": self.benchmark,
            "task": self.card.task,
            "task_version": self.card.task_version,
            "dataset": self.card.dataset,
            "split": self.card.split,
            "part": self.part,
            "badge": self.badge,
            "name": self.name,
            "model": self.model,
            "system": self.system and dict(self.system),
            "archive": self.archive,
            "environment": dict(self.card.environment),
            "stated": self.stated and nulled(dict(self.stated)),
            "overlap": sorted(self.overlap),
            "items": [list(item) for item in items],
            "values": values,
        }

    def write(self, folder: Path, metrics: Sequence[Ranged]) -> Path:
        """Write the entry into a folder, under the name that it has there."""
        path = folder / self.file_name
        write_whole(path, _in_lines(self.to_json(metrics)).encode())
        return path


def rounded(value: float) -> float | None:
    """A number as entries and tables keep it; None for NaN."""
    return None if isnan(value) else float(f"{value:.{DIGITS}g}") + 0.0  # never -0.0


def _in_lines(record: Mapping[str, Any]) -> str:
    """JSON with one field to a line, and one metric."""

    def lines(of: Mapping[str, Any], indent: str) -> str:
        inner = ",\n".join(f"{indent} {json.dumps(k)}: {canonical(of[k])}" for k in sorted(of))
        return f"{{\n{inner}\n{indent}}}"

    plain = {name: value for name, value in record.items() if name != "values"}
    return lines(plain, "")[:-2] + f',\n "values": {lines(record["values"], " ")}\n}}\n'


def read_entry(path: Path, benchmark: Benchmark) -> BoardEntry:
    """An entry of a leaderboard, every field checked.

    Raises:
        DatasetError: a field is missing, unknown or wrong; the file has another name than its
            entry; it is of another benchmark, version, data set or split; an example is missing;
            or a value cannot be.
    """
    record = read_json_object(path, "entry of a leaderboard", REMEDY)
    return _entry(record, path, benchmark)


def as_read(entry: BoardEntry, archive: Path, benchmark: Benchmark) -> BoardEntry:
    """An entry as it will be read from its file, before the file is written. Each of its metrics
    has all items, NaN where it has no score of one.

    Args:
        archive: for the message.

    Raises:
        DatasetError: as `read_entry`.
    """
    metrics = benchmark.task(entry.card.task).metrics
    path = archive.with_name(entry.file_name)
    try:
        return _entry(entry.to_json(metrics), path, benchmark)
    except DatasetError as error:
        message = str(error).removeprefix(f"{path}: ").removesuffix(f": {REMEDY}")
        raise DatasetError(f"{archive}: cannot stand on the board: {message}") from error


def _entry(record: dict[str, Any], path: Path, benchmark: Benchmark) -> BoardEntry:
    """The entry of a record that lies, or will lie, at a path."""
    where = str(path)
    if record.get("format") != FORMAT or isinstance(record.get("format"), bool):
        raise DatasetError(f"{where}: format: expected {FORMAT}, got {shown(record.get('format'))}")
    ENTRY.demand(record, where, REMEDY)
    if record["task"] not in benchmark.tasks:
        known = ", ".join(benchmark.tasks)
        raise DatasetError(f"{where}: task: expected one of {known}, got {shown(record['task'])}")
    task = benchmark.task(record["task"])
    for name, wanted in (
        ("benchmark", benchmark.name),
        ("task_version", task.version),
        ("dataset", benchmark.fingerprint),
        ("split", SPLIT),
    ):
        if record[name] != wanted:
            raise DatasetError(
                f"{where}: {name}: expected {wanted}, got {shown(record[name])}: {REMEDY}"
            )
    if fault := _fault_of_part(record, task):
        raise DatasetError(f"{where}: {fault}: {REMEDY}")
    if fault := _fault_of_scores(record, benchmark, task):
        raise DatasetError(f"{where}: {fault}: {REMEDY}")
    entry = BoardEntry(
        benchmark.name,
        record["part"],
        record["badge"],
        _card(record, benchmark, task),
        record["model"],
        record["system"],
        record["archive"],
        record["stated"],
        tuple(record["overlap"]),
    )
    if path.name != entry.file_name:
        raise DatasetError(f"{where}: expected the file {entry.file_name}, got {path.name}")
    return entry


def _fault_of_part(record: Mapping[str, Any], task: Task) -> str:
    """What is wrong with who is said to have made the entry; empty if nothing."""
    name, part, system = record["name"], record["part"], record["system"]
    ends = {"floor": task.floor, "ceiling": task.ceiling}
    if part in ends:
        if (name, record["model"], system) != (ends[part], ends[part], None):
            return f"name: expected {ends[part]}, the {part}, without a system card"
        return ""
    taken = {"", *ENDS, *(f"{slug(ends[end])}{tail}" for end in ends for tail in ("", f"-{end}"))}
    if slug(name) in taken:
        return f"name: expected one of its own, got {shown(name)}"
    if system is None or record["archive"] is None:
        return "system: expected a system card and the sha256 of an archive"
    if fault := system_fault(system):
        return f"system: {fault}"
    return "" if system["name"] == name else f"name: expected that of its system, got {shown(name)}"


def _fault_of_scores(record: Mapping[str, Any], benchmark: Benchmark, task: Task) -> str:
    """What is wrong with the scores; empty if nothing."""
    items = record["items"]
    for item in items:
        if not isinstance(item, list) or len(item) != 3 or any(map(text(), item)):
            return f"items: expected example, song and stem, got {shown(item)}"
    if len(set(map(tuple, items))) < len(items):
        return "items: an item is there twice"
    examples = {item[0] for item in items}
    songs = len({item[1] for item in items})
    for what, there, count in (
        ("examples", len(examples), benchmark.examples),
        ("songs", songs, benchmark.songs),
    ):
        if there != count:
            return f"items: expected {count} {what}, got {there}"
    if strange := [one for one in record["overlap"] if one not in examples]:
        return f"overlap: expected examples, got {shown(strange[0])}"
    names = [metric.name for metric in task.metrics]
    if sorted(record["values"]) != sorted(names):
        odd = sorted(set(record["values"]) ^ set(names))
        return f"values: expected the metrics of {task.name}, differing in {one_line(odd[0])[:100]}"
    for metric in task.metrics:
        values = record["values"][metric.name]
        if len(values) != len(items):
            return f"values: {metric.name}: expected {len(items)}, got {len(values)}"
        for value in values:
            if value is None:
                continue
            if not is_number(value) or not metric.low <= value <= metric.high:
                expected = span(metric.low, metric.high)
                return f"values: {metric.name}: expected a number {expected}, got {shown(value)}"
    first = record["values"][task.metrics[0].name]
    return f"values: {names[0]}: all are undefined" if all(v is None for v in first) else ""


def _card(record: Mapping[str, Any], benchmark: Benchmark, task: Task) -> Scorecard:
    scores = [
        Score(example, song, stem, metric.name, nan, "undefined")
        if value is None
        else Score(example, song, stem, metric.name, float(value))
        for metric in task.metrics
        for (example, song, stem), value in zip(
            record["items"], record["values"][metric.name], strict=True
        )
    ]
    card = Scorecard(
        task.name,
        task.version,
        benchmark.fingerprint,
        record["name"],
        tuple(scores),
        no_cost(),
        record["environment"],
    )
    return replace(card, recipe=Path(benchmark.recipe).stem, split=SPLIT, songs=benchmark.songs)

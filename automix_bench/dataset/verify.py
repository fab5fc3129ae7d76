"""Check that a data set is what `make` wrote: bytes, names, manifest, plan and samples."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from automix_bench.dataset.example_files import (
    ExampleSettings,
    decode,
    decode_before,
    read_settings,
    sound_names,
    sounds_sha256,
)
from automix_bench.dataset.finish import CARD, CROISSANT
from automix_bench.dataset.folder import REJECTED, SUMS, read_rejected
from automix_bench.dataset.manifest import MANIFEST, ManifestRow, read_rows, row_name
from automix_bench.dataset.plan import PLAN, Plan, read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_index import index_name, planned_head
from automix_bench.dataset.shard_reader import read_files
from automix_bench.errors import DatasetError, UsageError
from automix_bench.example import played, sums_to_mix
from automix_bench.executor import Executor, Progress, Tell, WorkerLost, silent
from automix_bench.executors.inline import Inline
from automix_bench.files.atomic import file_sha256
from automix_bench.files.quantise import integers
from automix_bench.recipe import example_id
from automix_bench.sampling import Seed
from automix_bench.song import Song

LINE = re.compile(r"([0-9a-f]{64})  ([^/\n]+)")
MOST_PLANNED = 1_000
"""A plan of more examples than this, for each that was made or rejected, is no plan of them."""
BESIDE_SHARDS = frozenset((PLAN, MANIFEST, REJECTED, CARD, CROISSANT))


@dataclass(frozen=True)
class Problem:
    """Something that is wrong.

    Attributes:
        item: the name of the file or example.
        what: a sentence about it, of which `item` is the subject.
    """

    item: str
    what: str


def verify(
    folder: Path,
    *,
    rerender: bool = False,
    regenerate: int = 0,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> list[Problem]:
    """List everything that is wrong with a data set; the list is empty if nothing is.

    Every file is compared with SHA256SUMS, every example with the manifest, and the manifest with
    the plan. Separated stems must sum to their mix.

    Args:
        rerender: play every example through its console again and compare the integers. Where only
            `before` is stored, their hash is compared.
        regenerate: do the same with this many examples. They are chosen at random, seeded by the
            plan's root: always the same ones, and a higher number adds to them.
        executor: checks the examples; None checks them in this process, one after another. The
            order of the problems does not depend on it.

    Raises:
        DatasetError: there is no data set in the folder.
        UsageError: a negative number of examples.
    """
    if regenerate < 0:
        raise UsageError(f"verify: wanted a number of examples to render again, got {regenerate}")
    if not (folder / SUMS).is_file():
        raise DatasetError(f"{folder}: no finished data set here, {SUMS} is missing")
    problems = list(_files(folder, progress))
    broken = {problem.item for problem in problems}
    planned = _read_plan(folder, broken, problems)
    if planned is not None:
        problems += _indexes(folder, planned, broken)
    if MANIFEST in broken:
        return problems
    try:
        rows, faults = read_rows(folder)
    except DatasetError as error:
        return [*problems, Problem(MANIFEST, str(error))]
    problems += [
        Problem(row_name(rows[number], number), f"is damaged in the manifest: {what}")
        for number, what in faults.items()
    ]
    if planned is not None and REJECTED not in broken:
        problems += _accounts(folder, planned, rows)
    again = _chosen(folder, len(rows), None if rerender else regenerate)
    due = [
        (number, number in again)
        for number, row in enumerate(rows)
        if number not in faults and row["shard"] not in broken
    ]
    ids = [row_name(row, number) for number, row in enumerate(rows)]
    problems += _examples(folder, ids, due, executor or Inline(), progress)
    return problems


def chosen(folder: Path, most: int | None) -> frozenset[int]:
    """The numbers of the examples that are rendered again; all of them if `most` is None.

    The root of the plan seeds the choice, so the maker of a data set cannot know it beforehand.
    """
    if most == 0:
        return frozenset()
    return _chosen(folder, len(Dataset(folder)), most)


def _chosen(folder: Path, count: int, most: int | None) -> frozenset[int]:
    if most is None or most >= count:
        return frozenset(range(count))
    try:
        root = read_plan(folder).root
    except DatasetError:  # is among the problems
        root = ""
    order = (Seed(0) / "regenerate" / root).rng().permutation(count)
    return frozenset(int(number) for number in order[:most])


def _files(folder: Path, progress: Progress) -> Iterator[Problem]:
    expected: dict[str, str] = {}
    for number, line in enumerate((folder / SUMS).read_text("utf-8", "replace").splitlines(), 1):
        match = LINE.fullmatch(line)
        if match is None:
            yield Problem(SUMS, f"line {number} is damaged")
        else:
            if expected.setdefault(match[2], match[1]) != match[1]:
                yield Problem(SUMS, f"line {number} names {match[2]} again, with another hash")
    present = {path.name for path in folder.iterdir()} - {SUMS}
    for name in sorted(present - expected.keys()):
        yield Problem(name, "does not belong to the data set (foreign file)")
    for name in sorted(BESIDE_SHARDS - present - expected.keys()):
        yield Problem(name, f"is missing, and so is its line in {SUMS}; run `make` again")
    for done, name in enumerate(sorted(expected), 1):
        if name not in present:
            yield Problem(name, "is missing; run `make` again to restore it")
        elif not (folder / name).is_file():
            yield Problem(name, "is not a file")
        elif (problem := _byte_problem(folder / name, expected[name])) is not None:
            yield Problem(name, problem)
        progress("comparing bytes", done, len(expected), "files")


def _byte_problem(path: Path, sha256: str) -> str | None:
    try:
        equal = file_sha256(path) == sha256
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if equal else f"differs from {SUMS}; delete it and run `make` again"


def _read_plan(folder: Path, broken: set[str], problems: list[Problem]) -> Plan | None:
    """The plan; None where it is broken, which is then among the problems."""
    if PLAN in broken:
        return None
    try:
        return read_plan(folder)
    except DatasetError as error:
        problems.append(Problem(PLAN, str(error)))
        return None


def _indexes(folder: Path, planned: Plan, broken: set[str]) -> Iterator[Problem]:
    for number, _ in planned.shards():
        name = index_name(number)
        if name not in broken and planned_head(folder, number, planned.part(number)) is None:
            yield Problem(name, "is not of this shard of this plan; delete it, `make` again")


def _accounts(folder: Path, planned: Plan, rows: Sequence[ManifestRow]) -> Iterator[Problem]:
    """Check that every planned example was made once or rejected, and that no other was made."""
    try:
        refused = {each.item for each in read_rejected(folder)}
    except DatasetError as error:
        yield Problem(REJECTED, str(error))
        return
    if planned.examples > MOST_PLANNED * (1_000 + len(rows) + len(refused)):
        yield Problem(PLAN, f"plans {planned.examples} examples, and {len(rows)} were made")
        return
    made = Counter(row_name(row, number) for number, row in enumerate(rows))
    due = {
        example_id(song.listing.id, number, console): song.listing.origin.name
        for song in planned.songs
        for number in song.excerpts
        for console in range(planned.consoles)
    }
    for id, count in made.items():
        if count > 1:
            yield Problem(id, f"is in the manifest {count} times")
        if id not in due:
            yield Problem(id, "is in the manifest and not in the plan")
    for id, origin in due.items():
        if id not in made and not {id, origin} & refused:
            yield Problem(id, "is in the plan and neither made nor rejected")


def _examples(
    folder: Path,
    ids: Sequence[str],
    items: Sequence[tuple[int, bool]],
    executor: Executor,
    progress: Progress,
) -> Iterator[Problem]:
    """Check the examples.

    Args:
        ids: of all rows of the manifest.
        items: as for `CheckExample`.
    """
    problems: dict[int, list[Problem]] = {}
    progress("checking examples", 0, len(items), "examples")
    with contextlib.closing(
        executor.map(CheckExample(folder.absolute()), items, _ignore)
    ) as outcomes:
        for outcome in outcomes:
            number = outcome.item[0]
            if isinstance(outcome.error, WorkerLost):
                why = str(outcome.error).removeprefix(f"{outcome.item}: ")
                problems[number] = [Problem(ids[number], f"was not looked at: {why}")]
            elif outcome.error is not None:
                raise outcome.error
            else:
                problems[number] = outcome.result
            progress("checking examples", len(problems), len(items), "examples")
    for number in sorted(problems):
        yield from problems[number]


def _ignore(item: tuple[int, bool], message: object) -> None:
    """`CheckExample` sends no messages."""


@dataclass(frozen=True)
class CheckExample:
    """The work of `verify` on one example. An item is its number, and whether it is rendered again;
    the result is what is wrong with it."""

    folder: Path

    @cached_property
    def _rows(self) -> Sequence[ManifestRow]:
        return read_rows(self.folder)[0]

    def __call__(self, item: tuple[int, bool], tell: Tell) -> list[Problem]:
        number, rerender = item
        row = self._rows[number]
        problems: list[str] = []
        try:
            files = read_files(self.folder, row)
            problems += _beyond_the_shard(self.folder, row)
            stored = read_settings(files)
            problems += _differences(row, stored)
            problems += _foreign_sounds(row, stored, files)
            problems += _sounds(row, stored, files, rerender)
        except (DatasetError, ValueError) as error:  # an effect refuses a sound by a `ValueError`
            problems.append(str(error))
        return [Problem(row["id"], what) for what in problems]


def _beyond_the_shard(folder: Path, row: ManifestRow) -> Iterator[str]:
    most = (folder / row["shard"]).stat().st_size - row["offset"]
    if row["size"] > most:
        yield f"its size in the manifest is {row['size']} bytes, of which the shard holds {most}"


def _differences(row: ManifestRow, stored: ExampleSettings) -> Iterator[str]:
    """What the manifest says of an example and its own JSON does not."""
    origin = stored["origin"]
    ours: Mapping[str, object] = {
        **stored,
        "origin": origin["name"],
        "origin_sha256": origin["sha256"],
        "attribution": origin.get("attribution", ""),
    }
    theirs: Mapping[str, object] = row
    for key in sorted(ours.keys() & theirs.keys()):
        if ours[key] != theirs[key]:
            yield f"its {key} in the manifest is not its own"


def _foreign_sounds(
    row: ManifestRow, stored: ExampleSettings, files: Mapping[str, bytes]
) -> Iterator[str]:
    """The sounds that the manifest lists and the shard lacks, and those that it does not list."""
    expected = sound_names(stored, row["stems"])
    present = {name for name in files if not name.endswith(".json")}
    for name in sorted(expected - present):
        yield f"{name} is missing, which the manifest lists"
    for name in sorted(present - expected):
        yield f"{name} is there, which the manifest does not list"


def _sounds(
    row: ManifestRow, stored: ExampleSettings, files: Mapping[str, bytes], rerender: bool
) -> Iterator[str]:
    after_sha256 = stored.get("after_sha256")  # there if `after` is not stored
    example = decode(files) if after_sha256 is None or rerender else None
    before = example.before if example else decode_before(files)
    shape = row["channels"], row["length"]
    if before.mix.samples.shape != shape:
        yield (
            f"its mix has {before.mix.channels} channels of {before.mix.length} samples, "
            f"in the manifest {shape[0]} of {shape[1]}"
        )
    if len(row["stem_severity_db"]) != len(row["stems"]):
        yield "its stem_severity_db in the manifest has another length than its stems"
    if "residual" in before.stems and not sums_to_mix(before):
        yield "its stems do not sum to its mix"
    if example is None or not rerender:
        return
    if after_sha256 is not None:  # `decode` rendered `after`
        if sounds_sha256(example.after) != after_sha256:
            yield "renders to other samples here"
        return
    again = played(example.console, before, example.bits)
    for name, (was, now) in _pairs(example.after, again).items():
        if not np.array_equal(was, now):
            yield f"{name} renders to other samples here"


def _pairs(was: Song, now: Song) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    parts = {**was.stems, "mix": was.mix}
    again = {**now.stems, "mix": now.mix}
    return {name: (integers(parts[name]), integers(again[name])) for name in parts}

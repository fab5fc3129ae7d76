"""Check that a data set is what `make` wrote: bytes, names, manifest, plan and samples."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automix_bench.dataset.example_files import (
    ExampleSettings,
    decode,
    decode_before,
    read_settings,
    sounds_sha256,
)
from automix_bench.dataset.finish import CARD, CROISSANT
from automix_bench.dataset.folder import REJECTED, SUMS
from automix_bench.dataset.manifest import MANIFEST
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
    if "plan.json" not in broken:
        problems += _plan(folder, broken)
    if MANIFEST not in broken:
        again = chosen(folder, None if rerender else regenerate)
        problems += _examples(folder, broken, again, executor or Inline(), progress)
    return problems


def chosen(folder: Path, most: int | None) -> frozenset[int]:
    """The numbers of the examples that are rendered again; all of them if `most` is None.

    The root of the plan seeds the choice, so the maker of a data set cannot know it beforehand.
    """
    if most == 0:
        return frozenset()
    count = len(Dataset(folder))
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
            expected[match[2]] = match[1]
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
        elif file_sha256(folder / name) != expected[name]:
            yield Problem(name, f"differs from {SUMS}; delete it and run `make` again")
        progress("comparing bytes", done, len(expected), "files")


def _plan(folder: Path, broken: set[str]) -> Iterator[Problem]:
    try:
        planned = read_plan(folder)
    except DatasetError as error:
        yield Problem("plan.json", str(error))
        return
    for number, _ in planned.shards():
        name = index_name(number)
        if name not in broken and planned_head(folder, number, planned.part(number)) is None:
            yield Problem(name, "is not of this shard of this plan; delete it, `make` again")
    if not broken & {MANIFEST, REJECTED}:
        yield from _accounts(folder, planned)


def _accounts(folder: Path, planned: Plan) -> Iterator[Problem]:
    """Check that every planned example was made once or rejected, and that no other was made."""
    import pyarrow.parquet as pq

    made = Counter(row["id"] for row in Dataset(folder).rows)
    refused = set(pq.read_table(folder / REJECTED).column("item").to_pylist())
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
    folder: Path, broken: set[str], again: frozenset[int], executor: Executor, progress: Progress
) -> Iterator[Problem]:
    dataset = Dataset(folder.absolute())
    items = [
        (n, n in again) for n in range(len(dataset)) if dataset.place(n)["shard"] not in broken
    ]
    problems: dict[int, list[Problem]] = {}
    with contextlib.closing(executor.map(CheckExample(dataset), items, _ignore)) as outcomes:
        for outcome in outcomes:
            number = outcome.item[0]
            if isinstance(outcome.error, WorkerLost):
                why = str(outcome.error).removeprefix(f"{outcome.item}: ")
                problems[number] = [
                    Problem(dataset.rows[number]["id"], f"was not looked at: {why}")
                ]
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

    dataset: Dataset

    def __call__(self, item: tuple[int, bool], tell: Tell) -> list[Problem]:
        number, rerender = item
        row = self.dataset.rows[number]
        try:
            files = read_files(self.dataset.folder, row)
        except DatasetError as error:
            return [Problem(row["id"], str(error))]
        stored = read_settings(files)
        ours: Mapping[str, object] = stored
        theirs: Mapping[str, object] = row
        return [
            *(
                Problem(row["id"], f"its {key} in the manifest is not its own")
                for key in sorted(ours.keys() & theirs.keys() - {"origin"})
                if ours[key] != theirs[key]
            ),
            *_example(row["id"], stored, files, rerender),
        ]


def _example(
    id: str, settings: ExampleSettings, files: Mapping[str, bytes], rerender: bool
) -> Iterator[Problem]:
    after_sha256 = settings.get("after_sha256")  # there if `after` is not stored
    example = decode(files) if after_sha256 is None or rerender else None
    before = example.before if example else decode_before(files)
    if "residual" in before.stems and not sums_to_mix(before):
        yield Problem(id, "its stems do not sum to its mix")
    if example is None or not rerender:
        return
    if after_sha256 is not None:  # `decode` rendered `after`
        if sounds_sha256(example.after) != after_sha256:
            yield Problem(id, "renders to other samples here")
        return
    again = played(example.console, before, example.bits)
    for name, (was, now) in _pairs(example.after, again).items():
        if not np.array_equal(was, now):
            yield Problem(id, f"{name} renders to other samples here")


def _pairs(was: Song, now: Song) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    parts = {**was.stems, "mix": was.mix}
    again = {**now.stems, "mix": now.mix}
    return {name: (integers(parts[name]), integers(again[name])) for name in parts}

"""Is a data set what `make` left? Bytes, names, manifest, plan, and if asked the samples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automix_bench.audio import integers
from automix_bench.canonical import file_sha256, sealed
from automix_bench.dataset import MANIFEST, Dataset
from automix_bench.dataset_folder import REJECTED, SUMS
from automix_bench.errors import DatasetError, UsageError
from automix_bench.example import Example, played, sums_to_mix
from automix_bench.plan import Plan, read_plan
from automix_bench.progress import Progress, silent
from automix_bench.recipe import example_id
from automix_bench.sampling import Seed
from automix_bench.shards import read_index, settings, shard_name
from automix_bench.song import Song

LINE = re.compile(r"([0-9a-f]{64})  ([^/\n]+)")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the file or example, and what about it."""

    item: str
    what: str


def verify(
    folder: Path, *, rerender: bool = False, regenerate: int = 0, progress: Progress = silent
) -> list[Problem]:
    """Everything that is wrong with a data set; empty if nothing is.

    Every byte is compared with SHA256SUMS, every example with the manifest, the manifest with
    the plan. Separated stems must sum to their mix.

    Args:
        rerender: play every example through its console again and compare the integers.
        regenerate: do so with this many examples, chosen at random by the plan's root: the same
            ones each time, and more of them by a higher number.

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
        problems += _examples(folder, broken, again, progress)
    return problems


def chosen(folder: Path, most: int | None) -> frozenset[int]:
    """The numbers of the examples that are rendered again; all of them if `most` is None. Who
    makes a data set cannot tell beforehand which: its plan's root decides."""
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
    found = {path.name for path in folder.iterdir()} - {SUMS}
    for name in sorted(found - expected.keys()):
        yield Problem(name, "does not belong to the data set (foreign file)")
    for done, name in enumerate(sorted(expected), 1):
        if name not in found:
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
        name = Path(shard_name(number)).with_suffix(".json").name
        if name not in broken:
            index = read_index(folder, number)
            named = (index.get("shard"), index.get("plan"))
            if sealed(index) != index or named != (shard_name(number), planned.root):
                yield Problem(name, "is not of this shard of this plan; delete it, `make` again")
    if not broken & {MANIFEST, REJECTED}:
        yield from _accounts(folder, planned)


def _accounts(folder: Path, planned: Plan) -> Iterator[Problem]:
    """Every planned excerpt is an example once, or rejected; nothing else is an example."""
    import pyarrow.parquet as pq

    made = Counter(row["id"] for row in Dataset(folder).rows)
    refused = set(pq.read_table(folder / REJECTED).column("item").to_pylist())
    due = {
        example_id(song.listing.id, number): song.listing.origin.name
        for song in planned.songs
        for number in song.excerpts
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
    folder: Path, broken: set[str], again: frozenset[int], progress: Progress
) -> Iterator[Problem]:
    dataset = Dataset(folder)
    for number, row in enumerate(dataset.rows):
        if row["shard"] not in broken:
            try:
                example = dataset[number]
            except DatasetError as error:
                yield Problem(row["id"], str(error))
            else:
                said = settings(example)
                for key in sorted(said.keys() & row.keys() - {"origin"}):
                    if said[key] != row[key]:
                        yield Problem(row["id"], f"its {key} in the manifest is not its own")
                yield from _example(example, number in again)
        progress("checking examples", number + 1, len(dataset), "examples")


def _example(example: Example, rerender: bool) -> Iterator[Problem]:
    if "residual" in example.before.stems and not sums_to_mix(example.before):
        yield Problem(example.id, "its stems do not sum to its mix")
    if rerender:
        again = played(example.console, example.before)
        for name, (was, now) in _pairs(example.after, again).items():
            if not np.array_equal(was, now):
                yield Problem(example.id, f"{name} renders to other samples here")


def _pairs(was: Song, now: Song) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    parts = {**was.stems, "mix": was.mix}
    again = {**now.stems, "mix": now.mix}
    return {name: (integers(parts[name]), integers(again[name])) for name in parts}

"""What a training keeps of each example: made once, stored on disk, mapped to memory.

A folder of prepared examples holds `prepared.json` with the fingerprint of what made them, and for
each example of a split one file: `train/000012.safetensors`, or `train/000012.left_out` with the
reason why it is not used.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.dataset.folder import remove_unfinished
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import AutomixError, DatasetError, Rejected, UsageError
from automix_bench.executor import Executor, Progress, Tell
from automix_bench.executors.inline import Inline
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.files.locks import work_alone
from automix_bench.files.stamp import stamp_of
from automix_bench.training.training import Arrays, Training, left_out
from automix_bench.untrusted.json_file import read_json_object

KEY = "prepared.json"
TITLE = "preparing"
_MAPPED = 16_384
_DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "BOOL": "?"},
    **{"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1"},
    **{"U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1"},
}


@dataclass(frozen=True)
class ExampleToPrepare:
    """An example by its split, its number in it and its id; what travels to workers."""

    split: str
    number: int
    id: str

    def __str__(self) -> str:
        return self.id

    def file(self, folder: Path) -> Path:
        """Where its arrays lie."""
        return folder / self.split / f"{self.number:06d}.safetensors"

    def reason_file(self, folder: Path) -> Path:
        """Where the reason lies why it is not used."""
        return self.file(folder).with_suffix(".left_out")


@dataclass(frozen=True)
class Prepare:
    """The work on one example: prepare it, unless that is done."""

    training: Training
    datasets: Mapping[str, Dataset]
    folder: Path

    def __call__(self, item: ExampleToPrepare, tell: Tell) -> None:
        if item.file(self.folder).is_file() or item.reason_file(self.folder).is_file():
            return
        example = self.datasets[item.split][item.number]
        try:
            reason = left_out(self.training, example)
            arrays = {} if reason else self.training.prepared(example)
        except Rejected as error:
            reason = error.reason or "rejected"
        if reason:
            write_whole(item.reason_file(self.folder), reason.encode())
        else:
            write_whole(item.file(self.folder), stored(arrays, item.id))


@dataclass(frozen=True)
class PreparedExamples:
    """The prepared examples of one split that are used, in the order of the data set.

    Attributes:
        items: the examples.
        songs: the song of each.
        reasons: why others are not used, each with the number of examples.
    """

    folder: Path
    items: Sequence[ExampleToPrepare]
    songs: Sequence[str]
    reasons: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> Arrays:
        """The arrays of an example, mapped to memory.

        Raises:
            DatasetError: its file is missing or damaged.
        """
        return mapped(self.items[number].file(self.folder))


def prepare(
    training: Training,
    data: Path,
    folder: Path,
    fingerprint: str,
    *,
    most: Mapping[str, int] | None = None,
    executor: Executor | None = None,
    progress: Progress,
    go_on: Callable[[], bool] = lambda: True,
    told: Callable[[str], None] = lambda line: None,
) -> dict[str, PreparedExamples] | None:
    """Prepare the examples of train and valid that are not prepared yet.

    Args:
        fingerprint: of what decides the prepared examples.
        most: prepare only so many of a split, the first that are used.
        executor: prepares several at a time; None prepares them in this process.
        go_on: is asked after each example; False ends it.

    Returns:
        The examples by split; None if `go_on` ended it.

    Raises:
        DatasetError: the folder holds what another training prepared, or no example can be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with work_alone(folder, "another training", told):
        remove_unfinished(folder)
        _demand_own(folder, fingerprint)
        datasets = {split: Dataset(data, split) for split in ("train", "valid")}
        items = {
            split: [
                ExampleToPrepare(split, number, row["id"])
                for number, row in enumerate(dataset.rows)
            ]
            for split, dataset in datasets.items()
        }
        for split in items:
            (folder / split).mkdir(exist_ok=True)
            remove_unfinished(folder / split)
        work = Prepare(training, datasets, folder.absolute())
        if most:
            _prepare_first(items, work, most)
        elif not _done(work, [*items["train"], *items["valid"]], executor, progress, go_on):
            return None
    songs = {split: [row["song"] for row in dataset.rows] for split, dataset in datasets.items()}
    prepared = {split: _used(folder, items[split], songs[split]) for split in items}
    for split, examples in prepared.items():
        if not examples.items:
            reasons = "; ".join(f"{count} × {why}" for why, count in examples.reasons.items())
            raise DatasetError(f"{data}: no example of split {split} can be used: {reasons}")
    return prepared


def _prepare_first(
    items: Mapping[str, Sequence[ExampleToPrepare]], work: Prepare, most: Mapping[str, int]
) -> None:
    """Prepare the first examples of each split that are used, in this process."""
    for split, every in items.items():
        used = 0
        for item in every:
            if used == most[split]:
                break
            try:
                work(item, lambda message: None)
            except Exception as error:
                error.add_note(f"while {item} was prepared")
                raise
            used += item.file(work.folder).is_file()


def _done(
    work: Prepare,
    items: Sequence[ExampleToPrepare],
    executor: Executor | None,
    progress: Progress,
    go_on: Callable[[], bool],
) -> bool:
    """Whether all are prepared; False if `go_on` ended it before."""
    due = [
        item
        for item in items
        if not (item.file(work.folder).is_file() or item.reason_file(work.folder).is_file())
    ]
    if not due:
        return True
    done = len(items) - len(due)
    progress(TITLE, done, len(items), "examples")
    running = (executor or Inline()).map(work, due, lambda item, message: None)
    with contextlib.closing(running) as outcomes:
        for outcome in outcomes:
            if outcome.error is not None:
                if not isinstance(outcome.error, AutomixError):
                    outcome.error.add_note(f"while {outcome.item} was prepared")
                raise outcome.error
            done += 1
            progress(TITLE, done, len(items), "examples")
            if not go_on() and done < len(items):
                return False
    return True


def _demand_own(folder: Path, fingerprint: str) -> None:
    path = folder / KEY
    if not path.is_file():
        write_whole(path, pretty({"fingerprint": fingerprint}).encode())
        return
    there = read_json_object(path, "record of prepared examples", f"take {folder} away")
    if there.get("fingerprint") != fingerprint:
        raise DatasetError(
            f"{folder}: holds examples that were prepared by other code, with other settings or of "
            "other data: name another folder, or take it away"
        )


def _used(
    folder: Path, items: Sequence[ExampleToPrepare], songs: Sequence[str]
) -> PreparedExamples:
    used = [(i, s) for i, s in zip(items, songs, strict=True) if i.file(folder).is_file()]
    reasons = Counter(
        path.read_text(encoding="utf-8", errors="replace")
        for item in items
        if (path := item.reason_file(folder)).is_file()
    )
    return PreparedExamples(folder, [i for i, _ in used], [s for _, s in used], dict(reasons))


def stored(arrays: Mapping[str, Any], id: str) -> bytes:
    """Arrays as the content of a safetensors file.

    Raises:
        UsageError: one is no array of bools, integers or floats of up to 64 bits.
    """
    from safetensors.numpy import save

    plain: dict[str, np.ndarray] = {}
    for name, value in arrays.items():
        array = np.asarray(value)
        little = array.dtype.newbyteorder("<")
        if little not in map(np.dtype, _DTYPES.values()):
            raise UsageError(
                f"{id}: prepared {name!r}: wanted an array of bool, integers or floats of up to 64 "
                f"bits, got {array.dtype}: store text as numbers, complex as two arrays"
            )
        plain[str(name)] = np.ascontiguousarray(array, little).reshape(array.shape)
    if not plain:
        raise UsageError(f"{id}: prepared nothing: wanted arrays by name")
    return bytes(save(plain))


def mapped(path: Path) -> Arrays:
    """The arrays of a file that `stored` gave, mapped to memory, read-only.

    Raises:
        DatasetError: the file is missing or damaged.
    """
    return _mapped(path, stamp_of(path))


@functools.lru_cache(maxsize=_MAPPED)
def _mapped(path: Path, stamp: object) -> Arrays:
    """The same; `stamp` makes it another file when its content may be another."""
    try:
        raw = _mapped_bytes(path)
        start = 8 + int.from_bytes(raw[:8].tobytes(), "little")
        header = json.loads(raw[8:start].tobytes())
        return dict(_views(header, raw[start:]))
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"{path}: a prepared example that is missing or damaged ({error}): delete it and run "
            "the same command again"
        ) from error


def _mapped_bytes(path: Path) -> np.ndarray:
    """The bytes of a file, mapped to memory, read-only.

    torch maps it, because numpy's mappings hold an open file each, and a process may often have no
    more than 1,024 of those: fewer than a training has examples.
    """
    import torch

    raw: np.ndarray = torch.from_file(
        str(path), shared=False, size=path.stat().st_size, dtype=torch.uint8
    ).numpy()
    raw.flags.writeable = False
    return raw


def _views(
    header: Mapping[str, Mapping[str, Any]], data: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    for name, about in header.items():
        if name == "__metadata__":
            continue
        dtype, shape = np.dtype(_DTYPES[about["dtype"]]), tuple(map(int, about["shape"]))
        start, end = map(int, about["data_offsets"])
        if not 0 <= start <= end <= data.size or end - start != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"{name} does not fit the file")
        yield name, data[start:end].view(dtype).reshape(shape)

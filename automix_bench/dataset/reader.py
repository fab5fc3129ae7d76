"""A finished data set: its rows, and its examples by number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from automix_bench import plugin
from automix_bench.dataset.manifest import _columns, read_manifest
from automix_bench.dataset.shards import Unplayed, read_example, read_unplayed
from automix_bench.errors import DatasetError
from automix_bench.example import Example

PLACE = ("id", "split", "shard", "offset", "size", "sha256")


@dataclass(frozen=True)
class Dataset:
    """The examples in a folder that `make` has finished; `dataset[3]` reads only that one.

    Attributes:
        folder: where the shards and the manifest are.
        split: train, valid or test; None for all examples.
        check: whether every example that is read is compared with its hash. False takes about a
            fifth off the time of reading, and gives damaged sound without a word.

    Raises:
        DatasetError: on reading: there is no finished data set, or it is damaged.
    """

    folder: Path
    split: str | None = None
    check: bool = True

    def __init__(self, folder: Path | str, split: str | None = None, check: bool = True) -> None:
        object.__setattr__(self, "folder", Path(folder))
        object.__setattr__(self, "split", split)
        object.__setattr__(self, "check", check)

    def __len__(self) -> int:
        return int(self._places.num_rows)

    def __getitem__(self, number: int) -> Example:
        return read_example(self.folder, self.place(number), self.check)

    def unplayed(self, number: int) -> Unplayed:
        """What an example was before it went through its console: less to decode, or to render.

        Raises:
            DatasetError: there is no finished data set, or it is damaged.
        """
        return read_unplayed(self.folder, self.place(number), self.check)

    def __iter__(self) -> Iterator[Example]:
        for number in range(len(self)):
            yield self[number]

    def __getstate__(self) -> dict[str, Any]:
        # A worker reads the manifest itself: that is quicker than to hand it over. It may have
        # another working directory, and has not loaded the files of effects that are not built in.
        place = {"folder": self.folder.absolute(), "split": self.split, "check": self.check}
        return {**place, "files": plugin.files_loaded("effects")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for path in state["files"]:
            plugin.load("effects", str(path))
        for name in ("folder", "split", "check"):
            object.__setattr__(self, name, state[name])

    def place(self, number: int) -> dict[str, Any]:
        """Where an example lies, which is all of its row that reading it takes.

        Raises:
            IndexError: there are fewer examples.
        """
        count = len(self)
        if not -count <= number < count:
            raise IndexError(f"{self.folder}: no example {number} among {count}")
        columns = self._places.columns
        return {
            name: column[number % count].as_py()
            for name, column in zip(PLACE, columns, strict=True)
        }

    @cached_property
    def _places(self) -> Any:
        """The columns of `PLACE`, an Arrow table of the chosen examples in one piece: no Python
        object for an example that nobody asks for."""
        import pyarrow.compute as pc

        every = _columns(self.folder, PLACE)
        if self.split is None:
            return every.combine_chunks()
        chosen = every.filter(pc.equal(every.column("split"), self.split)).combine_chunks()
        if not chosen.num_rows:
            self._refuse_split(every.column("split").to_pylist())
        return chosen

    @cached_property
    def rows(self) -> Sequence[dict[str, Any]]:
        """The manifest, a dict per example; `console` as JSON values. All of it is held: to read
        examples it is not needed."""
        every = read_manifest(self.folder)
        chosen = [row for row in every if self.split in (None, row["split"])]
        if not chosen:
            self._refuse_split([row["split"] for row in every])
        return chosen

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 over every chosen example's: equal for equal audio and settings."""
        hashes = self._places.column("sha256").to_pylist()
        return hashlib.sha256("".join(hashes).encode()).hexdigest()

    def _refuse_split(self, splits: Sequence[str]) -> NoReturn:
        known = sorted(set(splits))
        raise DatasetError(f"{self.folder}: no examples in split {self.split}, only in {known}")

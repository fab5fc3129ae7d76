"""A finished data set: its rows, and its examples by number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict

from automix_bench import plugin
from automix_bench.dataset.example_files import Unplayed
from automix_bench.dataset.manifest import (
    MANIFEST,
    ExamplePlace,
    ManifestRow,
    mix_kind_in,
    read_columns,
    read_manifest,
    row_name,
)
from automix_bench.dataset.schema import PLACE, SHA256, demand
from automix_bench.dataset.shard_reader import read_example, read_unplayed
from automix_bench.dataset.where import Where, chosen_numbers
from automix_bench.errors import DatasetError
from automix_bench.example import Example
from automix_bench.plugin import did_you_mean
from automix_bench.song import MixKind

if TYPE_CHECKING:
    import numpy as np
    import pandas
    import pyarrow


class _State(TypedDict):
    """What is pickled of a `Dataset`; `files` are those of effects that are not built in, `numbers`
    the rows that a function in `where` chose."""

    folder: Path
    split: str | None
    check: bool
    files: tuple[Path, ...]
    where: Mapping[str, Any] | None
    numbers: np.ndarray | None


@dataclass(frozen=True)
class Dataset:
    """The examples in a folder that `make` has finished; `dataset[3]` reads only that one.

    >>> dataset = Dataset(folder)
    >>> example = dataset[0]
    >>> example.before.stems.keys() == example.after.stems.keys()
    True
    >>> example.id == dataset.rows[0]["id"]
    True

    Attributes:
        folder: where the shards and the manifest are.
        split: train, valid or test; None for all examples.
        check: whether every example that is read is compared with its hash. False saves about a
            fifth of the reading time, but damaged sound then goes unnoticed.
        where: chooses examples by their rows: the values of columns, or a function of the row (see
            `dataset.where`); None for all of the split.

    Raises:
        DatasetError: on reading: there is no finished data set, or it is damaged, or nothing is
            chosen.
        UsageError: on reading: `where` names a column that is not there.
    """

    folder: Path
    split: str | None = None
    check: bool = True
    where: Where | None = field(default=None, hash=False)

    def __init__(
        self,
        folder: Path | str,
        split: str | None = None,
        check: bool = True,
        where: Where | None = None,
    ) -> None:
        object.__setattr__(self, "folder", Path(folder))
        object.__setattr__(self, "split", split)
        object.__setattr__(self, "check", check)
        object.__setattr__(self, "where", where)

    def __len__(self) -> int:
        return int(self._places.num_rows)

    def __getitem__(self, number: int) -> Example:
        return read_example(self.folder, self.place(number), self.check)

    def number_of(self, id: str) -> int:
        """The number of an example.

        Args:
            id: its id, or the number itself as text.

        Raises:
            DatasetError: there is no such example, or no finished data set.
        """
        ids = self._places.column("id").to_pylist()
        if id in ids:
            return int(ids.index(id))
        if id.isascii() and id.isdigit() and len(id) < 10 and int(id) < len(ids):
            return int(id)
        guess = did_you_mean(id, map(str, ids))
        raise DatasetError(
            f"{self.folder}: expected an example's id or a number below {len(ids)}, got "
            f"{id!r}{guess}"
        )

    def unplayed(self, number: int) -> Unplayed:
        """An example without `after`, which is then neither decoded nor rendered.

        Raises:
            DatasetError: there is no finished data set, or it is damaged.
        """
        return read_unplayed(self.folder, self.place(number), self.check)

    def __iter__(self) -> Iterator[Example]:
        for number in range(len(self)):
            yield self[number]

    def __getstate__(self) -> _State:
        # A worker reads the manifest itself: that is quicker than to pickle it. The worker may have
        # another working directory, and has not loaded the files of effects that are not built in.
        # A function that chooses examples need not be picklable: what it chose is.
        return {
            "folder": self.folder.absolute(),
            "split": self.split,
            "check": self.check,
            "files": plugin.files_loaded("effects"),
            "where": dict(self.where) if isinstance(self.where, Mapping) else None,
            "numbers": None if isinstance(self.where, Mapping) else self._numbers,
        }

    def __setstate__(self, state: _State) -> None:
        for path in state["files"]:
            plugin.load("effects", str(path))
        object.__setattr__(self, "folder", state["folder"])
        object.__setattr__(self, "split", state["split"])
        object.__setattr__(self, "check", state["check"])
        object.__setattr__(self, "where", state["where"])
        if state["numbers"] is not None:
            self.__dict__["_numbers"] = state["numbers"]

    def place(self, number: int) -> ExamplePlace:
        """The part of an example's row that is needed to read it.

        Raises:
            IndexError: there are fewer examples.
        DatasetError: the row is not as it must be.
        """
        count = len(self)
        if not -count <= number < count:
            raise IndexError(f"{self.folder}: no example {number} among {count}")
        number %= count
        id, split, shard, offset, size, sha256 = (
            column[number].as_py() for column in self._places.columns
        )
        place: ExamplePlace = {
            "id": id,
            "split": split,
            "shard": shard,
            "offset": offset,
            "size": size,
            "sha256": sha256,
        }
        demand(place, PLACE, f"{self.folder / MANIFEST}: damaged at {row_name(place, number)}")
        return place

    @cached_property
    def _places(self) -> pyarrow.Table:
        """The columns `PLACE` of the chosen examples. An Arrow table holds no Python objects, so
        that a data set of a million examples opens quickly."""
        return self._chosen(tuple(PLACE))

    @cached_property
    def _numbers(self) -> np.ndarray | None:
        """The rows of the manifest that `where` chooses of the split; None without it."""
        return None if self.where is None else chosen_numbers(self.folder, self.split, self.where)

    def _chosen(self, names: Sequence[str] | None) -> pyarrow.Table:
        """Columns of the manifest for the chosen examples; see `read_columns`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        every = read_columns(self.folder, names)
        if not pa.types.is_string(every.schema.field("split").type):
            raise DatasetError(f"{self.folder / MANIFEST}: damaged: its column split is no text")
        if self._numbers is not None:
            return every.take(self._numbers).combine_chunks()
        if self.split is None:
            return every.combine_chunks()
        chosen = every.filter(pc.equal(every.column("split"), self.split)).combine_chunks()
        if not chosen.num_rows:
            self._refuse_split(every.column("split").to_pylist())
        return chosen

    @cached_property
    def mix_kinds(self) -> Sequence[MixKind]:
        """What the mix of each chosen example is, in order, as `ManifestRow.mix_kind`."""
        column = self._chosen(("split", "mix_kind")).column("mix_kind")
        return [mix_kind_in({"mix_kind": kind}) for kind in column.to_pylist()]

    @cached_property
    def rows(self) -> Sequence[ManifestRow]:
        """The manifest, a dict per example. All rows are in memory at once; reading examples does
        not need them."""
        every = read_manifest(self.folder)
        if self._numbers is not None:
            return [every[number] for number in self._numbers]
        chosen = [row for row in every if self.split in (None, row["split"])]
        if not chosen:
            self._refuse_split([row["split"] for row in every])
        return chosen

    def to_frame(self) -> pandas.DataFrame:
        """The manifest as a data frame with one row per example, in the order of the data set.

        The columns are those of `ManifestRow`: `id`, `song`, `artist`, `license`, `split`;
        `start`, `length` (samples), `rate` (Hz), `channels`; `gain_db`, `draw`; `mix_kind`,
        `stem_sum_db`, `stem_sum_gain_db`, `stem_sum_lag`, `song_notes`; `before_lufs`,
        `after_lufs`, `before_true_peak_dbtp`, `after_true_peak_dbtp` (NaN for silence);
        `mix_severity_db`, `mix_severity`; `stems` and `stem_severity_db` as arrays; `console` and
        `labels` as JSON text; `origin`, `origin_sha256`, `attribution`; and where the example lies:
        `shard`, `offset`, `size` (bytes), `sha256`. `knobs_frame` has the settings of the consoles.

        >>> frame = Dataset(folder).to_frame()
        >>> frame.groupby("split")["mix_severity_db"].median()  # doctest: +ELLIPSIS
        split
        ...
        Name: mix_severity_db, dtype: float64

        Raises:
            DatasetError: there is no finished data set, or it is damaged.
        """
        frame: pandas.DataFrame = self._chosen(None).to_pandas()
        return frame

    def knobs_frame(self) -> pandas.DataFrame:
        """Every setting of every console as a data frame with one row per setting.

        The columns are `id` (of the example) and those of `KnobRow`: `strip`, `place`, `effect`,
        `knob`, and `value` (a number, or NaN) or `text` (or None). `to_frame` has the same `id`, so
        the two can be merged.

        >>> knobs = Dataset(folder).knobs_frame()
        >>> knobs[knobs["effect"] == "gain"].groupby("knob")["value"].count()  # doctest: +ELLIPSIS
        knob
        gain_db    ...
        Name: value, dtype: int64

        Raises:
            DatasetError: there is no finished data set, or it is damaged.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        table = self._chosen(("id", "split", "knobs"))
        try:
            owners = table.column("id").take(pc.list_parent_indices(table.column("knobs")))
            settings = pa.Table.from_struct_array(pc.list_flatten(table.column("knobs")))
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DatasetError(
                f"{self.folder / MANIFEST}: damaged: its column knobs holds something else"
            ) from error
        frame: pandas.DataFrame = settings.add_column(0, "id", owners).to_pandas()
        return frame

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 over those of all chosen examples: equal for equal audio and settings."""
        hashes = self._places.column("sha256").to_pylist()
        for number, sha256 in enumerate(hashes):
            if not SHA256.fits(sha256):
                self.place(number)  # raises the error that names the example
        return hashlib.sha256("".join(hashes).encode()).hexdigest()

    def _refuse_split(self, splits: Sequence[str]) -> NoReturn:
        known = sorted({str(split) for split in splits})
        guess = did_you_mean(str(self.split), known)
        raise DatasetError(f"{self.folder}: no examples in split {self.split}{guess}")

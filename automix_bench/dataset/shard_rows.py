"""The rows of shards that are whole, read when asked for: memory does not grow with them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

from automix_bench.dataset.shard_index import read_head, read_index
from automix_bench.errors import Rejected

Row = dict[str, Any]


class ShardRows(Sequence[Row]):
    """The rows of a data set's shards, shard by shard, in order; one shard's are held at a time.

    Attributes:
        sums: the sha256 of every shard, by the name of its file.
        rejected: what the shards could not use.
    """

    def __init__(self, folder: Path, numbers: Sequence[int]) -> None:
        self._folder, self._numbers = folder, tuple(numbers)
        self.sums: dict[str, str] = {}
        counts: list[int] = []
        rejected: list[Rejected] = []
        for number in self._numbers:
            head = read_head(folder, number)
            self.sums[head["shard"]] = head["sha256"]
            counts.append(head["count"])
            rejected += [Rejected(r["item"], r["reason"]) for r in head["rejected"]]
        self.rejected = tuple(rejected)
        # The place of each shard's first row among all, and of the row after the last.
        self._first = list(accumulate(counts, initial=0))
        self._held: tuple[int, list[Row]] = (-1, [])

    def __len__(self) -> int:
        return self._first[-1]

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self._row(index) for index in range(len(self))[place]]
        return self._row(range(len(self))[place])

    def __iter__(self) -> Iterator[Row]:
        for shard in range(len(self._numbers)):
            yield from self._of(shard)

    def _row(self, place: int) -> Row:
        shard = bisect_right(self._first, place) - 1
        return self._of(shard)[place - self._first[shard]]

    def _of(self, shard: int) -> list[Row]:
        if self._held[0] != shard:
            self._held = shard, read_index(self._folder, self._numbers[shard])["examples"]
        return self._held[1]

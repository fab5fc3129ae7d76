"""A sampler that can be resumed in the middle of an epoch. This file does not need torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from typing import Any, NoReturn, NotRequired, SupportsIndex, TypedDict

from automix_bench.errors import UsageError
from automix_bench.sampling import Seed


class LastBatch(TypedDict):
    """The part of a batch that tells how far training has come: the turns of its examples."""

    epoch: Sequence[int]
    position: Sequence[int]


class _Order(TypedDict):
    """What the order of examples depends on."""

    examples: int
    seed: int
    shuffled: bool
    rank: int
    ranks: int
    subset: NotRequired[str]


class SamplerState(_Order):
    """The state of an `EpochSampler`: its arguments, and the epoch and position to resume at."""

    epoch: int
    position: int


@dataclass(frozen=True)
class Turn:
    """An item of an `EpochSampler`: all that a worker needs to know to read an example.

    Attributes:
        number: of the example in its data set.
        epoch: the pass over the data, from 0.
        position: the number of earlier turns of this rank in the epoch.
    """

    number: int
    epoch: int
    position: int

    def __index__(self) -> NoReturn:
        raise UsageError(
            "a turn of an EpochSampler is no index of a list, where its epoch would be lost: give "
            "the sampler the subset itself: EpochSampler(subset, seed=…)"
        )


class _Indices(list[Any]):
    """The indices of a `torch.utils.data.Subset`, which also pass turns on: the turn of an example
    in the subset becomes the turn of that example in the whole data set."""

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, Turn):
            return super().__getitem__(key)
        return replace(key, number=super().__getitem__(key.number))


class EpochSampler:
    """The order of examples, epoch after epoch. Training that was interrupted resumes exactly.

    Each `for` over it is one epoch. The order depends only on the seed and the epoch. It is a
    sampler for `torch.utils.data.DataLoader`: its turns carry the epoch to the workers, so workers
    may be persistent and read ahead.

        sampler = EpochSampler(data, seed=1)
        loader = DataLoader(data, batch_size=8, sampler=sampler, collate_fn=collate)
        while sampler.epoch < 10:
            for batch in loader:
                ...
                state = sampler.state_dict(after=batch)

    Args:
        examples: the data set, or the number of its examples. A `torch.utils.data.Subset`, as
            `random_split` gives them, must be given itself: its `indices` are replaced by an equal
            list that also takes the sampler's turns. Its state then holds a hash of the indices.
        shuffled: False keeps the order of the data set in every epoch.
        rank, ranks: the number of this process, from 0, and of all processes. Each takes every
            `ranks`-th example of one common order. Examples that are left over after an even
            division have no turn in that epoch.

    Raises:
        UsageError: there are fewer examples than ranks, or `rank` is out of range.
    """

    def __init__(
        self,
        examples: int | Sized,
        *,
        seed: int,
        shuffled: bool = True,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._subset = ""
        if isinstance(examples, Sized):
            self._subset, examples = _passing_turns(examples), len(examples)
        if not 0 <= rank < ranks or examples < ranks:
            raise UsageError(
                f"an epoch of {examples} examples for {ranks} ranks, of which this is {rank}: "
                "give every rank an example, and count them from 0"
            )
        self.examples, self.seed, self.shuffled = examples, seed, shuffled
        self.rank, self.ranks = rank, ranks
        self.epoch = self.position = 0

    def __len__(self) -> int:
        """The number of turns in a whole epoch."""
        return self.examples // self.ranks

    def __iter__(self) -> Iterator[Turn]:
        epoch, first = self.epoch, self.position
        order = self.order(epoch)
        for position in range(first, len(self)):
            yield Turn(order[position], epoch, position)
        self.epoch, self.position = epoch + 1, 0

    def order(self, epoch: int) -> Sequence[int]:
        """The numbers of this rank's examples in an epoch, in order."""
        every: Sequence[int] = range(self.examples)
        if self.shuffled:
            rng = (Seed(self.seed) / "order" / epoch).rng()
            every = rng.permutation(self.examples).tolist()
        return every[self.rank : len(self) * self.ranks : self.ranks]

    def state_dict(self, *, after: LastBatch) -> SamplerState:
        """The state to resume from, as JSON.

        Args:
            after: the last batch from `collate` that was trained on. The sampler cannot know it: a
                loader asks for turns ahead of the batches that it returns.
        """
        epoch, position = int(after["epoch"][-1]), int(after["position"][-1]) + 1
        if position == len(self):
            epoch, position = epoch + 1, 0
        return {**self._fixed(), "epoch": epoch, "position": position}

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Resume from a state.

        Raises:
            UsageError: it is the state of another order, or not a valid state.
        """
        for name, mine in {"subset": None, **self._fixed()}.items():
            if state.get(name) != mine:
                raise UsageError(
                    f"the sampler's {name} is {mine}, that of the state {state.get(name)}: "
                    "go on with the one it was begun with"
                )
        epoch = _whole_number(state, "epoch", None)
        self.epoch, self.position = epoch, _whole_number(state, "position", len(self))

    def _fixed(self) -> _Order:
        order: _Order = {
            "examples": self.examples,
            "seed": self.seed,
            "shuffled": self.shuffled,
            "rank": self.rank,
            "ranks": self.ranks,
        }
        return {**order, "subset": self._subset} if self._subset else order


def _passing_turns(data: Any) -> str:
    """Let a `torch.utils.data.Subset`, and those that it is a subset of, pass turns on.

    Returns:
        A hash of their indices; empty if `data` is no subset.
    """
    digest = hashlib.sha256()
    depth = 0
    while hasattr(data, "indices") and hasattr(data, "dataset"):
        numbers: Sequence[SupportsIndex] = data.indices
        data.indices = _Indices(number.__index__() for number in numbers)
        digest.update(f"{list(data.indices)}".encode())
        data, depth = data.dataset, depth + 1
    return digest.hexdigest()[:16] if depth else ""


def _whole_number(state: Mapping[str, object], name: str, end: int | None) -> int:
    """The number `name` of a state: 0 or more, and below `end`."""
    value = state.get(name)
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value >= 0
        and (end is None or value < end)
    ):
        return value
    expected = "0 or more" if end is None else f"0 to {end - 1}"
    raise UsageError(
        f"the state's {name} is {value!r}, wanted a whole number, {expected}: "
        "give what state_dict gave"
    )

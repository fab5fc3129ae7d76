"""A sampler that resumes in the middle of an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import UsageError
from automix_bench.sampling import Seed


@dataclass(frozen=True)
class Turn:
    """An example's turn: what a sampler gives out, and all that a worker has to be told.

    Attributes:
        number: of the example in its data set.
        epoch: the pass over the data, from 0.
        position: how many turns this rank had before in the epoch.
    """

    number: int
    epoch: int
    position: int


class EpochSampler:
    """The order of examples, epoch after epoch; one that was broken off is gone on with exactly.

    Each `for` over it is one epoch. The order depends on seed and epoch only. It is a sampler for
    `torch.utils.data.DataLoader`: the turns it gives out carry the epoch to the workers, so these
    may be persistent and read ahead.

        sampler = EpochSampler(len(data), seed=1)
        loader = DataLoader(data, batch_size=8, sampler=sampler, collate_fn=collate)
        while sampler.epoch < 10:
            for batch in loader:
                ...
                state = sampler.state_dict(after=batch)

    Args:
        examples: how many there are.
        shuffled: False gives them in the order of the data set, each epoch.
        rank, ranks: of how many processes this is which; each takes every `ranks`-th of one common
            order, and what does not divide evenly has no turn in that epoch.

    Raises:
        UsageError: there is not one example for each rank, or no such rank.
    """

    def __init__(
        self, examples: int, *, seed: int, shuffled: bool = True, rank: int = 0, ranks: int = 1
    ) -> None:
        if not 0 <= rank < ranks or examples < ranks:
            raise UsageError(
                f"an epoch of {examples} examples for {ranks} ranks, of which this is {rank}: "
                "give every rank an example, and count them from 0"
            )
        self.examples, self.seed, self.shuffled = examples, seed, shuffled
        self.rank, self.ranks = rank, ranks
        self.epoch = self.position = 0

    def __len__(self) -> int:
        """The turns in a whole epoch."""
        return self.examples // self.ranks

    def __iter__(self) -> Iterator[Turn]:
        epoch, first = self.epoch, self.position
        order = self.order(epoch)
        for position in range(first, len(self)):
            yield Turn(order[position], epoch, position)
        self.epoch, self.position = epoch + 1, 0

    def order(self, epoch: int) -> Sequence[int]:
        """The numbers of the examples that this rank has in an epoch."""
        every: Sequence[int] = range(self.examples)
        if self.shuffled:
            rng = (Seed(self.seed) / "order" / epoch).rng()
            every = rng.permutation(self.examples).tolist()
        return every[self.rank : len(self) * self.ranks : self.ranks]

    def state_dict(self, *, after: Mapping[str, Any]) -> dict[str, Any]:
        """Where to go on, as JSON.

        Args:
            after: the last batch, as `collate` gave it, that was trained on. A loader asks for
                turns ahead of those it gives out, so the sampler itself cannot know.
        """
        epoch, position = int(after["epoch"][-1]), int(after["position"][-1]) + 1
        if position == len(self):
            epoch, position = epoch + 1, 0
        return {**self._fixed(), "epoch": epoch, "position": position}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a state says.

        Raises:
            UsageError: it is the state of another order, or no state of any.
        """
        for name, mine in self._fixed().items():
            if state.get(name) != mine:
                raise UsageError(
                    f"the sampler's {name} is {mine}, that of the state {state.get(name)}: "
                    "go on with the one it was begun with"
                )
        for name, wanted in (("epoch", "0 or more"), ("position", f"0 to {len(self) - 1}")):
            value: Any = state.get(name)
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            if not whole or (name == "position" and value >= len(self)):
                raise UsageError(
                    f"the state's {name} is {value!r}, wanted a whole number, {wanted}: "
                    "give what state_dict gave"
                )
        self.epoch, self.position = state["epoch"], state["position"]

    def _fixed(self) -> dict[str, Any]:
        return {
            "examples": self.examples,
            "seed": self.seed,
            "shuffled": self.shuffled,
            "rank": self.rank,
            "ranks": self.ranks,
        }

"""What a training loop needs beside the data: an order that can be gone on with, fresh consoles.

Nothing here is torch's. Whatever is random depends on a seed, the epoch and the example's name:
not on the worker, the batch, or what was drawn before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shards import Unplayed
from automix_bench.errors import UsageError
from automix_bench.example import Example
from automix_bench.making.render import heard
from automix_bench.recipe import Chance, Recipe, numbers_in, seed_of
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


@dataclass(frozen=True)
class FreshConsoles:
    """Another console for every example in every epoch, drawn and rendered as `make` does it.

    What is stored as `before` keeps its level, unless the console that was drawn needs more
    headroom: then all of it is lowered, and `gain_db` with it. Stems that were prepared are taken
    as they are, and not prepared again.

    Attributes:
        recipe: whose desk is drawn from; the data set need not be its own.
        seed: of training; two of them draw unrelated consoles.
    """

    recipe: Recipe
    seed: int

    def __call__(self, example: Example | Unplayed, epoch: int) -> Example:
        """The example through the console that belongs to its name and the epoch.

        Raises:
            Rejected: an effect cannot take its rate or channels, or no draw was heard.
        """
        song = Seed(self.seed) / self.recipe.name / example.song
        own = seed_of(song, *numbers_in(example.id))
        return through_a_draw(self.recipe, example, own / "epoch" / epoch)


@dataclass(frozen=True)
class _Unprepared:
    """A desk that leaves stems as they come."""

    desk: Chance

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        return replace(self.desk.draw(stems, seed), prepared={})


def through_a_draw(recipe: Recipe, example: Example | Unplayed, seed: Seed) -> Example:
    """A stored example's `before` through the console of a recipe that belongs to a seed.

    Raises:
        Rejected: an effect cannot take its rate or channels, or no draw was heard.
    """
    stored = example.console.prepared
    # The level was set when it was made; stems that were prepared have their sum for a mix.
    here = replace(recipe, loudness_lufs=None, plain_mix=recipe.plain_mix or bool(stored))
    desk = _Unprepared(recipe.desk(example.split))
    draw, gain_db, before, console, after = heard(here, example.before, desk, seed)
    return Example(
        song=example.song,
        split=example.split,
        start=example.start,
        gain_db=round(example.gain_db + gain_db, 2),
        before=before,
        console=replace(console, prepared=stored),
        after=after,
        draw=draw,
        bits=recipe.bits,
    )


def read_turn(dataset: Dataset, turn: Turn, fresh: FreshConsoles | None) -> Example:
    """The example whose turn it is, through a fresh console if there are any: of what is stored
    then only `before` is decoded."""
    if fresh is None:
        return dataset[turn.number]
    return fresh(dataset.unplayed(turn.number), turn.epoch)

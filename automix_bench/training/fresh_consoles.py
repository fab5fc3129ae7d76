"""What a training loop needs beside the data: an order that can be gone on with, fresh consoles.

Nothing here is torch's. Whatever is random depends on a seed, the epoch and the example's name:
not on the worker, the batch, or what was drawn before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dataset.example_files import Unplayed
from automix_bench.dataset.reader import Dataset
from automix_bench.example import Example
from automix_bench.making.render import heard
from automix_bench.recipe import Chance, Recipe, numbers_in, seed_of
from automix_bench.sampling import Seed
from automix_bench.training.epoch_sampler import Turn


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

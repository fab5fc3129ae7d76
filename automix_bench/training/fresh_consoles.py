"""New consoles for stored examples in every epoch of training.

This file does not need torch. Every draw depends only on a seed, the epoch and the id of the
example: not on the worker, the batch, or earlier draws.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dataset.example_files import Unplayed
from automix_bench.dataset.reader import Dataset
from automix_bench.example import Example
from automix_bench.making.audible_draw import audible_draw
from automix_bench.recipe import Chance, Recipe, numbers_in, seed_of
from automix_bench.sampling import Seed
from automix_bench.training.epoch_sampler import Turn


@dataclass(frozen=True)
class FreshConsoles:
    """Draw and render another console for every example in every epoch, as `make` does it.

    `before` keeps its stored level, unless the console needs more headroom: then all of `before` is
    lowered, and `gain_db` with it. Stems that were prepared are used as stored, not prepared again.

    Attributes:
        recipe: its consoles are drawn from; the data set may be of another recipe.
        seed: of training; different seeds draw unrelated consoles.
    """

    recipe: Recipe
    seed: int

    def __call__(self, example: Example | Unplayed, epoch: int) -> Example:
        """The example through the console of its id and the epoch.

        Raises:
            Rejected: an effect cannot take its rate or channels, or no draw was audible.
        """
        song = Seed(self.seed) / self.recipe.name / example.song
        own = seed_of(song, *numbers_in(example.id))
        return through_a_draw(self.recipe, example, own / "epoch" / epoch)


@dataclass(frozen=True)
class _Unprepared:
    """Consoles of a desk, without the chains that prepare stems."""

    desk: Chance

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        return replace(self.desk.draw(stems, seed), prepared={})


def through_a_draw(recipe: Recipe, example: Example | Unplayed, seed: Seed) -> Example:
    """The `before` of a stored example through the console that a recipe draws for a seed.

    Raises:
        Rejected: an effect cannot take its rate or channels, or no draw was audible.
    """
    stored = example.console.prepared
    # `before` has its level since it was made. The mix of prepared stems is their sum.
    here = replace(recipe, loudness_lufs=None, plain_mix=recipe.plain_mix or bool(stored))
    desk = _Unprepared(recipe.desk(example.split))
    draw, made = audible_draw(here, example.before, desk, seed)
    return Example(
        song=example.song,
        split=example.split,
        start=example.start,
        gain_db=round(example.gain_db + made.gain_db, 2),
        before=made.before,
        console=replace(made.console, prepared=stored),
        after=made.after,
        draw=draw,
        bits=recipe.bits,
    )


def read_turn(dataset: Dataset, turn: Turn, fresh: FreshConsoles | None) -> Example:
    """The example of a turn, as stored or through a fresh console. With a fresh console only its
    `before` is decoded."""
    if fresh is None:
        return dataset[turn.number]
    return fresh(dataset.unplayed(turn.number), turn.epoch)

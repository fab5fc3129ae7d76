"""The examples of one excerpt: one for each console that is drawn for it, all at one gain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from automix_bench.console import Console
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.random_console import Chance
from automix_bench.recipe import Recipe, example_id, seed_of
from automix_bench.rendering import cut, heard, render
from automix_bench.sampling import Seed
from automix_bench.song import Song


def examples_of(
    recipe: Recipe, song: Song, number: int, split: str
) -> Iterator[Example | Rejected]:
    """One excerpt of a song that has its stems, through as many consoles as the recipe wants: for
    each, in order, the example or why there is none.

    The gain of all is the highest at which each of them keeps its headroom, so that they share
    what enters their consoles, unless these prepare it. Every console is the first draw of its own
    that is heard at that gain. What one of several consoles is rejected by does not touch the
    others. All examples of the excerpt are in memory together.
    """
    if recipe.consoles == 1:
        try:
            yield render(recipe, song, number, split)
        except Rejected as error:
            yield error
        return
    ids = [example_id(song.id, number, console) for console in range(recipe.consoles)]
    try:
        excerpt = cut(recipe, song, number)
    except Rejected as error:
        yield from (Rejected(id, error.reason) for id in ids)
        return
    seed = Seed(recipe.seed) / recipe.name / song.id
    turns = [
        _Turn(recipe, replace(excerpt, id=id), recipe.desk(split), seed_of(seed, number, console))
        for console, id in enumerate(ids)
    ]
    start = number * recipe.excerpt_length(song.mix.rate)
    for found in _at_one_gain(turns):
        if isinstance(found, Rejected):
            yield found
        else:
            parts = found.before, found.console, found.after
            yield Example(song.id, split, start, found.gain_db, *parts, found.draw, recipe.bits)


@dataclass(frozen=True)
class _Found:
    """What a console's turn came to, as in `Example`."""

    draw: int
    gain_db: float
    before: Song
    console: Console
    after: Song


@dataclass(frozen=True)
class _Turn:
    """An excerpt's turn at one console."""

    recipe: Recipe
    excerpt: Song
    desk: Chance
    seed: Seed

    def at(self, most_db: float) -> _Found | Rejected:
        try:
            return _Found(*heard(self.recipe, self.excerpt, self.desk, self.seed, most_db))
        except Rejected as error:
            return error


def _at_one_gain(turns: list[_Turn]) -> list[_Found | Rejected]:
    """Every turn at the highest gain that suits all; a turn that was rejected stays so."""
    found = [turn.at(float("inf")) for turn in turns]
    while True:
        kept = [one for one in found if isinstance(one, _Found)]
        lowest_db = min((one.gain_db for one in kept), default=0.0)
        if all(one.gain_db == lowest_db for one in kept):
            return found
        # A first draw that came to the lowest gain is what it would be from there.
        found = [
            one
            if isinstance(one, Rejected) or (one.draw, one.gain_db) == (0, lowest_db)
            else turn.at(lowest_db)
            for turn, one in zip(turns, found, strict=True)
        ]

"""The examples of one excerpt: one for each console that is drawn for it, all at one gain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.making.render import cut, heard
from automix_bench.recipe import Recipe, example_id, seed_of
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
    ids = [example_id(song.id, number, console) for console in range(recipe.consoles)]
    try:
        excerpt = cut(recipe, song, number)
    except Rejected as error:
        yield from (Rejected(id, error.reason) for id in ids)
        return
    seed = Seed(recipe.seed) / recipe.name / song.id
    start = number * recipe.excerpt_length(song.mix.rate)
    turns = [
        _Turn(
            recipe, seed_of(seed, number, console), song.id, split, start, replace(excerpt, id=id)
        )
        for console, id in enumerate(ids)
    ]
    yield from _at_one_gain(turns)


@dataclass(frozen=True)
class _Turn:
    """An excerpt's turn at one console; `song`, `split` and `start` as in `Example`."""

    recipe: Recipe
    seed: Seed
    song: str
    split: str
    start: int
    excerpt: Song

    def at(self, most_db: float) -> Example | Rejected:
        desk, where = self.recipe.desk(self.split), (self.song, self.split, self.start)
        try:
            found = heard(self.recipe, self.excerpt, desk, self.seed, most_db)
        except Rejected as error:
            return error
        draw, gain_db, before, console, after = found
        return Example(*where, gain_db, before, console, after, draw, self.recipe.bits)


def _at_one_gain(turns: list[_Turn]) -> list[Example | Rejected]:
    """Every turn at the highest gain that suits all; a turn that was rejected stays so."""
    found = [turn.at(float("inf")) for turn in turns]
    while True:
        kept = [one for one in found if isinstance(one, Example)]
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

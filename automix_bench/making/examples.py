"""The examples of one excerpt: one for each console that is drawn for it, all at one gain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.making.audible_draw import audible_draw
from automix_bench.making.cut import cut
from automix_bench.recipe import Recipe, example_id, seed_of
from automix_bench.sampling import Seed
from automix_bench.song import Song

Result = Example | Rejected


def examples_of(recipe: Recipe, song: Song, number: int, split: str) -> Iterator[Result]:
    """Excerpt `number` of a song through as many consoles as the recipe has: for each console, in
    order, the example, or why there is none.

    All get one gain: the highest that keeps every example below the headroom. So they have the same
    `before`, unless a console prepares its stems. Each console is the first draw of its own that
    is audible at that gain. A console that is rejected does not touch the others. All examples of
    the excerpt are in memory together.
    """
    ids = [example_id(song.id, number, console) for console in range(recipe.consoles)]
    try:
        excerpt = cut(recipe, song, number)
    except Rejected as error:
        yield from (Rejected(id, error.reason) for id in ids)
        return
    song_seed = Seed(recipe.seed) / recipe.name / song.id
    start = number * recipe.excerpt_length(song.mix.rate)
    desk = recipe.desk(split)

    def example(console: int, most_db: float) -> Result:
        named, seed = replace(excerpt, id=ids[console]), seed_of(song_seed, number, console)
        try:
            draw, made = audible_draw(recipe, named, desk, seed, most_db)
        except Rejected as error:
            return error
        return Example(
            song=song.id,
            split=split,
            start=start,
            gain_db=made.gain_db,
            before=made.before,
            console=made.console,
            after=made.after,
            draw=draw,
            bits=recipe.bits,
        )

    yield from _at_one_gain(example, recipe.consoles)


def _at_one_gain(example: Callable[[int, float], Result], consoles: int) -> list[Result]:
    """The results of all consoles, at the highest gain that suits each; a rejection stays.

    Args:
        example: of a console, by its number, at a gain that is not above the one given.
    """
    results = [example(console, float("inf")) for console in range(consoles)]
    while True:
        gains_db = [result.gain_db for result in results if isinstance(result, Example)]
        lowest_db = min(gains_db, default=0.0)
        if all(gain_db == lowest_db for gain_db in gains_db):
            return results
        results = [
            result if _is_settled(result, lowest_db) else example(console, lowest_db)
            for console, result in enumerate(results)
        ]


def _is_settled(result: Result, lowest_db: float) -> bool:
    """Whether rendering again with `lowest_db` as the highest gain would give the same. It
    would for draw 0 at this gain, which starts from that gain. A rejection stays."""
    return isinstance(result, Rejected) or (result.draw, result.gain_db) == (0, lowest_db)

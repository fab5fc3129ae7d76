"""Make a few examples of a plan, write nothing, and measure their size and the time they take."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace

from automix_bench.dataset.example_files import manifest_row
from automix_bench.dataset.plan import Plan, PlannedSong
from automix_bench.dataset.shard_writer import packed_examples
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.making.examples import examples_of
from automix_bench.making.load_song import decoded_song, with_stems
from automix_bench.recipe import Recipe
from automix_bench.song import Song

_SEPARATED_SECONDS = 12.0


@dataclass(frozen=True)
class Trial:
    """Means over the excerpts of a trial.

    Attributes:
        examples: how many excerpts were usable. If 0, the other numbers mean nothing.
        bytes_per_example: its size in a shard.
        load_factor: seconds of work to decode or play one second of a song.
        separate_factor: seconds of work to separate one second of a song; 0 where stems are
            recorded.
        render_seconds: seconds of work to draw, render, measure and encode an example.
        rejected: excerpts that could not be used.
    """

    examples: int
    bytes_per_example: float
    load_factor: float
    separate_factor: float
    render_seconds: float
    rejected: tuple[Rejected, ...] = ()


def run_trial(recipe: Recipe, plan: Plan, excerpts: int) -> Trial:
    """Make one excerpt each from songs spread over the plan, until `excerpts` of them are usable.

    Three times as many songs are tried at most.
    """
    measurements: list[_Measurement] = []
    rejected: list[Rejected] = []
    for place in _spread(len(plan.songs), 3 * excerpts):
        if len(measurements) == excerpts:
            break
        try:
            if not measurements:  # compiles and loads what the next ones then find ready
                _measure(recipe, plan.songs[place])
            measurements.append(_measure(recipe, plan.songs[place]))
        except Rejected as error:
            rejected.append(error)
    if not measurements:
        return Trial(0, 0.0, 0.0, 0.0, 0.0, tuple(rejected))
    columns = zip(*map(astuple, measurements), strict=True)
    size, load, separate, rendering = (sum(column) / len(measurements) for column in columns)
    return Trial(len(measurements), size, load, separate, rendering, tuple(rejected))


def _spread(count: int, tries: int) -> list[int]:
    """Places from 0 to `count`, at even distances. Every third place comes first, so that a short
    trial also covers the whole plan."""
    places = list(dict.fromkeys(i * count // tries for i in range(tries)))
    return sorted(places, key=lambda place: places.index(place) % 3)


@dataclass(frozen=True)
class _Measurement:
    """Of one excerpt; the attributes are those of `Trial`."""

    bytes_per_example: float
    load_factor: float
    separate_factor: float
    render_seconds: float


def _measure(recipe: Recipe, planned: PlannedSong) -> _Measurement:
    """Load a song, shorten it to begin with the middle one of its planned excerpts, separate it,
    and make the examples of that excerpt, as `make` does."""
    started = time.perf_counter()
    song = decoded_song(recipe, planned)
    loaded = time.perf_counter()
    short = _from_excerpt_on(recipe, song, planned.excerpts[len(planned.excerpts) // 2])
    shortened = time.perf_counter()
    short = with_stems(recipe, short, None)
    separated = time.perf_counter()
    examples = _usable(examples_of(recipe, short, 0, planned.split))
    size = sum(one.size for one in packed_examples(examples, recipe.store))
    for example in examples:
        manifest_row(example)
    done = time.perf_counter()
    separation = (separated - shortened) / short.mix.seconds if "residual" in short.stems else 0.0
    return _Measurement(
        bytes_per_example=size / len(examples),
        load_factor=(loaded - started) / song.mix.seconds,
        separate_factor=separation,
        render_seconds=(done - separated) / len(examples),
    )


def _usable(results: Iterable[Example | Rejected]) -> list[Example]:
    """The examples among the results.

    Raises:
        Rejected: there is none; the first rejection.
    """
    results = list(results)
    examples = [one for one in results if isinstance(one, Example)]
    if not examples:
        raise next(one for one in results if isinstance(one, Rejected))
    return examples


def _from_excerpt_on(recipe: Recipe, song: Song, number: int) -> Song:
    """The song from an excerpt on: 12 s of it, as separators take time to start, or as much as the
    excerpt if that is longer.

    Raises:
        Rejected: the song ends before the excerpt does.
    """
    rate, whole = song.mix.rate, song.mix.length
    excerpt_length = recipe.excerpt_length(rate)
    start = number * excerpt_length
    if start + excerpt_length > whole:
        raise Rejected(song.origin.name, "ends before an excerpt that was planned")
    length = min(whole, max(excerpt_length, round(_SEPARATED_SECONDS * rate)))
    start = min(start, whole - length)
    stems = {name: stem.excerpt(start, length) for name, stem in song.stems.items()}
    return replace(song, stems=stems, mix=song.mix.excerpt(start, length))

"""One example made again from the recipe and the songs alone, and what differs from the one in a
data set: the example, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench import __version__
from automix_bench.audio import decibels
from automix_bench.dataset.example_files import encode, settings
from automix_bench.dataset.plan import Plan, PlannedSong, read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, Rejected, UsageError, naming_a_full_disk
from automix_bench.example import Example
from automix_bench.files.atomic import write_whole
from automix_bench.files.quantise import integers
from automix_bench.making.excerpt import examples_of
from automix_bench.making.planning import plan
from automix_bench.making.prepare_song import prepared
from automix_bench.recipe import Recipe, example_id
from automix_bench.separation.separate import SeparationCache
from automix_bench.song import Song

_SHOWN = 80


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was: where, and how.

    Attributes:
        what: `automix_bench`, `separator…`, `recipe…`, `song…` for what an example is made of; its
            settings and `before vocals`, `after mix` and so on for what it is.
    """

    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.what}: {self.how}"


@dataclass(frozen=True)
class Rebuilt:
    """An example that was made again.

    Attributes:
        causes: what it is made of that is not what the data set was made of.
        differences: in what it is, from the example in the data set.
    """

    example: Example
    causes: tuple[Difference, ...]
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Every setting and every sample is what the data set has."""
        return not self.differences


def rebuild(
    recipe: Recipe, id: str, folder: Path, *, cache: SeparationCache | Path | None = None
) -> Rebuilt:
    """Make the example `id` of the data set in `folder` again and compare the two.

    The stored example is read for the comparison only: its song is looked up in the recipe's
    source, separated, cut and played through a console drawn afresh. The difference to
    `verify`, which starts at `before` and the console as stored, is all that comes ahead of them.

    Args:
        cache: separated stems that are kept there are used: None separates the song again.

    Raises:
        DatasetError: no finished data set is there, or its example is damaged.
        UsageError: the data set has no such example, or the source no such song any more.
        Rejected: the song as it is now cannot be used; the message names what else differs.
    """
    there = read_plan(folder)
    # How a data set is stored is for whoever made it to say, not for the recipe.
    bits = there.recipe.get("bits", 24)
    recipe = replace(recipe, store=there.store, consoles=there.consoles, bits=bits)
    here = plan(recipe)
    stored = _stored(folder, id)
    one, number, console = _planned(there, id)
    other = next((song for song in here.songs if song.listing.id == one.listing.id), None)
    causes = tuple(_causes(there, here, one, other))
    if other is None:
        said = "; ".join(map(str, causes))
        raise UsageError(f"rebuild {id}: its song {one.listing.id} cannot be used here: {said}")
    try:
        song = prepared(recipe, other, cache)
        made = list(examples_of(recipe, song, number, other.split))[console]
        if isinstance(made, Rejected):
            raise made
    except Rejected as error:
        said = "; ".join((error.reason, *map(str, causes)))
        raise Rejected(error.item, said) from error
    return Rebuilt(made, causes, tuple(_differences(stored, made)))


def write_example(example: Example, folder: Path) -> None:
    """Put the files of one example, JSON and FLAC as in a shard, into a folder.

    Raises:
        DatasetError: the folder holds something.
        DiskFull: there is no room.
    """
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DatasetError(f"{folder}: holds something already: choose a folder that is empty")
    for name, content in encode(example).items():
        write_whole(folder / name, content)


def _stored(folder: Path, id: str) -> Example:
    dataset = Dataset(folder)
    ids = [row["id"] for row in dataset.rows]
    if id not in ids:
        raise UsageError(f"{folder}: no example {id!r} among {len(ids)}, {ids[0]} to {ids[-1]}")
    return dataset[ids.index(id)]


def _planned(there: Plan, id: str) -> tuple[PlannedSong, int, int]:
    """The song, the number of the excerpt, and that of the console."""
    for song in there.songs:
        for number, console in product(song.excerpts, range(there.consoles)):
            if example_id(song.listing.id, number, console) == id:
                return song, number, console
    raise DatasetError(f"{id} is in the manifest and not in the plan: run `verify`")


def _causes(
    there: Plan, here: Plan, one: PlannedSong, other: PlannedSong | None
) -> Iterator[Difference]:
    if there.code != __version__:
        yield Difference("automix_bench", _unlike(there.code, __version__))
    yield from _changed("recipe", there.recipe, here.recipe)
    yield from _changed("separator", there.separator, here.separator)
    if other is None:
        refused = {rejected.item: rejected.reason for rejected in here.rejected}
        reason = refused.get(one.listing.origin.name, "not in the source any more")
        yield Difference("song", f"{one.listing.origin.name}: {reason}")
    else:
        yield from _changed("song", _of_song(one), _of_song(other))


def _of_song(song: PlannedSong) -> dict[str, Any]:
    return {**asdict(song.listing), "split": song.split, "excerpts": list(song.excerpts)}


def _changed(where: str, there: Any, here: Any) -> Iterator[Difference]:
    """What differs between two values of JSON's kinds, as deep as it goes."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in sorted(there.keys() | here.keys()):
            yield from _changed(f"{where} {key}", there.get(key), here.get(key))
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for place, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from _changed(f"{where}[{place}]", one, other)
    elif there != here:
        yield Difference(where, _unlike(there, here))


def _unlike(there: Any, here: Any) -> str:
    texts = ("nothing" if value is None else str(value) for value in (there, here))
    one, other = (t if len(t) <= _SHOWN else f"{t[: _SHOWN - 1]}…" for t in texts)
    return f"{one} in the data set, {other} here"


def _differences(stored: Example, made: Example) -> Iterator[Difference]:
    there: Mapping[str, Any] = settings(stored)
    here: Mapping[str, Any] = settings(made)
    for key in there:
        yield from _changed(key, there[key], here[key])
    for side, old, new in (
        ("before", stored.before, made.before),
        ("after", stored.after, made.after),
    ):
        yield from _sounds(side, old, new)


def _sounds(side: str, there: Song, here: Song) -> Iterator[Difference]:
    olds, news = ({**song.stems, "mix": song.mix} for song in (there, here))
    for name in sorted(olds.keys() | news.keys()):
        if name not in olds or name not in news:
            where = "the data set" if name in olds else "what was made"
            yield Difference(f"{side} {name}", f"in {where} alone")
            continue
        old, new = integers(olds[name]), integers(news[name])
        if old.shape != new.shape:
            yield Difference(f"{side} {name}", _unlike(old.shape, new.shape))
        elif not np.array_equal(old, new):
            steps = np.abs(old.astype(np.int64) - new)
            level = decibels(float(np.sqrt(np.mean(np.square(steps, dtype=np.float64)))) / 2**23)
            yield Difference(
                f"{side} {name}",
                f"{np.count_nonzero(steps)} of {steps.size} samples differ, by {steps.max()} steps "
                f"of 24 bit at most, {level:.0f} dB full scale",
            )

"""Make one example of a data set again, from the recipe and the songs alone, and say what differs
from the stored one and why."""

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
from automix_bench.making.examples import examples_of
from automix_bench.making.load_song import load_song
from automix_bench.making.planning import plan
from automix_bench.recipe import Recipe, example_id
from automix_bench.separation.separate import SeparationCache
from automix_bench.song import Song

_SHOWN = 80


@dataclass(frozen=True)
class Mismatch:
    """Something that is not what it was.

    Attributes:
        what: of a cause, `automix_bench`, `separator…`, `recipe…` or `song…`; of a difference, a
            setting or a sound, such as `before vocals`.
        how: the two values, or by how much they differ.
    """

    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.what}: {self.how}"


@dataclass(frozen=True)
class Rebuilt:
    """An example that was made again.

    Attributes:
        causes: what differs in what it is made of.
        differences: what differs in the example itself.
    """

    example: Example
    causes: tuple[Mismatch, ...]
    differences: tuple[Mismatch, ...]

    @property
    def equal(self) -> bool:
        """Whether every setting and every sample is that of the data set."""
        return not self.differences


def rebuild(
    recipe: Recipe, id: str, folder: Path, *, cache: SeparationCache | Path | None = None
) -> Rebuilt:
    """Make the example `id` of the data set in `folder` again and compare the two.

    The stored example is read for the comparison only. Its song is looked up in the recipe's
    source, separated, cut, and played through a console that is drawn anew. (`verify` starts later,
    at the stored `before` and the stored console.)

    Args:
        cache: separated stems in it are used; None separates the song again.

    Raises:
        DatasetError: there is no finished data set, or its example is damaged.
        UsageError: the data set has no such example, or the source no longer has its song.
        Rejected: the song as it is now cannot be used; the message names what else differs.
    """
    there = read_plan(folder)
    # The user of `make`, not the recipe, decides how a data set is stored.
    recipe = replace(recipe, store=there.store, consoles=there.consoles, bits=there.bits)
    here = plan(recipe)
    stored = _stored(folder, id)
    old_song, number, console = _planned(there, id)
    new_song = next((s for s in here.songs if s.listing.id == old_song.listing.id), None)
    causes = tuple(_causes(there, here, old_song, new_song))
    if new_song is None:
        reasons = "; ".join(map(str, causes))
        name = old_song.listing.id
        raise UsageError(f"rebuild {id}: its song {name} cannot be used here: {reasons}")
    try:
        song = load_song(recipe, new_song, cache)
        made = list(examples_of(recipe, song, number, new_song.split))[console]
        if isinstance(made, Rejected):
            raise made
    except Rejected as error:
        reasons = "; ".join((error.reason, *map(str, causes)))
        raise Rejected(error.item, reasons) from error
    return Rebuilt(made, causes, tuple(_differences(stored, made)))


def write_example(example: Example, folder: Path) -> None:
    """Write the files of one example, JSON and FLAC as in a shard, into a folder.

    Raises:
        DatasetError: the folder is not empty.
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
    """The song of an example, the number of its excerpt, and that of its console."""
    for song in there.songs:
        for number, console in product(song.excerpts, range(there.consoles)):
            if example_id(song.listing.id, number, console) == id:
                return song, number, console
    raise DatasetError(f"{id} is in the manifest and not in the plan: run `verify`")


def _causes(
    there: Plan, here: Plan, old_song: PlannedSong, new_song: PlannedSong | None
) -> Iterator[Mismatch]:
    if there.code != __version__:
        yield Mismatch("automix_bench", _two_values(there.code, __version__))
    yield from _mismatches("recipe", there.recipe, here.recipe)
    yield from _mismatches("separator", there.separator, here.separator)
    if new_song is None:
        name = old_song.listing.origin.name
        reasons = {rejected.item: rejected.reason for rejected in here.rejected}
        yield Mismatch("song", f"{name}: {reasons.get(name, 'not in the source any more')}")
    else:
        yield from _mismatches("song", _of_song(old_song), _of_song(new_song))


def _of_song(song: PlannedSong) -> dict[str, Any]:
    return {**asdict(song.listing), "split": song.split, "excerpts": list(song.excerpts)}


def _mismatches(where: str, there: Any, here: Any) -> Iterator[Mismatch]:
    """What differs between two values of JSON's kinds, at any depth."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in sorted(there.keys() | here.keys()):
            yield from _mismatches(f"{where} {key}", there.get(key), here.get(key))
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for place, (old, new) in enumerate(zip(there, here, strict=True)):
            yield from _mismatches(f"{where}[{place}]", old, new)
    elif there != here:
        yield Mismatch(where, _two_values(there, here))


def _two_values(there: Any, here: Any) -> str:
    texts = ("nothing" if value is None else str(value) for value in (there, here))
    old, new = (t if len(t) <= _SHOWN else f"{t[: _SHOWN - 1]}…" for t in texts)
    return f"{old} in the data set, {new} here"


def _differences(stored: Example, made: Example) -> Iterator[Mismatch]:
    there: Mapping[str, Any] = settings(stored)
    here: Mapping[str, Any] = settings(made)
    for key in dict.fromkeys((*there, *here)):
        yield from _mismatches(key, there.get(key), here.get(key))
    yield from _sounds("before", stored.before, made.before)
    yield from _sounds("after", stored.after, made.after)


def _sounds(side: str, there: Song, here: Song) -> Iterator[Mismatch]:
    """What differs in the stems and the mix of one side, `before` or `after`."""
    olds, news = ({**song.stems, "mix": song.mix} for song in (there, here))
    for name in sorted(olds.keys() | news.keys()):
        what = f"{side} {name}"
        if name not in olds or name not in news:
            where = "the data set" if name in olds else "what was made"
            yield Mismatch(what, f"in {where} alone")
            continue
        old, new = integers(olds[name]), integers(news[name])
        if old.shape != new.shape:
            yield Mismatch(what, _two_values(old.shape, new.shape))
        elif not np.array_equal(old, new):
            steps = np.abs(old.astype(np.int64) - new)
            level = decibels(float(np.sqrt(np.mean(np.square(steps, dtype=np.float64)))) / 2**23)
            yield Mismatch(
                what,
                f"{np.count_nonzero(steps)} of {steps.size} samples differ, by {steps.max()} steps "
                f"of 24 bit at most, {level:.0f} dB full scale",
            )

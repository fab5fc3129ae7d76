"""Every recipe on little music, made once for all tests of the recipe book."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.example import Example
from automix_bench.making.make import Made, make
from automix_bench.recipe import SPLITS, Recipe
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.separation.example_clip import LICENSE, example_clip
from automix_bench.song import Song
from automix_bench.source import Listing
from automix_bench.sources.composed import Composed

MUSIC = ("composed", "separated")

RECIPES = tuple(plugin.names("recipes"))

ON_WHOLE_MIXES = {"declipping", "delimiting", "mastering_degradations"}
"""What they do is done to finished music: there is no separator to choose."""

WITHOUT_STEMS = {
    "drum_mix": "a separator gives no pieces of a drum kit",
    "live_multitrack": "what is separated stands on no stage",
}
"""Which recipes refuse separated songs, and why."""

MADE = [
    (name, music)
    for name in RECIPES
    for music in MUSIC
    if not (music == "separated" and name in WITHOUT_STEMS)
]

SMALLER = {"dereverberation": ("stems=2",), "delimiting": ("per_song=3",)}
"""A room for every stem takes its time; some excerpts cannot be made as loud as drawn."""

_COMPOSED = ("count=5", "song_seconds=10", "seconds=1.5", "per_song=2")
_REAL = ("seconds=1.5", "per_song=2", f"license={LICENSE}")

OWN_MATERIAL = {
    "quickstart": {
        "composed": ("multitracks=3", "mixes=1", "per_song=2", "seconds=1.5"),
        "separated": (*_REAL, "most=6", "multitracks=1", "mixes=1"),
    }
}
"""Takes three kinds of song at once, by settings of its own."""


@dataclass
class Book:
    """Data sets by recipe and music, made when they are first asked for."""

    root: Path
    songs: Path
    made: dict[tuple[str, ...], Made] = field(default_factory=dict)

    def recipe(self, name: str, music: str, *more: str) -> Recipe:
        """A recipe, with settings that keep it small."""
        if name in OWN_MATERIAL:
            songs = (f"songs={self.songs}",) if music == "separated" else ()
            return recipe_from(name, [*songs, *OWN_MATERIAL[name][music], *more])
        more = (*SMALLER.get(name, ()), *more)
        if music == "composed":
            return recipe_from(name, _last_of_each(*_COMPOSED, *more))
        separator = () if name in ON_WHOLE_MIXES else ("separator=spleeter",)
        return recipe_from(name, _last_of_each(f"songs={self.songs}", *_REAL, *separator, *more))

    def make(self, name: str, music: str, *more: str) -> Made:
        """A recipe's data set."""
        key = (name, music, *more)
        if key not in self.made:
            folder = self.root / f"{len(self.made):03d}"
            recipe = self.recipe(name, music, *more)
            self.made[key] = make(recipe, folder, cache=self.root / "separated")
        return self.made[key]

    def examples(self, name: str, *more: str) -> Iterator[Example]:
        """All examples of a recipe, on both kinds of music."""
        for music in MUSIC:
            if (name, music) in MADE:
                yield from Dataset(self.make(name, music, *more).folder)


def _last_of_each(*settings: str) -> list[str]:
    return list({setting.partition("=")[0]: setting for setting in settings}.values())


def opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The book, with songs cut of the real clip: two by each of three artists, one a split."""
    recipe = recipe_from("remix")
    artists = {recipe.split(f"artist-{number}"): f"artist-{number}" for number in range(40)}
    samples, rate = soundfile.read(example_clip(), dtype="float32")
    length = round(4.2 * rate)
    for number in range(6):
        folder = root / "songs" / artists[SPLITS[number % 3]]
        folder.mkdir(parents=True, exist_ok=True)
        start = round(number * (len(samples) - length) / 5)
        cut = np.ascontiguousarray(samples[start : start + length])
        soundfile.write(folder / f"part {number}.wav", cut, rate, subtype="PCM_24")
    _remember(monkeypatch)
    return Book(root, root / "songs")


def _remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose and play every song once, not once a recipe."""
    load = Composed.load
    known: dict[tuple[Composed, str], Song] = {}

    def remembered(self: Composed, listing: Listing) -> Song:
        key = self, listing.id
        if key not in known:
            known[key] = load(self, listing)
        return known[key]

    monkeypatch.setattr(Composed, "load", remembered)

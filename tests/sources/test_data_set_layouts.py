"""Published data sets by their layouts: every song, with the right stems, target, artist, licence
and split, in every recipe that takes stems."""

import typing

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.making.load_song import load_song
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.recipe_parts.material import Material
from automix_bench.recipe_parts.settings_from_text import recipe_from
from tests.support.data_set_folders import LAYOUTS, layout_of


def takes_music(name):
    """Whether a recipe has the settings of the music."""
    offered = plugin.load("recipes", name)
    return Material in typing.get_type_hints(offered).values() if callable(offered) else False


RECIPES = [name for name in plugin.names("recipes") if takes_music(name)]
DERIVED = {"drum_mix": "its stems and mix are derived from the drums"}
"""Recipes whose songs are not those of their source."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Each layout's folder, written once, with what its songs must be."""
    root = tmp_path_factory.mktemp("layouts")
    return {name: (root / name, write(root / name)) for name, write in LAYOUTS.items()}


def recipe_on(name, folders, layout, *more):
    root, _ = folders[layout]
    settings = [f"songs={root}", f"layout={layout_of(layout)}", "seconds=1.5", *more]
    return recipe_from(name, ["separator=as_recorded", *settings])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_gives_every_song_as_it_is(folders, layout):
    _, expected = folders[layout]
    source = recipe_on("remix", folders, layout).source
    listings = {listing.origin.name: listing for listing in source.catalogue().listings}
    assert listings.keys() == expected.keys()
    for folder, song in expected.items():
        listing = listings[folder]
        known = (listing.artist, listing.license, listing.split)
        assert known == (song.artist, song.license, song.split), folder
        loaded = source.load(listing)
        assert loaded.stems.keys() == song.stems.keys(), folder
        for name, samples in song.stems.items():
            assert np.array_equal(loaded.stems[name].samples.T, samples), (folder, name)
        mix = (
            sum(stem.samples.T for stem in loaded.stems.values()) if song.mix is None else song.mix
        )
        assert np.array_equal(loaded.mix.samples.T, mix), folder


PAIRS = [(name, list(LAYOUTS)[number % len(LAYOUTS)]) for number, name in enumerate(RECIPES)]
"""Each recipe on one layout; every layout is in two pairs at least."""


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_reads_every_layout_in_the_same_way(folders, name):
    for layout in LAYOUTS:
        source = recipe_on(name, folders, layout).source
        plain = recipe_on("remix", folders, layout).source
        assert (source.source if name in DERIVED else source) == plain


@pytest.mark.parametrize(("name", "layout"), PAIRS)
def test_a_recipe_plans_and_loads_a_layout(folders, layout, name):
    _, expected = folders[layout]
    recipe = recipe_on(name, folders, layout)
    planned = plan(recipe)
    by_folder = {song.listing.origin.name: song for song in planned.songs}
    assert by_folder.keys() == expected.keys()
    artists = {song.listing.artist: song.split for song in planned.songs}
    for folder, song in expected.items():
        listing = by_folder[folder].listing
        assert (listing.artist, listing.license) == (song.artist, song.license)
        assert by_folder[folder].split == (song.split or artists[song.artist])
    folder = next(iter(expected))
    if name not in DERIVED:
        loaded = load_song(recipe, by_folder[folder], None)
        mix = expected[folder].mix
        if mix is None:
            mix = sum(stem.samples.T for stem in loaded.stems.values())
        wide = mix if mix.shape[1] == 2 else np.repeat(mix, 2, axis=1)
        assert np.array_equal(loaded.mix.samples.T, wide)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_makes_data_of_every_layout(folders, layout, name, tmp_path):
    made = make(recipe_on(name, folders, layout, "per_song=1"), tmp_path / "data")
    assert len(made.rows) > 0


def test_a_licence_that_the_user_gives_wins_in_every_layout(folders):
    for layout in LAYOUTS:
        source = recipe_on("remix", folders, layout, "license=CC0-1.0").source
        assert {each.license for each in source.catalogue().listings} == {"CC0-1.0"}, layout

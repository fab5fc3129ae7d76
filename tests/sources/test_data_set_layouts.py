"""Published data sets by their layouts: every song, with the right stems, target, artist, licence
and split, in every recipe that takes stems."""

import pickle
import shutil
import typing

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.errors import Changed, DatasetError, UsageError
from automix_bench.making.load_song import load_song
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.recipe_parts.material import Material
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sources.medleydb import MedleyDB
from automix_bench.sources.moisesdb import MoisesDB
from automix_bench.sources.slakh import Slakh
from automix_bench.sources.stems_folder import StemsFolder
from tests.support.data_set_folders import LAYOUTS, layout_of


def takes_music(name):
    """Whether a recipe has the settings of the music."""
    offered = plugin.load("recipes", name)
    return Material in typing.get_type_hints(offered).values() if callable(offered) else False


RECIPES = [name for name in plugin.names("recipes") if takes_music(name)]
DERIVED = {
    "drum_mix": "its stems and mix are derived from the drums",
    "live_multitrack": "its stems are microphones with bleed",
}
"""Recipes whose songs are not those of their source."""

ABOVE_8_KHZ = ("source_restoration", "style_pairs")
"""Recipes with settings that sounds at 16 kHz cannot have; they say so."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Each layout's folder, written once, with what its songs must be."""
    root = tmp_path_factory.mktemp("layouts")
    return {name: (root / name, write(root / name)) for name, write in LAYOUTS.items()}


def recipe_on(name, folders, layout, *more):
    root, _ = folders[layout]
    settings = [f"songs={root}", f"layout={layout_of(layout)}", "seconds=1", *more]
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
    recipe = recipe_on(name, folders, layout, "per_song=1")
    if layout == "slakh-baby" and name in ABOVE_8_KHZ:
        with pytest.raises(DatasetError, match="half the audio's rate, 8000 Hz"):
            make(recipe, tmp_path / "data")
        return
    assert len(make(recipe, tmp_path / "data").rows) > 0


def test_a_licence_that_the_user_gives_wins_in_every_layout(folders):
    for layout in LAYOUTS:
        source = recipe_on("remix", folders, layout, "license=CC0-1.0").source
        assert {each.license for each in source.catalogue().listings} == {"CC0-1.0"}, layout


# What is not whole, or not as described.


def only_rejected(source):
    return {one.item: one.reason for one in source.catalogue().rejected}


def copied(folders, layout, tmp_path):
    root, _ = folders[layout]
    shutil.copytree(root, tmp_path / "copy")
    return tmp_path / "copy"


def test_medleydb_that_is_not_whole_is_refused_song_by_song(folders, tmp_path):
    root = copied(folders, "medleydb", tmp_path)
    first, second, third = (root / folder for folder in folders["medleydb"][1])
    (first / f"{first.name}_STEMS" / f"{first.name}_STEM_02.wav").unlink()
    (second / f"{second.name}_MIX.wav").unlink()
    shutil.rmtree(third / f"{third.name}_STEMS")
    reasons = only_rejected(MedleyDB(root))
    assert reasons.keys() == set(folders["medleydb"][1])
    assert (
        "_STEM_02.wav is in AClassicEducation_NightOwl_METADATA.yaml and not in"
        in (reasons["V1/AClassicEducation_NightOwl"])
    )
    assert "no AClassicEducation_Second_MIX.wav" in reasons["V1/AClassicEducation_Second"]
    assert "no audio in MusicDelta_Rock_STEMS" in reasons["V2/MusicDelta_Rock"]
    raw = MedleyDB(root, raw=True)
    assert only_rejected(raw).keys() == {"V1/AClassicEducation_Second"}


def test_medleydb_without_metadata_has_the_artists_of_its_folders(folders, tmp_path):
    root = copied(folders, "medleydb", tmp_path)
    names = ("V1/AClassicEducation_NightOwl", "V1/AClassicEducation_Second", "V2/MusicDelta_Rock")
    (root / names[1] / "AClassicEducation_Second_METADATA.yaml").unlink()
    shutil.rmtree(root / "Metadata")
    source = MedleyDB(root)
    artists = {each.origin.name: each.artist for each in source.catalogue().listings}
    assert [artists[name] for name in names] == [*["a-classic-education"] * 2, "musicdelta"]
    without = next(each for each in source.catalogue().listings if each.origin.name == names[1])
    assert list(source.load(without).stems) == ["stem-1", "stem-2", "stem-3"]
    assert without.origin.attribution == "A Classic Education - Second"


def test_medleydb_tells_the_instruments_of_its_stems(folders):
    source = recipe_on("remix", folders, "medleydb").source
    first = source.catalogue().listings[0]
    told = {"bass": "electric bass", "drums": "drum set", "vocals": "female singer"}
    assert source.load(first).origin.settings == {"instruments": told}
    assert first.origin.attribution == "A Classic Education - NightOwl"


def test_medleydb_in_other_layouts_says_which_to_take(folders):
    root, expected = folders["medleydb"]
    reasons = only_rejected(StemsFolder(root))
    assert expected.keys() <= reasons.keys()
    for folder in expected:
        assert "read MedleyDB with --set layout=medleydb" in reasons[folder]
    for kind in (MedleyDB, MoisesDB, Slakh):
        with pytest.raises(UsageError, match="or another layout"):
            kind(folders["musdb-wav"][0]).catalogue()


def test_moisesdb_that_is_not_whole_is_refused_song_by_song(folders, tmp_path):
    root = copied(folders, "moisesdb", tmp_path)
    first, second, third = (root / folder for folder in folders["moisesdb"][1])
    (first / "vocals" / "0c.wav").unlink()
    (second / "data.json").unlink()
    shutil.copy(third / "drums" / "b1.wav", third / "drums" / "unlisted.wav")
    source = MoisesDB(root)
    reasons = only_rejected(source)
    assert reasons["moisesdb_v0.1/0a1b-44"].startswith("vocals/0c.wav is in data.json and not in")
    assert reasons["moisesdb_v0.1/77ff-12"].startswith("no data.json")
    assert "not among the tracks" in reasons["moisesdb_v0.1/9e9e-90/drums/unlisted.wav"]
    (listing,) = source.catalogue().listings
    assert set(source.load(listing).stems) == {"drums", "other_keys", "vocals-1", "vocals-2"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is no JSON"),
        ("[1, 2]", "holds no names with values"),
        ("[" * 100_000, "is no JSON"),
        ("\xff", "is no JSON"),
        ('{"artist": ["A", 1, "B"], "song": {"x": 1}, "stems": "none"}', None),
        ('{"artist": null, "stems": [{"stemName": 3, "tracks": 4}, 5, {"stemName": "x"}]}', None),
    ],
)
def test_metadata_of_a_stranger_is_read_or_refused(folders, tmp_path, text, reason):
    root = copied(folders, "moisesdb", tmp_path)
    folder = next(iter(folders["moisesdb"][1]))
    (root / folder / "data.json").write_bytes(text.encode("latin-1"))
    source = MoisesDB(root)
    if reason:
        assert reason in only_rejected(source)[folder]
        return
    listing = next(each for each in source.catalogue().listings if each.origin.name == folder)
    artist, credit = ("a-b", "A, B") if "B" in text else (listing.id, "")
    assert (listing.artist, listing.origin.attribution) == (artist, credit)


@pytest.mark.parametrize("text", ["a: [", "- 1", "a: &a [1]\nb: *a", "\0", "x: " + "[" * 9_000])
def test_a_yaml_file_that_cannot_be_read_rejects_its_song(folders, tmp_path, text):
    root = copied(folders, "slakh", tmp_path)
    (root / "train" / "Track00001" / "metadata.yaml").write_text(text)
    assert "metadata.yaml" in only_rejected(Slakh(root))["train/Track00001"]


def test_slakh_leaves_out_what_is_omitted_incomplete_or_in_two_splits(folders, tmp_path):
    root = copied(folders, "slakh", tmp_path)
    omitted = only_rejected(Slakh(root))
    assert list(omitted) == ["omitted/Track00049"]
    assert "omitted from the redux by its makers" in omitted["omitted/Track00049"]
    metadata = (root / "train" / "Track00001" / "metadata.yaml").read_text()
    (root / "test" / "Track01876" / "metadata.yaml").write_text(metadata)
    (root / "validation" / "Track01501" / "stems" / "S04.flac").unlink()
    reasons = only_rejected(Slakh(root))
    twice = "rendered from the same MIDI file as test/Track01876, in another split"
    assert twice in reasons["train/Track00001"]
    assert "S04 is in metadata.yaml and not" in reasons["validation/Track01501"]
    (root / "test" / "Track01876" / "mix.flac").unlink()
    assert "no mix.flac" in only_rejected(Slakh(root))["test/Track01876"]


def test_slakh_has_one_artist_for_songs_of_one_midi_file(folders, tmp_path):
    root = copied(folders, "slakh-baby", tmp_path)
    first = (root / "Track00001" / "metadata.yaml").read_text()
    (root / "Track00002" / "metadata.yaml").write_text(first)
    listings = Slakh(root).catalogue().listings
    assert [each.artist for each in listings] == ["track00001"] * 2
    assert [each.id for each in listings] == ["track00001", "track00002"]


def test_cambridge_previews_are_no_mixes_elsewhere_and_two_are_refused(folders, tmp_path):
    root = copied(folders, "cambridge", tmp_path)
    reasons = only_rejected(StemsFolder(root))
    preview = "AlexBerin_Azul_Full/AlexBerin_Azul_Full_Preview.wav"
    assert "a preview by its name" in reasons[preview]
    assert "lies in no song's folder" in reasons["AlexBerin_MudPink_Full_Preview.wav"]
    folder = root / "AlexBerin_Azul_Full"
    (folder / "mix.wav").write_bytes((root / preview).read_bytes())
    (folder / "Master.wav").write_bytes((folder / "03_Overheads.wav").read_bytes())
    reasons = only_rejected(StemsFolder(root, cambridge=True))
    assert list(reasons) == ["AlexBerin_Azul_Full"]
    assert "several released mixes, Master.wav and mix.wav" in reasons["AlexBerin_Azul_Full"]


@pytest.mark.parametrize("kind", [MedleyDB, MoisesDB, Slakh])
def test_songs_that_change_after_they_were_listed_are_not_loaded(folders, tmp_path, kind):
    root = copied(folders, kind.__name__.lower(), tmp_path)
    source = kind(root)
    first, second, *_ = source.catalogue().listings
    file = next(iter((root / first.origin.name).rglob("*.[wf]*")))
    file.write_bytes(file.read_bytes()[:-4] + b"abcd")
    shutil.rmtree(root / second.origin.name)
    for listing, reason in ((first, "has changed"), (second, "has gone")):
        with pytest.raises(Changed, match=reason):
            source.load(listing)
    again = pickle.loads(pickle.dumps(source))
    assert again.catalogue().listings == source.catalogue().listings

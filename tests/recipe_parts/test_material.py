"""The music of recipes: every layout and separator by its setting, and settings that conflict."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench.errors import UsageError
from automix_bench.making.planning import plan
from automix_bench.recipe_parts.material import LAYOUTS, MULTITRACKS, SEPARATORS, Material
from automix_bench.recipe_parts.settings_from_text import recipe_from, settings_of
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.separators.whole import Whole
from automix_bench.song import Origin, Song
from automix_bench.source import Source
from automix_bench.sources.composed import Composed
from automix_bench.sources.folder import Folder
from automix_bench.sources.lmms import Lmms
from automix_bench.sources.midi import Midi
from automix_bench.sources.modules import Modules
from automix_bench.sources.musdb import Musdb
from automix_bench.sources.stems_folder import StemsFolder
from automix_bench.sources.without_duplicates import WithoutDuplicates

SONGS = Path("songs")


def test_without_a_folder_songs_are_composed():
    settings = Material(count=3, song_seconds=12.0, seconds=4.0, per_song=2).settings()
    assert settings == {
        "source": Composed(count=3, seconds=12.0),
        "separator": AsRecorded(),
        "excerpt_seconds": 4.0,
        "excerpts_per_song": 2,
        "rate": None,
    }


def test_duplicates_are_looked_for_if_asked():
    plain = Folder(SONGS, license="MIT")
    given = {"songs": SONGS, "license": "MIT"}
    assert Material(**given).source() == plain
    assert Material(**given, duplicates="keep").settings()["source"] == plain
    assert Material(**given, duplicates="drop").source() == WithoutDuplicates(plain)
    united = Material(**given, duplicates="unite").settings()["source"]
    assert united == WithoutDuplicates(plain, unite=True)


@pytest.mark.parametrize("duplicates", ["keep", "drop", "unite"])
def test_one_song_under_two_artists_is_never_on_both_sides(tmp_path, monkeypatch, duplicates):
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c", "d"):
        notes = np.repeat(rng.uniform(100.0, 2_000.0, 40), 4_410)
        sound = 0.3 * np.sin(2.0 * np.pi * np.cumsum(notes) / 44_100)
        for artist, ending in (("one", "flac"), ("other", "wav")):
            folder = tmp_path / "songs" / f"{artist}-{name}"
            folder.mkdir(parents=True)
            soundfile.write(folder / f"{name}.{ending}", sound, 44_100)
    settings = [f"songs={tmp_path / 'songs'}", "license=CC0-1.0", "seconds=2"]
    recipe = recipe_from("declipping", [*settings, f"duplicates={duplicates}"])
    found = plan(replace(recipe, splits=(0.4, 0.3, 0.3)))
    count = {
        name: sum(f"/{name}." in s.listing.origin.name for s in found.songs) for name in "abcd"
    }
    assert count == dict.fromkeys("abcd", 1 if duplicates == "drop" else 2)
    sides = [
        {song.split for song in found.songs if f"/{name}." in song.listing.origin.name}
        for name in "abcd"
    ]
    assert (max(map(len, sides)) > 1) == (duplicates == "keep")
    assert len(found.rejected) == (4 if duplicates == "drop" else 0)


@pytest.mark.parametrize(
    ("layout", "source"),
    [
        (None, Folder(SONGS, license="MIT")),
        ("folder", Folder(SONGS, license="MIT")),
        ("stems", StemsFolder(SONGS, license="MIT")),
        ("midi", Midi(SONGS, license="MIT")),
        ("modules", Modules(SONGS, license="MIT")),
        ("lmms", Lmms(SONGS, license="MIT")),
        ("musdb", Musdb(SONGS, wav=False, license="MIT")),
        ("musdb-wav", Musdb(SONGS, wav=True, license="MIT")),
    ],
)
def test_a_folder_is_read_as_it_is_laid_out(layout, source):
    material = Material(songs=SONGS, layout=layout, license="MIT")
    assert material.source() == source
    assert isinstance(material.source(), Source)
    fitting = AsRecorded() if layout in MULTITRACKS else Demucs(model="htdemucs", license="MIT")
    assert material.fitting_separator() == fitting
    assert material.fitting_separator("whole") == Whole()


def test_every_layout_is_tried_above():
    assert set(LAYOUTS) == {*MULTITRACKS, "folder"}


@pytest.mark.parametrize(
    ("separator", "made"),
    [
        ("demucs", Demucs(model="mine", repo=Path("models"), license="CC0-1.0")),
        ("spleeter", Spleeter()),
        ("as_recorded", AsRecorded()),
        ("whole", Whole()),
    ],
)
def test_the_separator_that_is_asked_for_goes_before_the_recipe_s(separator, made):
    asked = Material(
        songs=SONGS,
        separator=separator,
        model="mine",
        repo=Path("models"),
        weights_license="CC0-1.0",
    )
    for otherwise in ("", "whole", "as_recorded"):
        assert asked.fitting_separator(otherwise) == made
    assert separator in SEPARATORS


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"layout": "stem"}, "no layout 'stem', did you mean 'stems'?"),
        ({"separator": "demux"}, "no separator 'demux', did you mean 'demucs'?"),
        ({"layout": "stems"}, "layout stems: give the folder of songs: --set songs="),
        (
            {"layout": "composed", "songs": SONGS},
            "layout composed takes no folder of songs, got songs",
        ),
    ],
)
def test_what_does_not_fit_is_refused(settings, said):
    with pytest.raises(UsageError) as refused:
        Material(**settings)
    assert said in str(refused.value)


def test_its_fields_are_settings_of_every_recipe_that_takes_it(tmp_path):
    recipe = recipe_from(
        "remix",
        [
            f"songs={tmp_path}",
            "layout=stems",
            "license=MIT",
            "seconds=3",
            "per_song=none",
            "seed=4",
        ],
    )
    assert recipe.source == StemsFolder(tmp_path, license="MIT")
    assert (recipe.excerpt_seconds, recipe.excerpts_per_song, recipe.seed) == (3.0, None, 4)
    assert recipe_from("remix", ["per_song=2"]).excerpts_per_song == 2
    for setting, said in (
        ("layout=stem", "did you mean 'stems'?"),
        ("seconds=long", "seconds must be of type float, got 'long'"),
        ("songs=", "songs must be a path, got nothing"),
        ("sangs=x", "no setting 'sangs', did you mean 'songs'?"),
    ):
        with pytest.raises(UsageError) as refused:
            recipe_from("remix", [setting])
        assert said in str(refused.value)
    known = settings_of(lambda material=None, seed=1: None)
    assert set(known) == {"material", "seed"}


def test_a_whole_mix_is_one_stem_whatever_the_song_came_with(noise):
    mix = noise()
    song = Song("song", "a", {"bass": noise(seed=1)}, mix, "CC0-1.0", Origin("song", "0" * 64))
    whole = Whole()(song)
    assert list(whole.stems) == ["music"]
    assert whole.stems["music"] is mix
    assert whole.mix is mix
    assert Whole().fingerprint() == {"separator": "whole"}

"""Settings of the music that say what files are, and sources and separators of the user's own."""

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.catalogue import entries
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import UsageError
from automix_bench.making.make import make
from automix_bench.recipe_parts.material import LAYOUTS, Material
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.sources.composed import Composed
from automix_bench.sources.stems_folder import StemsFolder
from tests.support.data_set_folders import Writer

SOURCE = '''"""Tones."""
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from automix_bench.audio import Audio
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Tones"]

@dataclass(frozen=True)
class Tones:
    """A song for each text file in a folder."""
    root: Path
    license: str = "CC0-1.0"

    def catalogue(self):
        names = sorted(path.stem for path in self.root.glob("*.txt"))
        return Catalogue(tuple(self._listing(name) for name in names))

    def load(self, listing):
        wave = 0.1 * np.sin(np.arange(listing.length) * len(listing.id) / 50.0)
        stem = Audio(np.float32([wave, wave]), listing.rate)
        stems = {"bass": stem, "keys": stem.scaled(0.5)}
        mix = stem.scaled(1.5)
        return Song(listing.id, listing.artist, stems, mix, listing.license, listing.origin)

    def _listing(self, name):
        origin = Origin(f"x/{name}", "0" * 63 + name[-1])
        return Listing(name, name, self.license, origin, 44_100, 88_200)
'''
SEPARATOR = '''"""Halves."""
from dataclasses import dataclass, replace

__all__ = ["Halves"]

@dataclass(frozen=True)
class Halves:
    """Two stems, each half of the mix."""
    license: str = ""

    def __call__(self, song):
        half = song.mix.scaled(0.5)
        stems = {"music": half, "residual": half}
        return replace(song, stems=stems)

    def fingerprint(self):
        return {"separator": "halves"}
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two songs with a mix of a name of its own, an mp3 of each file, and two stems."""
    root = tmp_path_factory.mktemp("songs")
    writer = Writer(root, seconds=1.2)
    for song in ("Ana - One", "Ona - Two"):
        for name in ("bass_dry", "keys_dry", "bass_wet", "tape_7"):
            sound = writer.write(f"{song}/{name}.wav")
            writer.write(f"{song}/{name}.mp3", sound)
    return root


ON_STEMS = ["layout=stems", "license=CC0-1.0", "seconds=1", "separator=as_recorded"]
ALSO_A_NUMBER = ("dereverberation", "distortion_removal", "drc_profiles", "loudness_balance")


@pytest.mark.parametrize("name", ["remix", "wet_multitrack", "drum_mix", *ALSO_A_NUMBER])
def test_patterns_of_stems_and_mix_are_settings_of_every_recipe(folder, name):
    stems = "stems=*.mp3=,bass_wet=;*bass*=drums, keys_dry=keys-left"
    recipe = recipe_from(name, [f"songs={folder}", *ON_STEMS, stems, "mixture=tape_*"])
    source = recipe.source.source if name == "drum_mix" else recipe.source
    assert source == StemsFolder(
        folder,
        license="CC0-1.0",
        stems=(("*.mp3", ""), ("bass_wet", ""), ("*bass*", "drums"), ("keys_dry", "keys-left")),
        mixture=("tape_*",),
    )
    catalogue = source.catalogue()
    assert len(catalogue.listings) == 2
    song = source.load(catalogue.listings[0])
    assert list(song.stems) == ["drums", "keys-left"]
    assert len(song.stems["drums"].samples.T) == song.mix.length
    by_mixture = {one.item for one in catalogue.rejected}
    assert by_mixture == set()


@pytest.mark.parametrize("name", ALSO_A_NUMBER)
def test_a_number_of_stems_is_the_recipe_s_own(folder, name):
    given = [f"songs={folder}", *ON_STEMS]
    recipe = recipe_from(name, [*given, "stems=2"])
    assert (recipe.stems_kept, recipe.source.stems) == (2, ())
    assert recipe_from(name, [*given, "stems=none"]).stems_kept is None
    recipe = recipe_from(name, [*given, "stems=*_dry*"])
    assert recipe.source.stems == (("*_dry*", None),)


def test_the_catalogue_shows_a_setting_that_a_recipe_and_the_music_have():
    assert entries.material_settings()["stems"].kind == "text"
    for name in ALSO_A_NUMBER:
        assert entries.recipe(name).settings["stems"].kind == "whole number", name
    assert set(entries.recipe("remix").settings) == {"seed"}


def test_the_mix_of_a_pattern_is_the_target_of_a_data_set(folder, tmp_path):
    settings = [f"songs={folder}", *ON_STEMS, "stems=*_dry.wav", "mixture=tape_?.wav"]
    recipe = recipe_from("pseudo_multitrack", settings)
    data = Dataset(make(recipe, tmp_path / "data").folder)
    assert len(data) == 2
    for example in data:
        assert sorted(example.before.stems) == ["bass_dry", "keys_dry"]
        total = sum(stem.samples for stem in example.before.stems.values())
        assert np.abs(example.before.mix.samples - total).max() > 0.01


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (["license=MIT"], "layout composed takes no setting license: the songs' licence is known"),
        (["mixture=x"], "layout composed takes no setting mixture"),
        (["artist=tag"], "layout composed takes no setting artist"),
        (["lowest_rate=8000"], "layout composed takes no setting lowest_rate"),
        (["songs=.", "first=3"], "layout folder takes no setting first: only composed songs are"),
        (["songs=.", "stems=*=x"], "layout folder takes no setting stems: its stems are known"),
        (["songs=.", "layout=musdb-wav", "mixture=x"], "read the folder with layout=stems"),
        (["songs=.", "layout=stems", "stems=*=A B"], "cannot name a stem: use a-z 0-9 _ -"),
        (["songs=.", "layout=stems", "artist=Ana"], "or a pattern with {artist} in it once"),
        (["songs=.", "layout=medleydb", "license=CC BY"], "no SPDX licence expression"),
    ],
)
def test_a_setting_that_would_be_ignored_is_refused_by_name(settings, reason):
    with pytest.raises(UsageError) as refused:
        recipe_from("remix", settings)
    assert reason in str(refused.value)


def test_the_licence_of_the_demo_s_clip_is_known():
    with pytest.raises(UsageError, match="license MIT is for songs of yours"):
        recipe_from("quickstart", ["license=MIT"])


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"composed"}))
def test_the_licence_that_a_user_gives_is_that_of_the_source(tmp_path, layout):
    source = Material(songs=tmp_path, layout=layout, license="CC-BY-3.0").source()
    assert source.license == "CC-BY-3.0"


def test_songs_of_low_rates_are_taken_if_the_setting_says_so(tmp_path):
    writer = Writer(tmp_path, rate=8_000)
    for name in ("bass", "keys"):
        writer.write(f"one/{name}.wav")
    for layout in ("folder", "stems"):
        given = [f"songs={tmp_path}", f"layout={layout}", "license=CC0-1.0"]
        catalogue = recipe_from("remix", given).source.catalogue()
        assert catalogue.listings == ()
        (advice,) = {one.reason.split("--set ")[1].split(";")[0] for one in catalogue.rejected}
        catalogue = recipe_from("remix", [*given, advice]).source.catalogue()
        assert {each.rate for each in catalogue.listings} == {8_000}


def test_composed_songs_of_two_ranges_share_none():
    one, other = (recipe_from("remix", ["count=3", f"first={n}"]).source for n in (0, 3))
    assert (one, other) == (Composed(3, seconds=60.0), Composed(3, first=3, seconds=60.0))
    ids = [{each.id for each in source.catalogue().listings} for source in (one, other)]
    assert not ids[0] & ids[1]


@pytest.fixture
def own(tmp_path):
    (tmp_path / "source.py").write_text(SOURCE)
    (tmp_path / "separator.py").write_text(SEPARATOR)
    (tmp_path / "songs").mkdir()
    for name in ("a1", "b2", "c3"):
        (tmp_path / "songs" / f"{name}.txt").write_text("")
    return tmp_path


def test_a_source_in_a_file_is_a_layout(own):
    given = [f"layout={own / 'source.py'}", f"songs={own / 'songs'}", "seconds=1"]
    recipe = recipe_from("remix", [*given, "license=MIT"])
    assert isinstance(recipe.separator, AsRecorded)
    data = Dataset(make(recipe, own / "data").folder)
    assert {row["license"] for row in data.rows} == {"MIT"}
    assert len(data) == 6
    for setting in ("mixture=x", "lowest_rate=1"):
        with pytest.raises(UsageError, match=r"source\.py takes no setting "):
            recipe_from("remix", [*given, setting])
    with pytest.raises(UsageError, match="songs must be given"):
        recipe_from("remix", [f"layout={own / 'source.py'}"])


def test_a_source_that_is_an_object_takes_no_settings(own):
    text = SOURCE.replace('["Tones"]', '["tones"]') + f'\ntones = Tones(Path("{own / "songs"}"))\n'
    (own / "object.py").write_text(text)
    given = [f"layout={own / 'object.py'}", "seconds=1"]
    assert len(recipe_from("remix", given).source.catalogue().listings) == 3
    with pytest.raises(UsageError, match="is a source, and takes no settings, got songs"):
        recipe_from("remix", [*given, f"songs={own}"])


def test_what_is_no_source_or_separator_is_refused(own):
    (own / "wrong.py").write_text("__all__ = ['x']\ndef x(root=None):\n    return root\n")
    for setting in ("layout", "separator"):
        with pytest.raises(UsageError, match=f"{setting} .*wrong.py: expected a"):
            recipe_from("remix", [f"songs={own}", f"{setting}={own / 'wrong.py'}"])
    for setting in ("layout=no.py", "separator=no.py"):
        with pytest.raises(UsageError, match=r"no plug-in file at no\.py"):
            recipe_from("remix", [f"songs={own}", setting])


def test_a_separator_in_a_file_separates(own):
    Writer(own / "mixes", seconds=1.2).write("a.wav")
    settings = [f"songs={own / 'mixes'}", f"separator={own / 'separator.py'}", "seconds=1"]
    recipe = recipe_from("remix", [*settings, "license=MIT"])
    (example,) = Dataset(make(recipe, own / "data", cache=own / "cache").folder)
    assert sorted(example.before.stems) == ["music", "residual"]


def test_own_sources_and_separators_work_side_by_side_in_processes(own):
    command = ["make", "remix", str(own / "data"), "--workers", "2", "--set", "seconds=1"]
    command += ["--set", f"layout={own / 'source.py'}", "--set", f"songs={own / 'songs'}"]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 0, result.output
    assert len(Dataset(own / "data")) == 6


def test_a_folder_of_mixes_with_stems_as_recorded_says_what_to_do(tmp_path):
    Writer(tmp_path, seconds=1.2).write("music/a.wav")
    settings = [f"songs={tmp_path / 'music'}", "separator=as_recorded", "seconds=1"]
    made = CliRunner().invoke(
        cli.app, ["make", "remix", str(tmp_path / "data"), *(f"--set={s}" for s in settings)]
    )
    assert "--set layout=stems" in str(made.exception)
    assert "give the recipe a separator" not in str(made.exception)

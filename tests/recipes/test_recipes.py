"""The recipes, run: real separators, real files, real effects, on little music."""

import base64
import html
import json
import re
import shutil

import numpy as np
import pytest
import soundfile

from automix_bench import plugin
from automix_bench.cli.demo_run import demo
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.example import sums_to_mix
from automix_bench.files import flac
from automix_bench.making.make import make
from automix_bench.music.files.multitracks import MUSDB18_VALIDATION
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.separation.example_clip import example_clip
from automix_bench.sources.musdb import Musdb
from automix_bench.sources.stems_folder import StemsFolder
from tests.sources.test_sources import musdb_like
from tests.support.demucs_repository import make_repository


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Mixed music as people have it: the real clip in three formats, at two rates, and a mess."""
    folder = tmp_path_factory.mktemp("my music é")
    samples, rate = soundfile.read(example_clip(), dtype="float32")
    excerpt = samples[2 * rate : 5 * rate]
    (folder / "Ärtist one" / "live").mkdir(parents=True)
    soundfile.write(folder / "Ärtist one" / "live" / "a song.ogg", excerpt, rate)
    soundfile.write(folder / "second.opus", excerpt[:, 0], 48_000, format="OGG", subtype="OPUS")
    shutil.copy(example_clip(), folder / "third.mp3")
    soundfile.write(folder / "short.wav", excerpt[:4_410], rate)
    soundfile.write(folder / "silence.flac", np.zeros_like(excerpt), rate)
    soundfile.write(folder / "surround.wav", np.repeat(excerpt, 3, axis=1), rate)
    soundfile.write(folder / "telephone.wav", excerpt[:, 0], 8_000)
    broken = excerpt.copy()
    broken[1_000] = np.nan
    soundfile.write(folder / "nan.wav", broken, rate, subtype="FLOAT")
    whole = (folder / "surround.wav").read_bytes()
    (folder / "cut off.wav").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.wav").write_text("no audio at all")
    return folder


@pytest.mark.parametrize("name", plugin.names("recipes"))
def test_every_recipe_says_what_it_is(name):
    offered = plugin.load("recipes", name)
    assert offered.__name__ == name
    assert len(offered.__doc__) > 40


@pytest.mark.parametrize("name", ["spleeter", "demucs"])
def test_pseudo_multitracks_of_a_folder_of_anything(songs, tmp_path, name):
    settings = [f"songs={songs}", "seconds=1.5", f"separator={name}", "license=CC-BY-4.0"]
    if name == "demucs":
        models = tmp_path / "models"
        models.mkdir()
        settings += [f"repo={make_repository(models)}", "model=plain", "weights_license=CC0-1.0"]
    made = make(recipe_from("pseudo_multitrack", settings), tmp_path / "data", cache=tmp_path / "c")
    examples = list(Dataset(made.folder))
    assert {example.song for example in examples} == {"artist-one-live-a-song", "second", "third"}
    assert {example.before.mix.rate for example in examples} == {44_100, 48_000}
    weights = {"spleeter": "MIT", "demucs": "CC0-1.0"}[name]
    assert {example.before.license for example in examples} == {
        " AND ".join(sorted(("CC-BY-4.0", weights)))
    }
    for example in examples:
        assert "residual" in example.before.stems
        assert sums_to_mix(example.before)
        assert example.console.strips["residual"].effects == ()
    assert verify(made.folder, rerender=True) == []
    reasons = {rejected.item: rejected.reason for rejected in made.rejected}
    for item, reason in {
        "short.wav": "shorter than one excerpt",
        "silence.flac": "silent",
        "surround.wav": "6 channels",
        "telephone.wav": "8000 Hz",
        "nan.wav": "nan at sample 1000",
        "cut off.wav": "cut short",
        "notes.wav": "",
    }.items():
        assert reason in reasons[item], reasons[item]
    assert str(songs) not in (made.folder / "plan.json").read_text()


def test_separated_once_then_from_the_cache(songs, tmp_path, monkeypatch):
    settings = [f"songs={songs / 'Ärtist one'}", "seconds=1.5", "separator=spleeter"]
    one = make(recipe_from("pseudo_multitrack", settings), tmp_path / "one", cache=tmp_path / "c")
    spleeter = plugin.load("separators", "spleeter")

    def never(self, song):
        raise AssertionError("separated again")

    monkeypatch.setattr(spleeter, "__call__", never)
    other = recipe_from("pseudo_multitrack", [*settings, "seed=2"])
    two = make(other, tmp_path / "two", cache=tmp_path / "c")
    monkeypatch.undo()
    again = make(recipe_from("pseudo_multitrack", settings), tmp_path / "three", cache=None)
    assert len(two.rows) == len(one.rows)
    assert [row["sha256"] for row in again.rows] == [row["sha256"] for row in one.rows]
    assert [row["sha256"] for row in two.rows] != [row["sha256"] for row in one.rows]


def test_musdb_and_stems_folder_give_equal_examples(tmp_path, recipe):
    root = musdb_like(tmp_path / "musdb18hq", seconds=1.0)
    sources = {
        "musdb": Musdb(root, license="LicenseRef-MUSDB18"),
        "stems": StemsFolder(root, license="LicenseRef-MUSDB18", valid=MUSDB18_VALIDATION),
    }
    made = {
        name: make(recipe(source=source, excerpt_seconds=0.5), tmp_path / name)
        for name, source in sources.items()
    }
    theirs, ours = (
        {row["id"]: (row["sha256"], row["split"], row["artist"]) for row in made[name].rows}
        for name in sources
    )
    assert theirs == ours
    assert {row["split"] for row in made["musdb"].rows} == {"train", "valid", "test"}


def test_true_multitracks_keep_peaks_above_full_scale_apart(tmp_path):
    """As the Frets on Fire songs: two Vorbis files whose sum passes 1.0."""
    song = tmp_path / "songs" / "A song"
    song.mkdir(parents=True)
    samples, rate = soundfile.read(example_clip(), dtype="float32")
    loud = 0.95 * samples[2 * rate : 5 * rate] / np.abs(samples[2 * rate : 5 * rate]).max()
    soundfile.write(song / "guitar.ogg", loud, rate)
    soundfile.write(song / "song.ogg", loud[: 2 * rate], rate)
    settings = [
        f"songs={tmp_path / 'songs'}",
        "layout=stems",
        "separator=as_recorded",
        "seconds=1",
        "license=MIT",
    ]
    made = make(recipe_from("pseudo_multitrack", settings), tmp_path / "data")
    assert {tuple(row["stems"]) for row in made.rows} >= {("guitar", "song")}
    assert all(row["before_true_peak_dbtp"] <= -1.0 for row in made.rows)
    assert verify(made.folder, rerender=True) == []


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    small = ["multitracks=1", "mixes=1", "per_song=1", "seconds=4"]
    told = []
    return folder, demo(folder, settings=small, cache=folder / "cache", told=told.append), told


def test_the_demo_goes_the_whole_path(shown):
    _, result, told = shown
    assert len(result.made.rows) == 3
    licences = {row["license"] for row in result.made.rows}
    assert licences == {
        "CC-BY-3.0 AND MIT",
        "CC0-1.0 AND GPL-2.0-only",
        "CC0-1.0 AND GPL-2.0-only AND MIT",
    }
    assert any("Slow Motion Dream" in row["attribution"] for row in result.made.rows)
    assert verify(result.made.folder, rerender=True) == []
    boards = {name: evaluated.board for name, evaluated in result.evaluated.items()}
    assert [row.model for row in boards["effect_removal"].rows] == ["oracle", "do_nothing"]
    values = {
        row.model: row.estimates[boards["mixing"].task.metrics[0].name].value
        for row in boards["mixing"].rows
    }
    assert values["oracle"] <= values["equal_loudness"] <= values["plain_sum"]
    assert all(evaluated.failures == {} for evaluated in result.evaluated.values())
    assert len(told) >= 4


def test_the_page_plays_what_it_says(shown):
    _, result, _ = shown
    page = result.page.read_text()
    assert "{{" not in page
    assert (result.page.parent / "effect-removal.html").is_file()
    specs = [json.loads(html.unescape(each)) for each in re.findall(r'data-player="([^"]*)"', page)]
    assert len(specs) == 3
    for sound in (s for spec in specs for group in spec["groups"] for s in group["sounds"]):
        text = (result.page.parent / f"{sound['key']}.js").read_text().split('"')[3]
        audio = flac.decode(base64.b64decode(text)).scaled(sound["scale"] * sound["match"])
        assert audio.rate == 44_100
        sound["lufs"] = integrated_lufs(audio)
    for group in (group for spec in specs for group in spec["groups"]):
        levels = [sound["lufs"] for sound in group["sounds"]]
        assert levels == pytest.approx([levels[0]] * len(levels), abs=0.1)


def test_a_recipe_is_a_value(songs):
    settings = [f"songs={songs}", "separator=spleeter"]
    one, two = (recipe_from("pseudo_multitrack", settings) for _ in range(2))
    assert isinstance(one, Recipe)
    assert one == two

"""The examples in CONTRIBUTING.md are files that work, as they stand there."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.evaluation.entry import instance
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.making.make import make
from automix_bench.model import Brief
from automix_bench.recipe_parts.settings_from_text import recipe_from

TEXT = (Path(__file__).parent.parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
KINDS = ("metrics", "effects", "models", "sources", "tasks", "recipes")
BLOCKS = dict(zip(KINDS, re.findall(r"```python\n(.*?)```", TEXT, re.S), strict=True))


@pytest.fixture
def files(tmp_path):
    """Each example in a file of its own, side by side."""
    paths = {kind: tmp_path / f"{kind}.py" for kind in BLOCKS}
    for kind, path in paths.items():
        path.write_text(BLOCKS[kind])
    return paths


@pytest.fixture
def offered(files):
    return lambda kind: plugin.load(kind, str(files[kind]))


def test_the_metric(offered, tone):
    metric = offered("metrics")
    assert metric(reference=tone(), estimate=tone()) == metric.perfect
    assert metric(reference=tone(), estimate=tone().scaled(0.5)) == pytest.approx(6.0206, abs=1e-3)
    assert metric(reference=tone(), estimate=tone().scaled(0.0)) == metric.worst


def test_the_effect(offered, noise):
    wide = offered("effects")(width=2.0)
    back = wide.inverse()(wide(noise()))
    np.testing.assert_allclose(back.samples, noise().samples, atol=1e-6)


def test_the_model(offered, noise):
    model = instance("half", offered("models"))
    answer = model(Brief({"a": noise(), "b": noise()}))
    np.testing.assert_allclose(answer.stems["mix"].samples, noise().samples, atol=1e-7)


def test_the_source_is_a_layout(files, tmp_path, noise):
    (tmp_path / "takes").mkdir()
    for number in range(2):
        for part in ("mix", "voice"):
            sound = noise(seconds=1.2, seed=number)
            path = tmp_path / "takes" / f"Ana-{number}.{part}.wav"
            soundfile.write(path, sound.samples.T, sound.rate)
    settings = [f"layout={files['sources']}", f"songs={tmp_path / 'takes'}", "license=CC0-1.0"]
    made = make(recipe_from("remix", [*settings, "seconds=1"]), tmp_path / "data")
    assert {(row["artist"], row["license"]) for row in made.rows} == {("ana", "CC0-1.0")}


def test_the_recipe_the_task_and_the_metric_make_a_board(files, tmp_path, noise):
    for number in range(2):
        for place, stem in enumerate(("bass", "keys", "mixture")):
            folder = tmp_path / "songs" / f"song {number}"
            folder.mkdir(parents=True, exist_ok=True)
            sound = noise(seconds=2.0, seed=3 * number + place)
            soundfile.write(folder / f"{stem}.wav", sound.samples.T, sound.rate)
    settings = [f"songs={tmp_path / 'songs'}", "license=CC0-1.0", "seconds=1"]
    data = make(recipe_from(str(files["recipes"]), settings), tmp_path / "data").folder
    assert verify(data, rerender=True) == []
    models = [str(files["models"])]
    rows = evaluate(
        task_named(str(files["tasks"])), Dataset(data), models, tmp_path / "r"
    ).board.rows
    assert {row.model for row in rows} == {"plain_sum", "oracle", "models.py"}


def test_every_file_and_folder_it_names_is_there():
    root = Path(__file__).parent.parent.parent
    named = set(re.findall(r"`((?:tests|recipes|speed|automix_bench)/[\w/]*(?:\.py)?)`", TEXT))
    assert len(named) > 10
    assert [name for name in named if not (root / name).exists()] == []


def test_the_reference_names_what_is_there():
    root = Path(__file__).parent.parent.parent
    text = (root / "docs" / "reference.md").read_text(encoding="utf-8")
    for kind in plugin.KINDS:
        (row,) = re.findall(rf"^\| {kind} \| (.*) \|$", text, re.M)
        assert set(plugin.names(kind)) <= set(re.findall(r"`([\w/]+)`", row)), kind


def test_the_readme_is_a_front_page():
    text = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert "{{" not in text

"""The command `compare`: its picture, and names for the page."""

import json
import sys
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors
from tests.cli.test_boards import NAMES, VALUES, card


@pytest.fixture
def paths(tmp_path):
    files = [tmp_path / f"{model}.json" for model in ("near", "clean", "plain_sum")]
    for path in files:
        card(path.stem, *VALUES[path.stem]).write(path)
    return files


def compare(*words):
    return CliRunner().invoke(cli.app, ["compare", *map(str, words)])


def texts(path):
    root = ElementTree.parse(path).getroot()
    return [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_has_the_pairs_the_numbers_and_the_metric_that_were_chosen(paths, tmp_path):
    out = tmp_path / "forest.svg"
    done = compare(*paths, "--metric", "mrstft", "--plot", out, "--label", "near=Ours")
    assert done.exit_code == 0, done.output
    shown = texts(out)
    assert shown.count("Ours") == 1
    assert shown.count("clean") == 2
    assert "mrstft: how much better the first is (1)" in shown
    assert not any("audible_distance" in text for text in shown)
    assert sum(text.startswith(("0.25 [", "0.50 [", "0.75 [")) for text in shown) == 3
    assert "near" not in done.stdout
    circles = ElementTree.parse(out).getroot().iter("{http://www.w3.org/2000/svg}circle")
    assert [one.get("class") for one in circles].count("song") == 3 * 6


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_picture_is_png_or_pdf_too_and_json_is_still_json(paths, tmp_path, kind):
    out = tmp_path / f"forest.{kind}"
    done = compare(*paths[:2], "--plot", out, "--json")
    assert json.loads(done.stdout)["models"] == ["near", "clean"]
    assert out.read_bytes()[:4] == {"png": b"\x89PNG", "pdf": b"%PDF"}[kind]


def test_a_picture_that_cannot_be_written_is_refused_before_anything_is_compared(
    paths, tmp_path, monkeypatch
):
    done = compare(*paths, "--plot", tmp_path / "forest.jpg")
    assert isinstance(done.exception, errors.UsageError)
    assert "ends in .png, .svg, .pdf, got forest.jpg" in str(done.exception)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    done = compare(*paths, "--plot", tmp_path / "forest.png")
    assert isinstance(done.exception, errors.MissingPart)
    assert list(tmp_path.glob("forest.*")) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_text_in_the_picture(name, paths, tmp_path):
    card(name, *VALUES["near"]).write(paths[0])
    out = tmp_path / "forest.svg"
    assert compare(*paths, "--plot", out).exit_code == 0
    tags = {one.tag.partition("}")[2] for one in ElementTree.parse(out).getroot().iter()}
    assert tags <= {"svg", "style", "title", "rect", "text", "line", "circle", "g"}
    assert all(text.isprintable() for text in texts(out))


def test_labels_of_nobody_and_of_two_are_refused(paths):
    for label, why in (("gone=x", "no model gone"), ("near=clean", "would both have it")):
        done = compare(*paths, "--label", label)
        assert isinstance(done.exception, errors.UsageError)
        assert why in str(done.exception)

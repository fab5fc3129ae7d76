"""`submit card`, `pack` and `verify`, as a submitter and as a board use them."""

import json
import zipfile

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.catalogue.tasks import task_named
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.making.make import make
from automix_bench.scorecard import read_scorecard
from tests.support.system_card import FILLED
from tests.support.tone_source import Tones


@pytest.fixture
def place(recipe, tmp_path):
    make(recipe(source=Tones(count=2)), tmp_path / "data")
    evaluate(task_named("mixing"), tmp_path / "data", ["equal_loudness"], tmp_path / "runs")
    return tmp_path


def invoke(*words):
    return CliRunner().invoke(cli.app, [*map(str, words)])


def test_from_an_evaluation_to_a_verified_row(place):
    (answers,) = (p for p in (place / "runs" / "mixing").glob("equal*") if p.is_dir())
    system, archive = place / "system.toml", place / "mine.abench"
    assert invoke("submit", "card", system).exit_code == 0
    again = invoke("submit", "card", system)
    assert again.exit_code != 0
    empty = invoke("submit", "pack", answers, place / "data", system, "--out", archive)
    assert empty.exit_code != 0
    assert "name: expected a text of 1 to 100 characters, got ''" in str(empty.exception)
    system.write_text(FILLED)
    packed = invoke("submit", "pack", answers, place / "data", system, "--out", archive, "--json")
    assert packed.exit_code == 0, packed.output
    assert json.loads(packed.stdout)["archive"] == str(archive)
    split = json.loads((answers / "run.json").read_text())["split"] or "all"
    words = (archive, place / "data", "--split", split)
    verified = invoke("submit", "verify", *words, "--out", place / "ours.json", "--json")
    assert verified.exit_code == 0, verified.output
    about = json.loads(verified.stdout)
    assert (about["badge"], about["model"]) == ("re-scored", "equal_loudness")
    assert read_scorecard(place / "ours.json").scores == (
        read_scorecard(answers.with_suffix(".json")).scores
    )
    assert about["overlap"] is None
    told = invoke("submit", "verify", *words)
    assert "no record of an overlap with the training corpus" in told.output
    assert "equal_loudness (my model, single): re-scored on mixing" in told.output


def test_an_overlap_is_found_packed_and_shown(place, monkeypatch):
    """The system was trained on the data itself: it overlaps by the files that it is made of."""
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(place / "cache"))
    (answers,) = (p for p in (place / "runs" / "mixing").glob("equal*") if p.is_dir())
    split = json.loads((answers / "run.json").read_text())["split"] or "all"
    record, system, archive = (place / name for name in ("o.json", "system.toml", "m.abench"))
    looked = invoke("overlap", place / "data", place / "data", "--split", split, "--out", record)
    assert looked.exit_code == 0, looked.output
    system.write_text(FILLED)
    words = (answers, place / "data", system, "--out", archive, "--overlap", record)
    packed = invoke("submit", "pack", *words)
    assert packed.exit_code == 0, packed.output
    told = invoke("submit", "verify", archive, place / "data", "--split", split)
    count = len(json.loads(record.read_text())["overlapping"])
    assert count > 0
    assert f"stated overlap with the training corpus: {count} items" in told.output


def test_a_refusal_names_the_item(place):
    (answers,) = (p for p in (place / "runs" / "mixing").glob("equal*") if p.is_dir())
    system, archive = place / "system.toml", place / "mine.abench"
    system.write_text(FILLED)
    invoke("submit", "pack", answers, place / "data", system, "--out", archive)
    with zipfile.ZipFile(archive, "a") as changed:
        changed.writestr("run/more.json", "{}")
    split = json.loads((answers / "run.json").read_text())["split"] or "all"
    refused = invoke("submit", "verify", archive, place / "data", "--split", split)
    assert refused.exit_code != 0
    assert "run/more.json: there but not listed" in str(refused.exception)
    system.write_text("name = 3")
    refused = invoke("submit", "pack", answers, place / "data", system)
    assert "name: expected a text" in str(refused.exception)

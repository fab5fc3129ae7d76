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


def test_a_run_is_packed_for_the_benchmark_that_its_data_is_of_alone(place):
    (answers,) = (p for p in (place / "runs" / "mixing").glob("equal*") if p.is_dir())
    (place / "system.toml").write_text(FILLED)
    words = ("submit", "pack", answers, place / "data", place / "system.toml", "--benchmark")
    for name, message in (
        (
            "automix-composd-1",
            "no benchmark 'automix-composd-1', did you mean 'automix-composed-1'?",
        ),
        ("drc-composed-1", "benchmark drc-composed-1: no task mixing"),
        ("mixing-musdb18hq-1", "split: benchmark mixing-musdb18hq-1 is scored on test, this run"),
        ("", "no benchmark ''"),
    ):
        refused = invoke(*words, name)
        assert refused.exit_code != 0
        assert message in str(refused.exception)
        assert "\n" not in str(refused.exception)
    assert list(place.glob("**/*.abench")) == []


def test_data_of_another_recipe_or_fingerprint_are_not_packed(tmp_path):
    from dataclasses import replace

    from automix_bench.errors import DatasetError
    from automix_bench.submissions.benchmark import as_toml, make_benchmark, read_benchmark
    from automix_bench.submissions.pack import demand_packed_for
    from tests.submissions.test_boards import OPEN, RECIPE

    (tmp_path / "tones.py").write_text(RECIPE)
    (tmp_path / "tones-1.toml").write_text(as_toml(OPEN))
    own = read_benchmark(tmp_path / "tones-1.toml")
    data, task = make_benchmark(own, tmp_path / "data"), task_named("mixing")
    demand_packed_for(own, task, data)
    with pytest.raises(DatasetError, match=r"recipe: benchmark tones-1 has others, .* has tones"):
        demand_packed_for(replace(own, recipe="others.py"), task, data)
    pinned = replace(own, songs=4, examples=4, plan="0" * 64, fingerprint="0" * 64)
    with pytest.raises(DatasetError, match=r"plan: benchmark tones-1 has 000000000000, this data"):
        demand_packed_for(pinned, task, data)


def test_evaluate_says_where_the_answers_lie(place):
    words = ("evaluate", "mixing", place / "data", "equal_loudness", "--runs", place / "runs")
    (answers,) = (p for p in (place / "runs" / "mixing").glob("equal*") if p.is_dir())
    done = invoke(*words)
    assert f"equal_loudness: its answers lie in {answers}" in done.output.replace("\n", " ")
    assert done.output.count("its answers lie in") == 1


def test_a_benchmark_that_nobody_knows_is_named_with_its_place(tmp_path):
    place = tmp_path
    from automix_bench.errors import UsageError
    from automix_bench.submissions.board_folder import benchmark_of

    for name in ("mine-1", "automix-composd-1"):
        with pytest.raises(UsageError) as caught:
            benchmark_of(place, name)
        assert f"put {place / name / name}.toml there" in str(caught.value)
    for name in ("../mine-1", "/etc/mine-1", "mine-1.toml", ""):
        with pytest.raises(UsageError, match="no benchmark"):
            benchmark_of(place, name)


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

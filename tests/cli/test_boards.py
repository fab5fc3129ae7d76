"""The command `board`: another metric, names for the page, and every form of the board."""

import csv
import io
import json
import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import UsageError
from automix_bench.evaluation.board_cells import ARROWS
from automix_bench.scorecard import Score, Scorecard
from automix_bench.tasks.mixing import mixing
from tests.charts.test_html_table import Cells
from tests.support.poison import POISON

SONGS = 6
VALUES = {
    "plain_sum": (4.0, 1.0, 2.0),
    "oracle": (0.0, 0.0, 60.0),
    "near": (1.0, 0.5, 5.0),
    "clean": (2.0, 0.25, 9.0),
}
"""By model: audible_distance and mrstft, where lower is better; sdr, where higher is."""
NAMES = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", 'a,b"c', "\\input{x}%$&#_^~{}", POISON]


def card(model, distance, other, theirs, **more):
    scores = tuple(
        Score(f"s{n}-0", f"s{n}", "mix", metric, value + spread * n)
        for metric, value, spread in (
            ("audible_distance", distance, 0.1 if distance else 0.0),
            ("mrstft", other, 0.01 if other else 0.0),
            ("theirs", theirs, 0.0),
        )
        for n in range(SONGS)
    )
    seconds = {"plain_sum": 1.0, "near": 3.0}.get(model, 2.0)
    cost = {"audio_seconds": 30.0, "work_seconds": seconds, "cpu_seconds": 2 * seconds}
    cost["peak_memory"] = 3 << 20
    stated = {"theirs": {"unit": "dB", "better": "higher", "low": -99.0, "high": 99.0}}
    made = Scorecard("mixing", mixing.version, "d" * 64, model, scores, cost, {})

    return replace(made, metrics=stated, recipe="wet_multitrack", split="test", **more)


@pytest.fixture
def paths(tmp_path):
    files = []
    for model, values in VALUES.items():
        files.append(tmp_path / f"{model}.json")
        card(model, *values, isolation="boxed").write(files[-1])
    return files


def called(words):
    return CliRunner().invoke(cli.app, ["board", "mixing", *map(str, words)])


def board(*words):
    done = called(words)
    assert done.exit_code == 0, repr(done.exception)
    return done.stdout


def refused(*words):
    done = called(words)
    assert isinstance(done.exception, UsageError), done.output
    return str(done.exception)


def models(text):
    return [row["model"] for row in csv.DictReader(io.StringIO(text))]


def test_another_metric_ranks_and_every_form_says_so_loudly(paths):
    own = board(*paths, "--csv")
    other = board(*paths, "--metric", "mrstft", "--csv")
    assert models(own) == ["oracle", "near", "clean", "plain_sum"]
    assert models(other) == ["oracle", "clean", "near", "plain_sum"]
    loud = "Not the ranking of mixing: ranked by mrstft here, the task ranks by audible_distance."
    shown = {
        form: board(*paths, "--metric", "mrstft", *([f"--{form}"] if form else []))
        for form in ("", "markdown", "latex", "html", "json", "csv")
    }
    assert loud in shown[""]
    assert shown["markdown"].startswith(
        f"**{loud}**".replace("audible_distance", "audible_distance")
    )
    assert rf"\textbf{{{loud}}}".replace("_", r"\_") in shown["latex"]
    assert f'<p class="loud">{loud}</p>' in shown["html"]
    assert json.loads(shown["json"])["ranked_by"] == "mrstft"
    assert {row["ranked_by"] for row in csv.DictReader(io.StringIO(other))} == {"mrstft"}
    for form in ("", "--markdown", "--latex", "--html"):
        assert "Not the ranking" not in board(*paths, *filter(None, [form]))
        text = board(*paths, "--metric", "audible_distance", *filter(None, [form]))
        assert "Not the ranking" not in text


def test_the_metric_of_other_people_ranks_where_all_cards_have_it(paths, tmp_path):
    text = board(*paths, "--metric", "theirs", "--csv")
    assert models(text) == ["oracle", "clean", "near", "plain_sum"]
    frame = pd.read_csv(io.StringIO(text)).set_index("model")
    assert frame.gain.to_dict() == {"oracle": 58.0, "clean": 7.0, "near": 3.0, "plain_sum": 0.0}
    lacking = card("lacking", 1.0, 1.0, 1.0)

    scores = tuple(s for s in lacking.scores if s.metric != "theirs")
    replace(lacking, scores=scores).write(tmp_path / "lacking.json")
    why = refused(*paths, tmp_path / "lacking.json", "--metric", "theirs")
    assert "the card of lacking has no scores of theirs" in why


def test_the_csv_comes_back_by_pandas_with_every_number_and_key(paths):
    frame = pd.read_csv(io.StringIO(board(*paths, "--csv"))).set_index("model")
    assert frame.task_version.unique().tolist() == [mixing.version]
    for name, value in (("task", "mixing"), ("recipe", "wet_multitrack"), ("split", "test")):
        assert frame[name].unique().tolist() == [value]
    assert frame.dataset.unique().tolist() == ["d" * 64]
    assert frame.part.to_dict() == {
        "oracle": "ceiling",
        "near": "entry",
        "clean": "entry",
        "plain_sum": "floor",
    }
    assert frame.audible_distance["near"] == pytest.approx(1.25)
    assert frame.audible_distance_low["near"] < 1.25 < frame.audible_distance_high["near"]
    assert frame.gain["near"] == pytest.approx(3.0)
    assert frame.relative_seconds.to_dict() == {
        "oracle": 2.0,
        "near": 3.0,
        "clean": 2.0,
        "plain_sum": 1.0,
    }
    assert frame.cpu_seconds["near"] == 6.0
    assert (frame.peak_memory == 3 << 20).all()
    assert (frame.isolation == "boxed").all()
    assert (frame.samples == 1).all()
    assert math.isnan(frame["rank"]["oracle"])
    assert (frame["rank"]["near"], frame.rank_low["near"], frame.rank_high["near"]) == (1, 1, 1)
    numbers = frame.drop(columns=["part", "group", "isolation", "task", "recipe", "split"])
    numbers = numbers.drop(columns=["dataset", "ranked_by"])
    assert all(kind.kind in "fi" for kind in numbers.dtypes)


def test_seconds_are_relative_to_plain_sum_of_the_same_kind_of_process(paths, tmp_path):
    card("near", 1.0, 0.5, 5.0, isolation="in process").write(paths[2])
    frame = pd.read_csv(io.StringIO(board(*paths, "--csv"))).set_index("model")
    assert math.isnan(frame.relative_seconds["near"])
    assert frame.relative_seconds["clean"] == 2.0


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_text_in_csv_latex_and_html(name, paths):
    card(name, *VALUES["near"]).write(paths[2])
    (row,) = [r for r in csv.DictReader(io.StringIO(board(*paths, "--csv"))) if r["rank"] == "1"]
    assert not row["model"].startswith(("=", "+", "-", "@"))
    frame = pd.read_csv(io.StringIO(board(*paths, "--csv")))
    assert len(frame) == 4
    latex = board(*paths, "--latex").splitlines()
    body = [line for line in latex if not line.startswith("%")]
    rows = [line for line in body if line.endswith(r"\\")]
    (columns,) = re.findall(r"\\begin{tabular}{([lr]+)}", "\n".join(body))
    assert len(rows) == 5
    assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(columns)}
    for row in rows:
        bare = re.sub(r"\\[{}$&#%_]|\\text[a-z]+{}|-{}-{}|\$\\[a-z]+\$|\\\\$", "", row)
        assert not re.search(r"[\\{}$#%^~_]", bare), row
    html = board(*paths, "--html")
    assert "<script" not in html
    assert len(Cells(html).rows) == 5


def test_the_columns_of_the_tables_are_those_of_the_board(paths, tmp_path):
    system = tmp_path / "system.toml"
    system.write_text(
        'name = "x"\nauthors = ["A"]\ncode = "closed"\ncommit = ""\nlicense = "MIT"\n'
        'kind = "single"\n'
        "parameters = 1200\ntrained_on = []\ntuned_on = []\nselected_on = []\n"
        f'deterministic = true\n[weights]\n"net" = "{"0" * 64}"\n'
    )
    rows = Cells(board(*paths, "--html", "--system", f"near={system}")).rows
    assert rows[0][:3] == ["rank", "model", f"audible_distance (dB) {ARROWS['lower']}"]
    costs = ["s / plain_sum", "CPU (s)", "memory (MiB)", "parameters", "isolation"]
    assert rows[0][-8:] == ["gain (dB)", "covered", "coverage", *costs]
    near = dict(zip(rows[0], rows[2], strict=True))
    assert [near[head] for head in costs] == ["3", "6", "3", "1,200", "boxed"]
    assert (near["model"], near["rank"], near["coverage"]) == ("near", "1", "100 %")
    frame = pd.read_csv(io.StringIO(board(*paths, "--csv", "--system", f"near={system}")))
    assert frame.set_index("model").parameters["near"] == 1200
    why = refused(*paths, "--system", f"gone={system}")
    assert "no model 'gone'; there is plain_sum, oracle, near, clean" in why


def test_labels_stand_in_every_form_and_those_of_nobody_are_refused(paths, tmp_path):
    label = ["--label", "near=Ours (λ=0.5)"]
    for form in ("", "--markdown", "--latex", "--csv", "--html", "--json"):
        text = board(*paths, *label, *filter(None, [form]))
        assert "Ours (λ" in text
        assert "near" not in text
    assert "no model gone" in refused(*paths, "--label", "gone=x")
    assert "would both have it" in refused(*paths, "--label", "near=clean")
    assert "expected NAME=SHOWN" in refused(*paths, "--label", "near")


def test_a_file_has_the_form_that_its_suffix_says_or_an_option(paths, tmp_path):
    for suffix, form in (("md", "markdown"), ("tex", "latex"), ("csv", "csv"), ("html", "html")):
        out = tmp_path / f"board.{suffix}"
        assert board(*paths, "--out", out) == ""
        assert out.read_text() == board(*paths, f"--{form}")
    board(*paths, "--out", tmp_path / "board.json")
    assert json.loads((tmp_path / "board.json").read_text()) == json.loads(board(*paths, "--json"))
    board(*paths, "--csv", "--out", tmp_path / "board.txt")
    assert models((tmp_path / "board.txt").read_text())[0] == "oracle"
    why = refused(*paths, "--out", tmp_path / "board.txt")
    assert "--out board.txt: expected a form such as --csv, or one of .md" in why
    assert "expected one form, got --latex and --csv" in refused(*paths, "--csv", "--latex")


def test_the_picture_of_a_board_is_written(paths, tmp_path):
    board(*paths, "--plot", tmp_path / "board.svg", "--label", "near=Ours")
    assert "Ours" in (tmp_path / "board.svg").read_text()
    assert "ends in .png, .svg, .pdf" in refused(*paths, "--plot", tmp_path / "board.gif")
    assert not (tmp_path / "board.gif").exists()


def test_a_page_needs_no_other_file_and_has_its_picture(paths):
    html = board(*paths, "--html")
    assert html.startswith("<!doctype html>")
    assert "</svg>" in html
    assert not re.search(r'(?:src|href)="', html)
    assert "Recipe wet_multitrack, split test, 6 songs, data dddddddddddd." in html

"""A board and a comparison written out, cell by cell, with every number by hand."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.evaluation.board_cells import covered_text
from automix_bench.evaluation.compare import Comparison, compare
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.live_costs import lines_on_live_shows
from automix_bench.scorecard import Score, Scorecard

DISTANCE, RATIO = (plugin.load("metrics", name) for name in ("mrstft", "si_sdr"))
TASK = replace(task_named("mixing"), metrics=(DISTANCE, RATIO))


def card(model, distances, ratio, told=False):
    """A card of three songs, one example each; 30 s of audio in half a second."""
    scores = [
        Score(f"s{n}-0", f"s{n}", "mix", metric, value)
        for metric, values in (("mrstft", distances), ("si_sdr", [ratio] * 3))
        for n, value in enumerate(values)
    ]
    cost = {"audio_seconds": 30.0, "work_seconds": 0.5}
    made = Scorecard("mixing", TASK.version, "d" * 64, model, tuple(scores), cost, {})
    return replace(made, told_the_answer=told)


def failed(made):
    """The same where one of three examples failed."""
    worst = {"mrstft": DISTANCE.worst, "si_sdr": RATIO.worst}
    scores = [
        replace(s, status="failed", value=worst[s.metric]) if s.example == "s0-0" else s
        for s in made.scores
    ]
    return replace(made, scores=tuple(scores))


CARDS = [
    card("plain_sum", [4.0, 4.0, 4.0], 0.0),
    card("good", [1.0, 1.0, 1.0], 12.0),
    card("alike", [1.0, 1.0, 1.0], 6.0),
    card("oracle", [0.0, 0.0, 0.0], 99.0),
    card("worse", [5.0, 5.0, 5.0], -3.0),
    card("cheat", [0.5, 0.5, 0.5], 20.0, told=True),
    failed(card("breaks", [0.1, 0.1, 0.1], 30.0)),
]


@pytest.fixture(scope="module")
def made():
    return board(TASK, CARDS)


@pytest.mark.parametrize(("coverage", "text"), [(1.0, "50 %"), (0.999, "failed"), (0.5, "failed")])
def test_one_failure_in_a_thousand_is_a_failure(made, coverage, text):
    row = replace(made.rows[2], covered=0.5, coverage=coverage)
    assert covered_text(row).replace("\u202f", " ").replace("\xa0", " ") == text


def test_what_a_board_says_of_live_shows(made):
    live = replace(made.rows[2], late_share=0.25, latency_seconds=0.01)
    late, latency = lines_on_live_shows([live, made.rows[3]])
    assert late.startswith(f"Frames that took longer than they last: {live.model} 25")
    assert latency == f"Latency, as the models state it: {live.model} 10.0 ms."
    assert lines_on_live_shows([replace(live, late_share=0.0, latency_seconds=0.0)]) == []


def test_what_a_board_is_of_is_told(made):
    assert made.about()[0].startswith("Recipe not recorded, split not recorded, 3 songs, data ddd")
    cards = [replace(card, recipe="remix", split="test") for card in CARDS]
    assert board(TASK, cards).about()[0].startswith("Recipe remix, split test, 3 songs, data ddd")


def test_the_order_is_of_the_first_metric_and_those_that_failed_are_last(made):
    order = ["oracle", "cheat", "alike", "good", "plain_sum", "worse", "breaks"]
    assert [row.model for row in made.rows] == order
    assert [row.rank for row in made.rows] == [None, None, 1, 1, None, 3, None]
    parts = ["ceiling", "told the answer", "entry", "entry", "floor", "entry", "entry"]
    assert [row.part for row in made.rows] == parts


def test_each_cell_of_the_frame(made):
    frame = made.to_frame().set_index("model")
    assert frame.covered.drop("breaks").to_dict() == pytest.approx(
        {"oracle": 1.0, "cheat": 0.875, "alike": 0.75, "good": 0.75, "plain_sum": 0.0}
        | {"worse": -0.25}
    )
    assert frame.gain.drop("breaks").to_dict() == pytest.approx(
        {"oracle": 4.0, "cheat": 3.5, "alike": 3.0, "good": 3.0, "plain_sum": 0.0, "worse": -1.0}
    )
    assert frame.coverage.to_dict() == pytest.approx(
        {model: 2 / 3 if model == "breaks" else 1.0 for model in frame.index}
    )
    assert (frame.speed == 60.0).all()
    assert (frame.songs == 3).all()
    assert frame.si_sdr.drop("breaks").to_dict() == pytest.approx(
        {"oracle": 99.0, "cheat": 20.0, "alike": 6.0, "good": 12.0, "plain_sum": 0.0, "worse": -3.0}
    )
    assert frame.mrstft["breaks"] == pytest.approx((DISTANCE.worst + 0.2) / 3.0)
    assert frame["rank"].isna().to_dict() == {
        model: model not in ("alike", "good", "worse") for model in frame.index
    }
    for column in ("mrstft", "gain"):
        assert (frame[f"{column}_low"].drop("breaks") <= frame[column].drop("breaks")).all()
        assert (frame[f"{column}_high"].drop("breaks") >= frame[column].drop("breaks")).all()
    assert isinstance(frame, pd.DataFrame)


def test_the_markdown_has_as_many_cells_in_every_row_and_names_the_parts(made):
    lines = [
        [cell.strip() for cell in line.strip("| \n").split(" | ")]
        for line in made.to_markdown().split("\n")
        if line.startswith("|")
    ]
    heads, rule, *rows = lines
    assert {len(line) for line in lines} == {8}
    assert set(rule) == {"---"}
    assert heads[:2] == ["rank", "model"]
    assert heads[4:] == ["gain (1)", "covered", "coverage", "s / plain_sum"]
    assert heads[2].startswith("mrstft")
    assert heads[2].endswith("↓")
    assert heads[3] == "si_sdr (dB) ↑"
    assert [row[1] for row in rows] == [
        "oracle (ceiling)",
        "cheat (told the answer)",
        "alike",
        "good",
        "plain_sum (floor)",
        "worse",
        "breaks",
    ]
    assert [row[0][0] for row in rows] == ["–", "–", "1", "1", "–", "3", "–"]
    assert rows[2][2].startswith("1.00")
    assert rows[2][3].startswith("6.00")
    assert [row[4][:4] for row in rows[:6]] == ["4.00", "3.50", "3.00", "3.00", "–", "-1.0"]
    assert [row[5] for row in rows[:6]] == ["100 %", "88 %", "75 %", "75 %", "0 %", "-25 %"]
    assert [row[6] for row in rows] == ["100 %"] * 6 + ["67 %"]
    assert [row[7] for row in rows] == ["1"] * 7


def test_the_json_has_null_where_there_is_nothing(made):
    stored = made.to_json()
    assert [row["model"] for row in stored["rows"]] == [row.model for row in made.rows]
    assert stored["rows"][0]["rank"] is None
    assert stored["rows"][2]["rank"] == 1
    assert (stored["task"], stored["dataset"]) == ("mixing", "d" * 64)
    assert [m["better"] for m in stored["metrics"]] == ["lower", "higher"]
    one = board(TASK, [replace(c, scores=c.scores[::3]) for c in CARDS[:4]])
    low = one.to_json()["rows"][0]["estimates"]["mrstft"]["low"]
    assert low is None or not math.isnan(low)


@pytest.mark.parametrize(
    ("songs", "tests", "hopeless"),
    [(5, 1, True), (6, 1, False), (10, 25, False), (10, 26, True), (26, 10, False), (1, 1, True)],
)
def test_a_comparison_is_hopeless_where_the_least_p_is_above_5_per_cent(songs, tests, hopeless):
    """The least p of n songs is 2 / 2^n, times the number of tests: 2 / 64, 50 / 1024."""
    of = Comparison("mixing", "d" * 64, ("a", "b"), (), tests=tests, songs=songs)
    assert of.hopeless == hopeless


def test_a_comparison_by_hand():
    """Of three songs all are better by 1, 2 and 6: of 8 flips two reach the sum, p = 1/4; two tests
    (Holm). In the second metric, where larger is better, the first model is worse by 3 dB."""
    one, other = card("one", [1.0, 2.0, 3.0], 5.0), card("other", [2.0, 4.0, 9.0], 8.0)
    found = compare([one, other], [DISTANCE, RATIO])
    assert (found.models, found.tests, found.songs) == (("one", "other"), 2, 3)
    by_metric = {each.metric: each for each in found.differences}
    first, second = by_metric["mrstft"], by_metric["si_sdr"]
    assert (first.one, first.other) == ("one", "other")
    assert first.paired.difference.value == pytest.approx(3.0)
    assert list(first.paired.songs.values()) == [6.0, 2.0, 1.0]
    assert (first.paired.won, first.paired.lost, first.paired.p, first.p) == (3, 0, 0.25, 0.5)
    sign = 1.0 if (second.one, second.other) == ("other", "one") else -1.0
    assert second.paired.difference.value == pytest.approx(3.0 * sign)
    assert not first.sure
    assert found.to_json()["differences"][0]["by_song"]

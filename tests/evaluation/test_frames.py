"""Scorecards and boards as pandas tables, and the examples in their docstrings."""

import doctest
import math
from dataclasses import asdict, replace

import pandas as pd
import pytest

from automix_bench import plugin, scorecard
from automix_bench.catalogue.tasks import task_named
from automix_bench.evaluation import leaderboard
from automix_bench.scorecard import Score, Scorecard

MIXING = replace(
    task_named("mixing"),
    metrics=tuple(plugin.load("metrics", name) for name in ("mrstft", "si_sdr")),
)
SONGS = ("a", "b", "c")


def card(model, values, **changed):
    """A card with a score of both metrics for each song."""
    scores = tuple(
        Score(f"{song}-1", song, "mix", metric, value)
        for song, value in zip(SONGS, values, strict=True)
        for metric in ("mrstft", "si_sdr")
    )
    cost = {"audio_seconds": 30.0, "work_seconds": 0.5}
    made = Scorecard(MIXING.name, MIXING.version, "d" * 64, model, scores, cost, {})
    return replace(made, **changed)


def test_a_card_as_a_table_has_a_row_for_each_score_in_order():
    one = card("m", (1.0, math.nan, 3.0))
    failed = replace(one.scores[0], value=50.0, status="failed", reason="no answer")
    undefined = replace(one.scores[2], status="undefined")
    one = replace(one, scores=(failed, one.scores[1], undefined, *one.scores[3:]))
    frame = one.to_frame()
    assert list(frame.columns) == [
        "example",
        "song",
        "stem",
        "metric",
        "value",
        "status",
        "reason",
    ]
    assert frame["value"].dtype == float
    again = [Score(**row) for row in frame.to_dict("records")]
    assert [str(score) for score in again] == [str(score) for score in one.scores]
    assert frame.groupby("metric")["value"].mean()["mrstft"] == pytest.approx((50.0 + 3.0) / 2)


def test_a_card_without_scores_is_an_empty_table_with_the_same_columns():
    full, empty = card("m", (1.0, 2.0, 3.0)), replace(card("m", (1.0, 2.0, 3.0)), scores=())
    frame = empty.to_frame()
    assert len(frame) == 0
    assert list(frame.columns) == list(full.to_frame().columns)
    assert frame["value"].dtype == float


def test_the_speed_of_a_model_without_measured_work_is_undefined():
    assert card("m", (1.0, 2.0, 3.0)).speed == 60.0
    idle = card("m", (1.0, 2.0, 3.0), cost={"audio_seconds": 0.0, "work_seconds": 0.0})
    assert math.isnan(idle.speed)


def test_a_board_as_a_table_says_what_its_rows_say():
    cut_off = card("cut off", (1.0, 1.0, 1.0))
    failed = replace(cut_off.scores[0], status="failed")
    cards = [
        card("plain_sum", (4.0, 6.0, 8.0)),
        card("oracle", (0.0, 0.0, 0.0)),
        card("good", (2.0, 3.0, 3.5)),
        card("poor", (3.0, 3.5, 4.0)),
        replace(cut_off, scores=(failed, *cut_off.scores[1:])),
    ]
    board = leaderboard.board(MIXING, cards)
    frame = board.to_frame()
    assert list(frame["model"]) == [row.model for row in board.rows]
    for row, (_, line) in zip(board.rows, frame.iterrows(), strict=True):
        assert (line["part"], line["coverage"], line["speed"]) == (row.part, row.coverage, 60.0)
        assert line["covered"] == pytest.approx(row.covered, nan_ok=True)
        assert (line["gain"], line["gain_low"], line["gain_high"]) == (
            row.gain.value,
            row.gain.low,
            row.gain.high,
        )
        for metric in ("mrstft", "si_sdr"):
            columns = (metric, f"{metric}_low", f"{metric}_high")
            estimate = asdict(row.estimates[metric])
            assert [line[name] for name in columns] == [
                estimate[name] for name in ("value", "low", "high")
            ]
        assert line["songs"] == 3
        if row.rank is None:
            assert pd.isna(line["rank"])
            assert pd.isna(line["rank_low"])
            assert line["group"] == ""
        else:
            standing = (row.standing.low, row.standing.high, row.standing.group)
            assert (line["rank_low"], line["rank_high"], line["group"]) == standing
            assert line["rank"] == row.rank
    assert frame.set_index("model")["rank"].to_dict()["good"] == 1
    assert frame["rank"].dtype == "Int64"


@pytest.mark.parametrize("module", [scorecard, leaderboard], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_run(module):
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.attempted > 0
    assert results.failed == 0

"""Examples for which nothing is wanted are counted with the reason, on cards and on boards."""

import json
from dataclasses import replace

import pytest

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import board
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.model import Answer
from automix_bench.scorecard import read_scorecard

NOTHING = "nothing is wanted of them"
COUNTED = f"9 of 12 examples scored; 3 left out: {NOTHING}"


@pytest.fixture
def task(dataset):
    """A task that wants nothing of three of the twelve examples."""
    without = {dataset[number].id for number in (1, 5, 6)}
    mixing = plugin.load("tasks", "mixing_to_sum")

    def wanted(example):
        return Answer() if example.id in without else mixing.wanted(example)

    return replace(mixing, metrics=(audible_distance,), wanted=wanted, recipes=())


def test_they_are_counted_on_cards_and_on_the_board(dataset, task, tmp_path):
    evaluated = evaluate(task, dataset, [], tmp_path / "runs")
    for path in evaluated.cards:
        card = read_scorecard(path)
        assert (card.examples, card.left_out) == (12, {NOTHING: 3})
        assert len({score.example for score in card.scores}) == 9
        assert COUNTED in card._repr_html_()
    whole = evaluated.board
    assert (whole.examples, whole.left_out) == (12, {NOTHING: 3})
    assert json.loads(json.dumps(whole.to_json()))["left_out"] == {NOTHING: 3}
    assert f"{COUNTED}." in whole.about()
    assert f"{COUNTED}." in whole.to_markdown()


def test_a_metric_that_is_undefined_counts_on_the_board(dataset, task, tmp_path):
    evaluated = evaluate(task, dataset, [], tmp_path / "runs")
    cards = [read_scorecard(path) for path in evaluated.cards]
    first = cards[0].scores[0].example
    undefined = [
        replace(
            card,
            scores=tuple(
                replace(s, value=float("nan"), status="undefined") if s.example == first else s
                for s in card.scores
            ),
        )
        for card in cards
    ]
    of = board(task, undefined)
    assert of.left_out == {NOTHING: 3, "audible_distance is undefined on them": 1}
    assert "8 of 12 examples scored" in of.about()[1]


def test_every_example_that_a_split_has_is_counted_once(dataset, task, tmp_path):
    part = Dataset(dataset.folder, "train")
    everything = replace(task, wanted=plugin.load("tasks", "mixing_to_sum").wanted)
    of = evaluate(everything, part, [], tmp_path / "runs").board
    assert (of.examples, of.left_out) == (len(part), {})
    assert of.about()[1] == f"{len(part)} of {len(part)} examples scored."


def test_a_task_that_wants_nothing_at_all_is_refused(dataset, task, tmp_path):
    nothing = replace(task, wanted=lambda example: Answer())
    with pytest.raises(UsageError, match="12 of which it wants nothing: make data of a recipe"):
        evaluate(nothing, dataset, [], tmp_path / "runs")


def test_a_card_that_leaves_out_more_than_there_is_is_refused(dataset, task, tmp_path):
    path = evaluate(task, dataset, [], tmp_path / "runs").cards[0]
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "examples": 2}))
    with pytest.raises(DatasetError, match="left_out: expected 2 examples or fewer, got 3"):
        read_scorecard(path)

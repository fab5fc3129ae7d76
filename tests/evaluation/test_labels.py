"""Labels: what models are called on boards and in comparisons."""

import pytest

from automix_bench.errors import UsageError
from automix_bench.evaluation.compare import compare
from automix_bench.evaluation.labels import labels_from
from automix_bench.evaluation.leaderboard import board
from tests.evaluation.test_board_forms import CARDS, DISTANCE, TASK

LABELS = {"good": "Ours (large)", "plain_sum": "Sum"}


def test_a_labelled_board_differs_in_names_alone():
    made = board(TASK, CARDS)
    other = made.labelled(LABELS)
    names = ["oracle", "cheat", "alike", "Ours (large)", "Sum", "worse", "breaks"]
    assert [row.model for row in other.rows] == names
    for form in ("to_markdown", "to_csv", "to_latex", "to_html", "_repr_html_"):
        text = getattr(other, form)()
        assert "Ours (large)" in text
        assert "good" not in text
    assert "Sum (floor)" in other.to_markdown()
    frames = [one.to_frame().drop(columns="model") for one in (made, other)]
    assert frames[0].equals(frames[1])
    assert made.labelled({}) == made


def test_a_labelled_comparison_differs_in_names_alone():
    found = compare(CARDS[:3], [DISTANCE])
    other = found.labelled(LABELS)
    assert other.models == ("Sum", "Ours (large)", "alike")
    pairs = [(d.one, d.other) for d in found.differences]
    shown = [(LABELS.get(one, one), LABELS.get(two, two)) for one, two in pairs]
    assert [(d.one, d.other) for d in other.differences] == shown
    assert [d.paired for d in other.differences] == [d.paired for d in found.differences]
    assert "Ours (large)" in other.plot().svg


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({"gone": "x"}, "label x: no model gone; there is oracle, cheat"),
        ({"good": "X", "alike": "X"}, "label X: .* would both have it"),
        ({"good": "worse"}, "label worse: good and worse would both have it"),
        ({"good": "worse "}, "label worse: good and worse would both have it"),
        ({"good": "  "}, "label of good: expected 1 to 200 characters, got 2"),
        ({"good": "x" * 201}, "label of good: expected 1 to 200 characters, got 201"),
    ],
)
def test_labels_of_nobody_and_labels_of_two_are_refused(labels, why):
    with pytest.raises(UsageError, match=why):
        board(TASK, CARDS).labelled(labels)


def test_two_models_may_change_their_names():
    other = board(TASK, CARDS).labelled({"good": "alike", "alike": "good"})
    assert [row.model for row in other.rows][2:4] == ["good", "alike"]


def test_labels_are_read_from_texts():
    assert labels_from(["a.py=A = b", "c=d"]) == {"a.py": "A = b", "c": "d"}
    assert labels_from([]) == {}
    for text in ("a", "=b", ""):
        with pytest.raises(UsageError, match="expected NAME=SHOWN"):
            labels_from([text])
    with pytest.raises(UsageError, match="a has two labels"):
        labels_from(["a=b", "a=c"])

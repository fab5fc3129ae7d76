"""Scorecards, boards and comparisons where a notebook shows them: short, as a table, as a chart."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from automix_bench.errors import UsageError
from automix_bench.evaluation.compare import compare
from automix_bench.evaluation.leaderboard import board
from tests.charts.test_html_table import Cells
from tests.evaluation.test_board_forms import CARDS, DISTANCE, RATIO, TASK, card
from tests.support.poison import POISON, demand_harmless_html

FORMS = {
    "card": lambda: CARDS[1],
    "board": lambda: board(TASK, CARDS),
    "comparison": lambda: compare(CARDS[:3], [DISTANCE, RATIO]),
}
PAIR = [card("one", [1.0, 2.0, 3.0], 5.0), card("other", [2.0, 4.0, 9.0], 8.0)]
each_form = pytest.mark.parametrize("form", FORMS)


def of_class(picture, style):
    root = ElementTree.fromstring(picture.svg)
    return [one for one in root.iter() if one.get("class") == style]


def names(picture):
    return [one.text for one in of_class(picture, "name")]


@each_form
def test_the_repr_is_one_short_line(form):
    text = repr(FORMS[form]())
    assert "\n" not in text
    assert len(text) < 120


def test_each_repr_says_what_it_is_of():
    assert (
        repr(CARDS[1]) == "<Scorecard good on mixing version 3: 6 scores, 3 songs, coverage 100 %>"
    )
    assert repr(board(TASK, CARDS)) == (
        "<Board of mixing version 3: 7 models, 3 songs, first alike>"
    )
    assert repr(compare(CARDS[:3], [RATIO])) == (
        "<Comparison on mixing of plain_sum and good, …: 3 differences, 0 sure, 3 songs>"
    )


@each_form
@pytest.mark.parametrize("name", [POISON, "<b>", '"><script>alert(1)</script>'])
def test_a_strangers_name_is_text_in_the_table_the_chart_and_the_repr(form, name):
    own = replace(CARDS[1], model=name, note=name)
    own = replace(own, scores=tuple(replace(s, song=name + s.song) for s in own.scores))
    cards = [own, *(replace(c, scores=own.scores) for c in (CARDS[0], CARDS[3]))]
    shown = {
        "card": lambda: own,
        "board": lambda: board(TASK, cards),
        "comparison": lambda: compare(cards, [DISTANCE]),
    }[form]()
    html = f"<!doctype html><html><body>{shown._repr_html_()}</body></html>"
    assert "<script" not in html
    if name == POISON:
        demand_harmless_html(html, scripts=0)
    root = ElementTree.fromstring(shown.plot().svg)
    assert not any(one.tag.endswith(("script", "}b")) for one in root.iter())
    assert repr(shown).isprintable()


def test_the_table_of_a_card_has_its_means():
    read = Cells(CARDS[1]._repr_html_())
    assert [row[:2] for row in read.rows] == [["metric", "unit"], ["mrstft", "1"], ["si_sdr", "dB"]]
    assert [row[2][:6] for row in read.rows[1:]] == ["1.000 ", "12.000"]
    failed = Cells(CARDS[-1]._repr_html_())
    assert [row[3:] for row in failed.rows[1:]] == [["3", "1"], ["3", "1"]]


def test_the_chart_of_a_card_has_an_axis_a_metric_and_a_dot_a_song():
    picture = card("m", [1.0, 2.0, 6.0], 3.0).plot()
    assert "Not shown" not in picture.svg
    assert len(of_class(picture, "axis")) == 2
    tips = [one[0].text for one in of_class(picture, "song")]
    assert tips[:3] == ["s0: 1", "s1: 2", "s2: 6"]
    assert [name for name in names(picture) if not name[0].isdigit()] == ["mrstft", "si_sdr"]


def test_a_metric_of_other_people_is_shown_where_the_card_states_it_and_else_named():
    own = replace(CARDS[1], scores=tuple(replace(s, metric="theirs") for s in CARDS[1].scores[:3]))
    assert Cells(own._repr_html_()).rows[1:] == []
    assert "Not shown, range not known: theirs" in own._repr_html_()
    stated = {"theirs": {"unit": "sone", "better": "lower", "low": 0.0, "high": 9.0}}
    assert Cells(replace(own, metrics=stated)._repr_html_()).rows[1][:2] == ["theirs", "sone"]


def test_the_table_and_the_chart_of_a_board_are_in_its_order():
    made = board(TASK, CARDS)
    order = ["oracle (ceiling)", "cheat (told the answer)", "alike", "good", "plain_sum (floor)"]
    order += ["worse", "breaks"]
    assert [row[1] for row in Cells(made._repr_html_()).rows] == ["model", *order]
    assert names(made.plot())[::2] == order
    assert len(of_class(made.plot(), "axis")) == 1
    assert len(of_class(made.plot("si_sdr", "mrstft"), "axis")) == 2
    with pytest.raises(UsageError, match="no metric pesq; it has mrstft, si_sdr"):
        made.plot("pesq")


def test_the_frame_of_a_comparison_has_a_row_for_each_difference():
    found = compare(
        [card("one", [1.0, 2.0, 3.0], 5.0), card("other", [2.0, 4.0, 9.0], 8.0)], [DISTANCE]
    )
    (row,) = found.to_frame().to_dict("records")
    assert (row["one"], row["other"], row["metric"], row["unit"]) == ("one", "other", "mrstft", "1")
    assert (row["difference"], row["p"], row["p_holm"]) == (pytest.approx(3.0), 0.25, 0.25)
    assert (row["won"], row["lost"], row["songs"], row["sure"]) == (3, 0, 3, False)
    assert row["difference_low"] < 3.0 < row["difference_high"]
    several = compare(CARDS[:3], [DISTANCE, RATIO]).to_frame()
    assert len(several) == 6
    assert list(several.columns) == list(found.to_frame().columns)


def test_a_comparison_without_differences_is_an_empty_table():
    found = replace(compare(CARDS[:3], [DISTANCE]), differences=())
    assert len(found.to_frame()) == 0
    assert found.plot().svg.startswith("<svg")


def test_the_forest_plot_has_the_songs_of_each_pair_and_grey_where_it_is_not_sure():
    found = compare(
        [card("one", [1.0, 2.0, 3.0], 5.0), card("other", [2.0, 4.0, 9.0], 8.0)], [DISTANCE]
    )
    picture = found.plot()
    tips = [one[0].text for one in of_class(picture, "song")]
    assert tips == ["s2: 6", "s1: 2", "s0: 1"]
    assert names(picture)[0] == "one"
    assert [one.text for one in of_class(picture, "second")] == ["over other, p 0.250"]
    assert len(of_class(picture, "zero")) == 1
    assert (len(of_class(picture, "sure")), len(of_class(picture, "unsure"))) == (0, 1)
    sure = replace(found, differences=tuple(replace(d, p=0.01) for d in found.differences))
    assert len(of_class(sure.plot(), "sure")) == 1


def test_the_table_of_a_comparison_names_who_is_ahead():
    found = compare(
        [card("one", [1.0, 2.0, 3.0], 5.0), card("other", [2.0, 4.0, 9.0], 8.0)], [DISTANCE]
    )
    row = Cells(found._repr_html_()).rows[1]
    assert row[:4] == ["mrstft", "all", "one", "other"]
    assert row[-2:] == ["0.250", "3 of 3"]

"""Charts of intervals: where marks stand, what is escaped, what is written."""

import re
import sys
from math import nan
from xml.etree import ElementTree

import pytest

from automix_bench import errors
from automix_bench.charts.interval_chart import IntervalPanel, IntervalRow, interval_chart
from automix_bench.charts.picture import Picture
from tests.support.poison import POISON

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    IntervalRow("a", 1.0, 0.5, 2.0, "1.00", second="over b", dots={"s1": 0.0, "s2": 2.0}),
    IntervalRow("c", 2.0, text="2.00", style="unsure"),
    IntervalRow("d", nan, text="–", style="end"),
]


def drawn(*rows, zero=False, title="title", notes=()):
    return interval_chart(title, [IntervalPanel("distance (dB)", rows, zero)], notes)


def marks(picture, style):
    root = ElementTree.fromstring(picture.svg)
    return [one for one in root.iter() if one.get("class") == style]


def at(mark, name="cx"):
    return float(mark.get(name))


def test_marks_stand_in_the_order_and_the_distances_of_their_values():
    """1.0 lies between 0.5 and 2.0 at a third of the way; the dots at 0.0 and 2.0."""
    picture = drawn(*ROWS)
    first, second = marks(picture, "mean")
    (line,) = marks(picture, "range")
    low, high = at(line, "x1"), at(line, "x2")
    assert (at(first) - low) / (high - low) == pytest.approx(1 / 3, abs=0.005)
    assert at(second) == high
    zero, two = map(at, marks(picture, "song"))
    assert two == high
    assert (low - zero) / (two - zero) == pytest.approx(0.25, abs=0.005)
    assert [len(marks(picture, style)) for style in ("sure", "unsure", "end")] == [1, 1, 1]


def test_ticks_stand_where_their_numbers_are():
    picture = drawn(*ROWS)
    ticks = {t.text: at(t, "x") for t in marks(picture, "tick") if re.fullmatch(r"[\d.]+", t.text)}
    zero, two = (at(dot) for dot in marks(picture, "song"))
    assert len(ticks) >= 4
    for text, x in ticks.items():
        assert x == pytest.approx(zero + float(text) / 2.0 * (two - zero), abs=0.2)


def test_zero_is_on_the_axis_of_differences_alone():
    row = IntervalRow("a", 5.0, 4.0, 6.0)
    assert marks(drawn(row), "zero") == []
    (line,) = marks(drawn(row, zero=True), "zero")
    assert at(line, "x1") < at(marks(drawn(row, zero=True), "range")[0], "x1")


@pytest.mark.parametrize("rows", [[], [IntervalRow("a", nan)], [IntervalRow("a", 3.0)] * 2])
def test_rows_without_numbers_or_with_one_have_an_axis(rows):
    assert len(marks(drawn(*rows), "axis")) == 1


def test_dots_at_one_place_stand_apart_and_in_their_row():
    picture = drawn(IntervalRow("a", 0.0, dots={f"s{n}": 0.0 for n in range(5)}))
    heights = [float(dot.get("cy")) for dot in marks(picture, "song")]
    assert len(set(heights)) == 5
    (band,) = marks(picture, "band")
    top, bottom = at(band, "y"), at(band, "y") + at(band, "height")
    assert all(top < y < bottom for y in heights)


@pytest.mark.parametrize(
    "text", [POISON, "</svg><script>x</script>", "a" * 500, "日本" * 90, "\x00"]
)
def test_a_strangers_text_is_text_in_one_short_line(text):
    row = IntervalRow(text, 1.0, 0.0, 2.0, text, second=text, dots={text: 1.0})
    picture = drawn(row, title=text, notes=[text])
    root = ElementTree.fromstring(picture.svg)
    names = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert names <= {"svg", "style", "title", "rect", "text", "line", "circle", "g"}
    assert not any(name.startswith("on") for one in root.iter() for name in one.attrib)
    shown = [one.text for one in marks(picture, "name")]
    assert all(len(name) <= 32 and name.isprintable() for name in shown)


def test_names_are_whole_in_the_tooltip():
    (row,) = marks(drawn(IntervalRow("n" * 60, 1.0)), "sure")
    assert row.find(f"{SVG}title").text == "n" * 60
    assert marks(drawn(IntervalRow("n" * 60, 1.0)), "name")[0].text == "n" * 30 + "…"


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_picture_is_saved_twice_with_equal_bytes(kind, tmp_path):
    one, two = (drawn(*ROWS).save(tmp_path / f"{n}.{kind}") for n in "ab")
    assert one.read_bytes() == two.read_bytes()
    start = {"png": b"\x89PNG", "svg": b"<svg xmlns", "pdf": b"%PDF"}[kind]
    assert one.read_bytes().startswith(start)


def test_a_notebook_shows_it_and_its_repr_is_short():
    picture = drawn(*ROWS)
    assert picture._repr_svg_() == picture.svg
    assert re.fullmatch(r"<Picture 840 × \d+>", repr(picture))
    assert repr(Picture("<svg/>")) == "<Picture>"


def test_no_rule_of_its_style_touches_another_picture_of_the_page():
    rules = re.search(r"<style>(.*?)</style>", drawn().svg, re.S)[1]
    rules = re.sub(r"/\*.*?\*/", "", rules, flags=re.S)
    selectors = [
        one.strip() for group in re.findall(r"([^{}]+){", rules) for one in group.split(",")
    ]
    assert len(selectors) > 10
    assert all(one.startswith(".interval-chart ") for one in selectors)


def test_a_file_of_another_kind_is_refused_and_png_wants_its_package(tmp_path, monkeypatch):
    with pytest.raises(errors.UsageError, match=r"ends in \.png, \.svg, \.pdf, got one\.gif"):
        drawn().save(tmp_path / "one.gif")
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(errors.MissingPart, match="vl-convert-python"):
        drawn().save(tmp_path / "one.png")
    assert drawn().save(str(tmp_path / "one.svg")).read_text() == drawn().svg

"""Histograms, lines, points and bars: where their marks stand."""

import re
from collections import Counter

import pytest

from automix_bench.charts import svg as charts
from automix_bench.charts.svg import Axis


def heights(svg):
    return [float(height) for height in re.findall(r'<rect[^>]* height="([\d.]+)"', svg)]


def test_a_histogram_counts_every_value():
    values = [0.0, 0.1, 0.1, 5.0, 10.0, float("nan"), float("inf")]
    svg = charts.histogram({"": values}, "x")
    counts = Counter(int(count) for count in re.findall(r": (\d+)</title>", svg))
    assert sum(count * often for count, often in counts.items()) == 5
    assert counts[3] == 1
    tall = heights(svg)
    assert max(tall) / min(tall) == pytest.approx(3.0, abs=0.05)
    assert "always 4" in charts.histogram({"": [4.0, 4.0]}, "x")
    assert "no values" in charts.histogram({"": []}, "x")
    two = charts.histogram({"a": [1.0], "b": [1.0]}, "x")
    assert {'class="s0"', 'class="s1"'} <= set(re.findall(r'class="s\d"', two))


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis("x", 0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        (Axis("x", -23.4, -22.9), [-23.4, -23.3, -23.2, -23.1, -23.0, -22.9]),
        (Axis("x", 20.0, 20_000.0, True), [100.0, 1_000.0, 10_000.0]),
        (Axis("x", 3.0, 30.0, True), [5.0, 10.0, 20.0]),
    ],
)
def test_ticks_are_round_and_inside(axis, ticks):
    assert axis.ticks() == pytest.approx(ticks)
    assert all(-1e-6 <= axis.place(tick) <= 1.0 + 1e-6 for tick in axis.ticks())


def test_a_logarithmic_axis_spends_as_much_on_every_octave():
    axis = Axis("Hz", 100.0, 1_600.0, True)
    assert [axis.place(hz) for hz in (100.0, 200.0, 400.0, 1_600.0)] == [0.0, 0.25, 0.5, 1.0]


def test_lines_stay_on_the_chart_and_bars_keep_their_order():
    up = Axis("dB", -50.0, 0.0)
    svg = charts.lines({"a": [-10.0, -200.0]}, [1.0, 2.0], Axis("x", 1.0, 2.0), up)
    (points,) = re.findall(r'points="([^"]+)"', svg)
    low = [float(pair.split(",")[1]) for pair in points.split()]
    assert low[1] == charts.HEIGHT - 40
    assert low[0] == pytest.approx(10 + 0.2 * (charts.HEIGHT - 50))
    names = re.findall(r"<title>(\w+)</title>", charts.bars({"zebra": 3, "ape": 9}))
    assert names == ["zebra", "ape"]
    below = charts.bars({"a": -2.5, "b": -1.0}, " dB")
    assert set(re.findall(r' width="([^"]+)"', below)) == {"0.0"}
    assert "-2.5 dB" in below


def test_points_stand_at_their_values_and_those_beyond_the_axes_are_left_out():
    """On a chart of 420 by 210: its area is 356 by 160, 52 from the left and 10 from the top."""
    across, up = Axis("x", 0.0, 10.0), Axis("y", 0.0, 4.0)
    svg = charts.points([(5.0, 1.0, "a"), (11.0, 1.0, "b"), (5.0, 5.0, "c")], across, up)
    (dot,) = re.findall(r'<circle class="s0" cx="([\d.]+)" cy="([\d.]+)".*?<title>(.*?)<', svg)
    assert dot == ("230.0", "130.0", "a: 5, 1")

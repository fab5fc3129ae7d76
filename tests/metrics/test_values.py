"""Metrics of numbers: values by hand, and the proof of the one that ranks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automix_bench import plugin
from automix_bench.answer_metrics.values_metric import ValuesMetric

METRICS = [
    one
    for name in plugin.names("metrics")
    if isinstance(one := plugin.load("metrics", name), ValuesMetric)
]
TRUE = {"vocals": -3.0, "drums": -6.0, "bass": -12.0, "other": -9.5}
each = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
levels = st.floats(-60.0, 20.0)


def of(name, **estimate):
    metric = plugin.load("metrics", f"values/{name}")
    return metric(reference=TRUE, estimate={**TRUE, **estimate})


@each
def test_its_name_says_where_it_lies_and_its_card_is_whole(metric):
    assert metric.name.startswith("values/")
    assert metric.description
    assert metric.source
    assert (metric.each is None) != (metric.together is None)


@each
def test_the_truth_is_perfect_and_other_numbers_do_not_count(metric):
    results = metric(reference=TRUE, estimate={**TRUE, "strings": 99.0})
    assert set(results) == set(metric.names(TRUE))
    assert set(results.values()) == {metric.perfect}


@each
def test_what_is_far_away_stays_in_range(metric):
    for far in (1e6, -1e6):
        results = metric(reference=TRUE, estimate={**TRUE, "drums": far})
        assert all(metric.low <= value <= metric.high for value in results.values())


@each
def test_a_number_that_is_lacking_is_named(metric):
    with pytest.raises(ValueError, match="expected a number bass"):
        metric(reference=TRUE, estimate={name: v for name, v in TRUE.items() if name != "bass"})
    assert metric.names({}) == ()


def test_values_by_hand():
    assert of("level_error", drums=-4.0, bass=-13.5) == {
        "vocals": 0.0,
        "drums": 2.0,
        "bass": 1.5,
        "other": 0.0,
    }
    assert of("level_bias", drums=-4.0, bass=-13.5) == {"all": pytest.approx(0.5 / 4)}
    assert of("level_bias", **{name: level - 2.0 for name, level in TRUE.items()}) == {"all": 2.0}
    assert of("within_1_lu", drums=-5.0, bass=-10.9)["drums"] == 1.0
    assert of("within_1_lu", drums=-5.0, bass=-10.9)["bass"] == 0.0
    assert of("within_3_lu", drums=-9.0, bass=-8.9) == {
        "vocals": 1.0,
        "drums": 1.0,
        "bass": 0.0,
        "other": 1.0,
    }


def test_the_order_of_levels_by_hand():
    # Of six pairs one is turned round: (5 - 1) / 6.
    assert of("level_order", bass=-9.0, other=-9.5)["all"] == pytest.approx(4 / 6)
    assert of("level_order", **{name: -level for name, level in TRUE.items()})["all"] == -1.0
    assert of("level_order", **dict.fromkeys(TRUE, -5.0))["all"] == 0.0
    # One tie of six in the estimate: 5 / sqrt(6 * 5).
    assert of("level_order", bass=-9.5)["all"] == pytest.approx(5 / math.sqrt(30))
    alike = dict.fromkeys(TRUE, -5.0)
    metric = plugin.load("metrics", "values/level_order")
    assert math.isnan(metric(reference=alike, estimate=TRUE)["all"])
    assert math.isnan(metric(reference={"bass": -3.0}, estimate=TRUE)["all"])


@pytest.mark.parametrize("metric", [m for m in METRICS if m.ranks], ids=lambda metric: metric.name)
@given(true=levels, nearer=st.floats(-30.0, 30.0), more=st.floats(1.0, 3.0))
def test_one_that_ranks_never_improves_away_from_the_truth(metric, true, nearer, more):
    def value(estimate):
        return metric.sign * metric(reference={"a": true}, estimate={"a": estimate})["a"]

    best = metric.sign * metric.perfect
    assert value(true) == best
    assert value(true + more * nearer) <= value(true + nearer) <= best
    if abs(nearer) > 1e-3:
        assert value(true + nearer) < best  # no other number is as good as the truth


def test_at_least_one_ranks():
    assert [metric.name for metric in METRICS if metric.ranks] == ["values/level_error"]

"""Intervals by hand, by tables and beside SciPy, where a slip would move a board."""

import math

import numpy as np
import pytest
import scipy.stats

from automix_bench.statistics import estimate, expanded_tail
from automix_bench.statistics.intervals import bca, bootstrap_t, redrawn, student
from automix_bench.statistics.power import components, power
from automix_bench.statistics.ranking import standings
from automix_bench.statistics.significance import LEVEL, holm, least_p, paired


def mean(values):
    return values.mean(axis=-1)


# Phi(-sqrt(n / (n - 1)) t(0.975, n - 1)) in 30 digits, by numerical integration of both densities.
TAILS = {5: 0.000954100551882, 10: 0.008550639024406, 20: 0.015880829920348, 50: 0.021179411211775}


@pytest.mark.parametrize("songs", TAILS)
def test_the_tails_of_hesterberg(songs):
    assert expanded_tail(songs) == pytest.approx(TAILS[songs], rel=1e-9)


@pytest.mark.parametrize("songs", [10, 30])
@pytest.mark.parametrize("least", [-10.0, 1.0])
def test_bca_with_many_ties_is_scipys(songs, least):
    """Half of all songs have one value, so many redraws equal the mean: each counts half. Where the
    mean counts from 1 on, which it is, half of the redraws equal it."""
    values = np.r_[np.zeros(songs // 2), np.ones(songs - songs // 2)]
    values[-1] = 1.0 + songs // 2

    def statistic(rows):
        return np.maximum(mean(rows), least)

    value = float(statistic(values))
    drawn = np.concatenate([statistic(values[i]) for i in redrawn(songs, "x", 20_000)])
    assert np.mean(drawn == value) > (0.4 if least > 0.0 else 0.03)
    ours = bca(values, statistic, "x", 20_000, tail=0.025)
    # The bias by SciPy's percentile of score, which counts ties half; its own redraws are ours.
    share = scipy.stats.percentileofscore(drawn, value, kind="mean") / 100.0
    bias = scipy.stats.norm.ppf(share)
    without = np.array([statistic(np.delete(values, n)) for n in range(songs)])
    u = without.mean() - without
    a = np.sum(u**3) / (6.0 * np.sum(u**2) ** 1.5)
    z = bias + scipy.stats.norm.ppf([0.025, 0.975])
    expected = np.quantile(drawn, scipy.stats.norm.cdf(bias + z / (1.0 - a * z)))
    assert ours == pytest.approx(tuple(expected), abs=1e-9)


def test_bca_of_equal_redraws_has_no_width():
    assert bca(np.full(60, 2.0), mean, "x", 100) == (2.0, 2.0)


def test_which_method_for_how_many_songs():
    """Student's below five songs, the bootstrap-t from five, BCa with expanded tails from fifty."""
    rng = np.random.default_rng(0)
    for songs in (2, 4, 5, 49, 50, 60):
        values = rng.gamma(1.0, size=songs)
        interval = estimate({f"{n:02}": [float(v)] for n, v in enumerate(values)}, seed="x")
        if songs < 5:
            ends = student(values)
        elif songs < 50:
            ends = bootstrap_t(values, "x", 2000)
        else:
            ends = bca(values, mean, "x", 2000)
        assert (interval.low, interval.high) == pytest.approx(ends, abs=1e-12)


def test_students_interval_by_hand():
    """1, 2, 3, 6: mean 3, deviation sqrt(14 / 3), t(0.975, 3) = 3.18245."""
    half = 3.182446305284263 * math.sqrt(14.0 / 3.0) / 2.0
    assert student(np.array([1.0, 2.0, 3.0, 6.0])) == pytest.approx((3.0 - half, 3.0 + half))
    interval = estimate({"a": [1.0], "b": [2.0], "c": [3.0], "d": [6.0]}, seed="x")
    assert (interval.low, interval.high) == pytest.approx((3.0 - half, 3.0 + half))


def test_a_skewed_bootstrap_t_reaches_farther_on_the_side_of_the_tail():
    values = np.array([1.0, 1.1, 1.2, 1.3, 1.5, 2.0, 6.0])
    low, high = bootstrap_t(values, "x", 4000)
    assert high - values.mean() > 1.5 * (values.mean() - low) > 0.0


def test_one_song_and_none():
    assert estimate({"a": [2.0, 4.0]}, seed="x").value == 3.0
    assert math.isnan(estimate({"a": [2.0, 4.0]}, seed="x").high)
    assert estimate({}, seed="x").songs == 0


def test_the_sign_of_an_effect_is_that_of_the_mean():
    values = {"a": [1.0], "b": [2.0], "c": [6.0]}
    turned = {song: [-v for v in of] for song, of in values.items()}
    there, back = paired(values, seed="x"), paired(turned, seed="x")
    # Mean 3, deviation sqrt(7).
    assert there.effect == pytest.approx(3.0 / math.sqrt(7.0))
    assert back.effect == pytest.approx(-3.0 / math.sqrt(7.0))
    assert there.p == back.p == 0.25
    assert (there.won, there.lost, back.won, back.lost) == (3, 0, 0, 3)
    assert math.isnan(paired({"a": [1.0]}, seed="x").effect)
    assert math.isnan(paired({"a": [1.0], "b": [1.0]}, seed="x").effect)


def test_what_is_sure_is_so_up_to_five_per_cent():
    assert LEVEL == 0.05
    assert least_p(6, 1) == 2 / 64 <= LEVEL < least_p(5, 1) == 2 / 32
    assert least_p(10, 25) == 50 / 1024 <= LEVEL < least_p(10, 26)
    assert least_p(1, 1) == 1.0
    assert holm([0.04, 0.03]) == pytest.approx((0.06, 0.06))


def test_ranks_by_hand():
    """Two models that win three songs each of six, and one that loses them all by far."""
    songs = [f"s{n}" for n in range(6)]
    one = dict(zip(songs, ([v] for v in (1.0, 2.0, 1.0, 2.0, 1.0, 2.0)), strict=True))
    other = dict(zip(songs, ([v] for v in (2.0, 1.0, 2.0, 1.0, 2.0, 1.0)), strict=True))
    last = dict(zip(songs, ([v] for v in (-9.0, -9.1, -9.2, -9.3, -9.4, -9.5)), strict=True))
    standing = standings({"one": one, "other": other, "last": last}, seed="x")
    assert [(s.low, s.high) for s in standing.values()] == [(1, 2), (1, 2), (3, 3)]
    # Six songs and three tests reach 3 * 2 / 64 = 0.09: nobody can be told apart.
    assert {s.group for s in standing.values()} == {"a"}
    longer = {
        model: {f"{song}{n}": v for n in range(3) for song, v in of.items()}
        for model, of in (("one", one), ("other", other), ("last", last))
    }
    standing = standings(longer, seed="x")
    assert [s.group for s in standing.values()] == ["a", "a", ""]


def test_components_and_power_by_hand():
    """Songs 1, 3 and 4, 6: means 2 and 5, MSB = 9, MSW = 2, m0 = 2: between (9 - 2) / 2."""
    parts = components({"a": [1.0, 3.0], "b": [4.0, 6.0]})
    assert (parts.between, parts.within, parts.songs, parts.clips) == (3.5, 2.0, 2, 2.0)
    assert parts.deviation(2) == pytest.approx(math.sqrt(3.5 + 1.0))
    close = components({"a": [1.0, 3.0], "b": [1.5, 3.5]})
    assert close.between == 0.0
    assert power(1.0, 0.0, 5) == 1.0
    assert power(0.0, 1.0, 12) == pytest.approx(0.05)

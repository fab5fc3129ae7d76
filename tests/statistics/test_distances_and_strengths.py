"""The Fréchet distance, strengths, ranks and power by hand, and where their equations hold."""

from math import log, sqrt

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize

from automix_bench.statistics.frechet import frechet
from automix_bench.statistics.power import least_difference, power, songs_needed
from automix_bench.statistics.preference import covariance, strengths
from automix_bench.statistics.ranking import standings

# The Fréchet distance: Dowson & Landau 1982.


def test_of_one_dimension_it_is_the_distance_of_means_and_deviations():
    """Variances 4 and 1, means 0 and 3: 3^2 + (2 - 1)^2."""
    reference = np.array([[-sqrt(2.0)], [sqrt(2.0)]])
    estimate = np.array([[3.0 - sqrt(0.5)], [3.0 + sqrt(0.5)]])
    assert frechet(reference, estimate) == frechet(estimate, reference) == pytest.approx(10.0)
    assert frechet(reference, reference) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("vectors", "others"), [(40, 60), (40, 3), (3, 4), (2, 2), (5, 6), (6, 5)])
def test_of_more_it_is_that_of_the_roots_of_the_eigenvalues(vectors, others):
    rng = np.random.default_rng(vectors)
    mixing = rng.normal(size=(5, 5))
    reference, estimate = rng.normal(size=(vectors, 5)) @ mixing, 1.0 + rng.normal(size=(others, 5))
    one, other = np.cov(reference, rowvar=False), np.cov(estimate, rowvar=False)
    trace = np.sqrt(np.abs(scipy.linalg.eigvals(one @ other))).sum()
    means = np.sum((reference.mean(axis=0) - estimate.mean(axis=0)) ** 2)
    expected = means + np.trace(one) + np.trace(other) - 2.0 * trace
    assert frechet(reference, estimate) == pytest.approx(expected, rel=1e-5)


# Bradley & Terry 1952.


def test_every_system_is_expected_to_win_as_often_as_it_did():
    """The equations of the maximum of the likelihood, beside a search for it."""
    wins = np.array([[0, 5, 9, 2], [3, 0, 4, 7], [1, 2, 0, 6], [1, 1, 3, 0]], np.float64)
    found = strengths(wins)
    expected = 1.0 / (1.0 + np.exp(found[None, :] - found[:, None]))
    assert ((wins + wins.T) * expected).sum(axis=1) == pytest.approx(
        wins.sum(axis=1) + np.diag(wins + wins.T) / 2.0
    )
    assert found.sum() == pytest.approx(0.0, abs=1e-9)

    def loss(free):
        every = np.append(free, -free.sum())
        return np.sum(wins * np.log1p(np.exp(every[None, :] - every[:, None])))

    searched = scipy.optimize.minimize(loss, np.zeros(3)).x
    assert found[:3] == pytest.approx(searched, abs=1e-4)


@pytest.mark.parametrize("odds", [1.0, 3.0, 1e6])
def test_odds_are_those_of_the_wins_however_long(odds):
    found = strengths(np.array([[0.0, odds], [1.0, 0.0]]))
    assert found == pytest.approx([log(odds) / 2.0, -log(odds) / 2.0], abs=1e-9)


def test_the_covariance_counts_raters_as_clusters():
    """Choices for one of two systems: 3 of 4, 1 of 4 and 2 of 4. Strengths are equal, the gradients
    1, -1 and 0, the information of the difference 12 / 4 = 3: its variance is 3/2 * 2 / 9 = 1/3. Of
    each half, a quarter."""
    wins = np.array([[[0, 3], [1, 0]], [[0, 1], [3, 0]], [[0, 2], [2, 0]]], np.float64)
    found = covariance(wins, strengths(wins.sum(axis=0)))
    assert found == pytest.approx(np.array([[1.0, -1.0], [-1.0, 1.0]]) / 12.0)


# Ranks.


@pytest.mark.parametrize("lacking", ["first", "second", "third"])
def test_songs_that_one_model_lacks_are_left_out_for_all(lacking):
    values = {
        model: {f"s{n}": [base + 0.01 * n] for n in range(8)}
        for model, base in (("first", 3.0), ("second", 2.0), ("third", 1.0))
    }
    without = {m: {s: v for s, v in of.items() if s != "s3"} for m, of in values.items()}
    nan = {**values, lacking: {**values[lacking], "s3": [float("nan")]}}
    gone = {**values, lacking: without[lacking]}
    expected = standings(without, seed="x")
    assert standings(gone, seed="x") == standings(nan, seed="x") == expected
    assert [(one.low, one.high) for one in expected.values()] == [(1, 1), (2, 2), (3, 3)]
    # Of eight songs 2 / 2^8 is the least p, times three tests.
    assert {one.group for one in expected.values()} == {""}


# Power.


def test_what_is_needed_is_the_least_that_is_enough():
    needed = int(songs_needed(0.5, 1.0))
    assert power(0.5, 1.0, needed) >= 0.8 > power(0.5, 1.0, needed - 1)
    # The tables of Cohen 1988 for a paired test at 5 %, d = 0.5 and 80 %: 34 pairs.
    assert needed == 34
    assert songs_needed(1e-9, 1.0) == float("inf")
    assert songs_needed(100.0, 1.0) == 2.0
    assert least_difference(2.0, 34) == pytest.approx(2.0 * least_difference(1.0, 34))
    assert least_difference(1.0, 34) == pytest.approx(0.5, abs=0.006)
    assert least_difference(0.0, 34) == 0.0
    assert np.isnan(least_difference(1.0, 1))
    assert np.isnan(power(1.0, 1.0, 1))
    assert power(-0.5, 1.0, 34) == power(0.5, 1.0, 34)

"""The planned power of a listening test is the one it has, and its level holds."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import t

from automix_bench.errors import UsageError
from automix_bench.listening_tests.analysis import mixed_model
from automix_bench.listening_tests.rating import Rating
from automix_bench.listening_tests.rating_power import (
    PUBLISHED,
    RatingSpread,
    TestDesign,
    least_difference,
    plans,
    power_of_test,
    raters_needed,
    spread_of,
)
from automix_bench.statistics.balanced_components import restricted_estimates
from automix_bench.statistics.variance_components import fit_variance_components

MILD = RatingSpread(8.0, 4.0, 4.0, 3.0, 10.0, "made up")


def drawn(spread, design, difference, seed):
    """Ratings by the model of the file's docstring, one by one: `(raters, songs, passages,
    systems)`; NaN where a rater does not get a song."""
    rng = np.random.default_rng(seed)
    r, s, k, p = design.raters, design.songs, design.passages, design.systems
    scores = 50.0 + spread.rater * rng.standard_normal((r, 1, 1, 1))
    scores = scores + spread.song * rng.standard_normal((1, s, 1, 1))
    scores = scores + spread.rater_system * rng.standard_normal((r, 1, 1, p))
    scores = scores + spread.song_system * rng.standard_normal((1, s, 1, p))
    scores = scores + spread.rest * rng.standard_normal((r, s, k, p))
    scores[..., 0] += difference
    for rater in range(r):
        left_out = [(rater * design.each + n) % s for n in range(design.each, s)]
        scores[rater, left_out] = np.nan
    return scores


def ratings_of(scores):
    return [
        Rating(f"r{i[0]}", f"s{i[1]}", f"system-{i[3]}", float(score))
        for i, score in np.ndenumerate(scores)
        if not np.isnan(score)
    ]


def mean_squares(scores):
    """Of the rest, rater:system, rater, song:system and song, with degrees of freedom."""
    r, s, k, p = scores.shape
    cell = scores.mean(axis=2)
    grand, system = cell.mean(), cell.mean(axis=(0, 1))
    rater, song = cell.mean(axis=(1, 2)), cell.mean(axis=(0, 2))
    by_rater = cell.mean(axis=1) - rater[:, None] - system + grand
    by_song = cell.mean(axis=0) - song[:, None] - system + grand
    sums = [
        s * k * (by_rater**2).sum(),
        s * k * p * ((rater - grand) ** 2).sum(),
        r * k * (by_song**2).sum(),
        r * k * p * ((song - grand) ** 2).sum(),
    ]
    freedom = [(r - 1) * (p - 1), r - 1, (s - 1) * (p - 1), s - 1]
    total = ((scores - scores.mean(axis=(0, 1, 2))) ** 2).sum()
    freedom = [scores.size - p - sum(freedom), *freedom]
    squares = np.array([total - sum(sums), *sums]) / freedom
    return squares, freedom


@pytest.mark.parametrize("seed", range(12))
def test_the_closed_form_is_the_fit_of_the_mixed_model(seed):
    # small deviations: some variances are estimated as zero, and mean squares are pooled
    spread = RatingSpread(3.0, 1.0, 1.0, 1.0, 10.0, "made up")
    design = TestDesign(4, 3, 3, passages=1 + seed % 2)
    scores = drawn(spread, design, 5.0, seed)
    ratings = ratings_of(scores)
    systems = sorted({r.system for r in ratings})
    fit = fit_variance_components(
        [r.score for r in ratings],
        [systems.index(r.system) for r in ratings],
        {
            "rater": [r.rater for r in ratings],
            "rater:system": [(r.rater, r.system) for r in ratings],
            "song": [r.song for r in ratings],
            "song:system": [(r.song, r.system) for r in ratings],
        },
    )
    squares, freedom = mean_squares(scores)
    rest, by_rater, by_song = restricted_estimates(squares[None], freedom)[0]
    variance = 2.0 * (by_rater + by_song - rest) / (4 * 3 * design.passages)
    c = fit.covariances
    assert c[0, 0] + c[1, 1] - 2.0 * c[0, 1] == pytest.approx(variance, rel=2e-3)
    assert fit.rest**2 == pytest.approx(rest, rel=2e-3)


def share_told_apart(spread, design, difference, tests, level=0.05):
    """Power and false alarms of tests that are drawn score by score."""
    pairs = list(combinations(range(design.systems), 2))
    found = alarms = 0
    for seed in range(tests):
        squares, freedom = mean_squares(drawn(spread, design, 0.0, seed))
        rest, by_rater, by_song = restricted_estimates(squares[None], freedom)[0]
        count = design.raters * design.songs * design.passages
        error = np.sqrt(2.0 * (by_rater + by_song - rest) / count)
        for shift in (difference, 0.0):
            means = drawn(spread, design, shift, seed).mean(axis=(0, 1, 2))
            p = [
                2.0 * t.sf(abs(means[a] - means[b]) / error, min(design.raters, design.songs) - 1)
                for a, b in pairs
            ]
            order = np.argsort(p)
            told = set()
            for rank, place in enumerate(order):
                if p[place] * (len(pairs) - rank) > level:
                    break
                told.add(place)
            found += shift > 0.0 and 0 in told
            alarms += shift == 0.0 and bool(told)
    return found / tests, alarms / tests


def test_the_planned_power_is_the_one_that_tests_have_and_the_level_holds():
    plan = raters_needed(MILD, TestDesign(2, 20, 3), 5.0)
    assert plan.power >= 0.8
    smaller = TestDesign(plan.design.raters - 1, 20, 3)
    assert power_of_test(MILD, smaller, 5.0).power < 0.8
    assert plan.false_alarm <= 0.05
    tests = 1_000
    found, alarms = share_told_apart(MILD, plan.design, 5.0, tests)
    error = np.sqrt(plan.power * (1.0 - plan.power) / tests)
    assert found == pytest.approx(plan.power, abs=3.5 * error)
    assert alarms == pytest.approx(plan.false_alarm, abs=3.5 * np.sqrt(0.05 * 0.95 / tests))
    assert alarms <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / tests)


@pytest.mark.slow
@pytest.mark.parametrize("each", [None, 4])
def test_the_planned_power_is_that_of_the_mixed_model_itself(each):
    design = TestDesign(12, 8, 2, each)
    spread = RatingSpread(8.0, 4.0, 3.0, 3.0, 12.0, "made up")
    planned = power_of_test(spread, design, 7.0)
    tests, found, alarms = 200, 0, 0
    for seed in range(tests):
        for shift in (7.0, 0.0):
            analysis = mixed_model(ratings_of(drawn(spread, design, shift, seed)))
            found += shift > 0.0 and analysis.pairs[0].sure
            alarms += shift == 0.0 and analysis.pairs[0].sure
    assert found / tests == pytest.approx(planned.power, abs=3.5 * np.sqrt(0.25 / tests))
    assert alarms / tests <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / tests)


def test_more_of_anything_helps_and_no_number_of_raters_replaces_songs():
    few = raters_needed(PUBLISHED, TestDesign(2, 8), 5.0)
    assert few is None
    design = TestDesign(16, 24, 2, 8)
    base = power_of_test(PUBLISHED, design, 8.0).power
    for better in (
        TestDesign(32, 24, 2, 8),
        TestDesign(16, 48, 2, 8),
        TestDesign(16, 24, 2, 16),
        TestDesign(16, 24, 2, 8, passages=2),
    ):
        assert power_of_test(PUBLISHED, better, 8.0).power > base
    assert power_of_test(PUBLISHED, design, 9.0).power > base
    least = least_difference(MILD, TestDesign(12, 12, 2))
    assert power_of_test(MILD, TestDesign(12, 12, 2), least).power >= 0.8
    assert power_of_test(MILD, TestDesign(12, 12, 2), least - 0.1).power < 0.8


def test_a_pilot_gives_the_spread_it_was_drawn_with():
    spread = RatingSpread(10.0, 5.0, 6.0, 4.0, 12.0, "made up")
    scores = drawn(spread, TestDesign(24, 12, 3), 8.0, 1)
    rated = spread_of(
        [*ratings_of(scores), Rating("r0", "s0", "reference", 100.0)], "pilot", ["reference"]
    )
    assert rated.rest == pytest.approx(12.0, rel=0.15)
    assert rated.rater_system == pytest.approx(6.0, rel=0.4)
    assert rated.rater == pytest.approx(10.0, rel=0.4)
    with pytest.raises(UsageError, match="pilot: nobody rated anchor"):
        spread_of(ratings_of(scores), "pilot", ["anchor"])
    with pytest.raises(UsageError, match="two or more systems, got 1"):
        spread_of(ratings_of(scores[..., :1]), "pilot")


def test_plans_and_wrong_questions():
    found = plans(MILD, 5.0, systems=2, songs=[8, 16], raters=[10, 20])
    assert [(songs, plan.design.raters) for songs, plan in found] == [
        (8, 10), (8, 20), (16, 10), (16, 20),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="expected more than 0 points, got 0"):
        power_of_test(MILD, TestDesign(5, 5), 0.0)
    with pytest.raises(UsageError, match="raters: expected 2 or more, got 1"):
        TestDesign(1, 5)
    with pytest.raises(UsageError, match="expected 1 to 5, got 6"):
        TestDesign(5, 5, 2, 6)
    with pytest.raises(UsageError, match="rest: expected more than 0"):
        RatingSpread(1.0, 1.0, 1.0, 1.0, 0.0, "x")
    with pytest.raises(UsageError, match="too few for 40 songs"):
        power_of_test(MILD, TestDesign(2, 40, 2, 1), 5.0)

"""Statistics held against simulations, other implementations and results by hand."""

import doctest
import math
from unittest import mock

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from automix_bench.statistics import estimate, expanded_tail, intervals, ranking, significance
from automix_bench.statistics.intervals import bca, bootstrap_t, interquartile_mean, student
from automix_bench.statistics.power import components, least_difference, power, songs_needed
from automix_bench.statistics.ranking import letters, standings
from automix_bench.statistics.significance import holm, least_p, paired, sign_flips
from speed import interval_coverage as coverage


def boards(songs, clips, count, seed=0):
    """Simulated scores: songs differ (variance 0.6) and so do clips within a song (0.4)."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        effects = rng.standard_normal(songs) * math.sqrt(0.6)
        scores = effects[:, None] + rng.standard_normal((songs, clips)) * math.sqrt(0.4)
        yield {f"song-{n}": list(map(float, row)) for n, row in enumerate(scores)}


@pytest.mark.parametrize("songs", [2, 3, 4, 5, 6, 9, 10, 12, 40])
def test_the_interval_covers_the_truth_as_often_as_it_says(songs):
    held = 0
    for number, scores in enumerate(boards(songs, clips=10, count=600)):
        interval = estimate(scores, seed=str(number), resamples=600)
        held += interval.low <= 0.0 <= interval.high
    assert 0.925 <= held / 600 <= 0.975


def test_clips_taken_for_independent_would_be_far_too_sure():
    held = 0
    for number, scores in enumerate(boards(12, clips=10, count=300)):
        clips = {f"{s}-{n}": [v] for s, values in scores.items() for n, v in enumerate(values)}
        interval = estimate(clips, seed=str(number), resamples=400)
        held += interval.low <= 0.0 <= interval.high
    assert held / 300 < 0.75


def test_for_many_songs_it_is_the_students_interval():
    values = {str(n): [float(v)] for n, v in enumerate(np.random.default_rng(1).normal(size=200))}
    means = np.array([v[0] for v in values.values()])
    half = t.ppf(0.975, 199) * means.std(ddof=1) / math.sqrt(200)
    interval = estimate(values, seed="x", resamples=20_000)
    assert interval.value == pytest.approx(means.mean())
    assert interval.low == pytest.approx(means.mean() - half, abs=0.02)
    assert interval.high == pytest.approx(means.mean() + half, abs=0.02)


def test_songs_weigh_the_same_whatever_their_number_of_clips():
    mean_of_songs = estimate({"long": [1.0] * 99, "short": [3.0]}, seed="x")
    assert mean_of_songs.value == 2.0
    assert mean_of_songs.songs == 2


def test_the_same_scores_give_the_same_interval():
    (scores,) = boards(10, 3, 1)
    assert estimate(scores, seed="a") == estimate(scores, seed="a")
    assert estimate(scores, seed="a") != estimate(scores, seed="b")


def test_undefined_values_and_few_songs():
    nan = math.nan
    mean_of_songs = estimate({"a": [nan, 2.0], "b": [nan], "c": [4.0]}, seed="x")
    assert (mean_of_songs.value, mean_of_songs.songs) == (3.0, 2)
    one = estimate({"a": [2.0]}, seed="x")
    assert one.value == 2.0
    assert math.isnan(one.low)
    assert math.isnan(estimate({"a": [nan]}, seed="x").value)


def test_tails_widen_with_fewer_songs():
    assert expanded_tail(5) < expanded_tail(30) < expanded_tail(10_000) < 0.025 + 1e-6


def mean(values):
    return values.mean(axis=-1)


@pytest.mark.parametrize("songs", [5, 20, 50])
@pytest.mark.parametrize("kind", ["normal", "skewed", "heavy", "bounded"])
def test_intervals_cover_for_scores_of_every_shape_and_clips_as_if_independent_do_not(kind, songs):
    held, naive, truth, count = 0, 0, coverage.truth(kind), 300
    for number, board in enumerate(coverage.boards(kind, songs, count, seed=4)):
        values = {str(n): list(map(float, row)) for n, row in enumerate(board)}
        interval = estimate(values, seed=str(number), resamples=600)
        low, high = student(board.ravel())
        held, naive = (
            held + (interval.low <= truth <= interval.high),
            naive + (low <= truth <= high),
        )
    # Three standard errors of 300 boards about 95 %, and 1 % for 600 redraws.
    assert 0.91 <= held / count <= 0.985
    assert naive / count < 0.75


@pytest.mark.slow
@pytest.mark.parametrize("songs", [5, 10, 20, 50, 150])
@pytest.mark.parametrize("kind", ["normal", "skewed", "heavy", "bounded"])
def test_intervals_cover_93_to_97_per_cent(kind, songs):
    # The last half per cent is the standard error of 2,000 boards.
    assert 0.925 <= coverage.coverage(kind, songs, 2000)["ours"][0] <= 0.975


def test_the_simulated_truth_is_that_of_what_is_drawn():
    rng = np.random.default_rng(0)
    for kind in coverage.KINDS:
        seen = np.mean([coverage.drawn(kind, rng, 20_000).mean() for _ in range(5)])
        assert seen == pytest.approx(coverage.truth(kind), abs=0.03)


@pytest.mark.parametrize("songs", [12, 60])
def test_bca_is_scipys(songs):
    values = np.random.default_rng(songs).gamma(1.0, size=songs)
    ours = bca(values, mean, "x", 20_000, tail=0.025)
    scipys = scipy.stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours == pytest.approx((scipys.low, scipys.high), abs=0.03 * values.std())


def test_bca_of_a_trimmed_mean_is_scipys():
    values = np.random.default_rng(5).gamma(1.0, size=60)
    ours = bca(values, interquartile_mean, "x", 20_000, tail=0.025)
    scipys = scipy.stats.bootstrap(
        (values,),
        lambda v, axis: scipy.stats.trim_mean(v, 0.25, axis=axis),
        method="BCa",
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert ours == pytest.approx((scipys.low, scipys.high), abs=0.03 * values.std())


@settings(deadline=None)
@given(st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=40))
def test_the_interquartile_mean_is_scipys_trimmed_mean(values):
    array = np.array(values)
    assert float(interquartile_mean(array)) == pytest.approx(scipy.stats.trim_mean(array, 0.25))


def test_the_interquartile_mean_does_not_mind_one_song_that_failed():
    values = {str(n): [float(n % 3)] for n in range(12)} | {"failed": [-1000.0]}
    interval = estimate(values, seed="x", aggregate="interquartile mean")
    assert -1.0 <= interval.low <= interval.value <= interval.high <= 2.5
    assert estimate(values, seed="x").low < -100.0


def test_the_bootstrap_t_is_bounded_where_most_songs_have_one_value():
    values = np.array([1.0] * 7 + [3.0])
    low, high = bootstrap_t(values, "x", 2000)
    reach = student(values)[1] - values.mean()
    assert values.mean() - 3.001 * reach <= low < values.mean() < high
    assert high <= values.mean() + 3.001 * reach


def test_equal_songs_have_an_interval_of_no_width_at_any_number():
    for songs in (2, 4, 5, 49, 50, 150):
        for aggregate in ("mean", "interquartile mean"):
            interval = estimate(
                {str(n): [0.1] for n in range(songs)}, seed="x", aggregate=aggregate
            )
            assert (interval.low, interval.high) == pytest.approx((0.1, 0.1), abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=9))
def test_exact_flips_are_scipys_permutation_test(values):
    differences = np.round(np.array(values), 3)
    scipys = scipy.stats.permutation_test(
        (differences,),
        lambda d, axis: np.abs(d.mean(axis=axis)),
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert sign_flips(differences[None], seed="x")[0] == pytest.approx(scipys.pvalue)


def test_drawn_flips_come_near_the_exact_ones():
    differences = np.random.default_rng(0).normal(0.4, 1.0, size=(6, 17))
    drawn = sign_flips(differences, seed="x")
    exact = sign_flips(differences, seed="x", tests=4000)
    assert drawn == pytest.approx(exact, abs=0.015)
    # Of 9,999 flips and what was seen only the latter is so far out.
    assert sign_flips(np.ones((1, 60)), seed="x")[0] == 1e-4


def test_flips_done_by_hand():
    # Of the 8 flips of 1, 2, 3 those with |sum| >= 4: +++, -++, and both turned over.
    assert sign_flips(np.array([[-1.0, 2.0, 3.0]]), seed="x")[0] == 4 / 8
    assert sign_flips(np.array([[1.0, 2.0, 3.0]]), seed="x")[0] == 2 / 8
    assert sign_flips(np.array([[0.0, 0.0]]), seed="x")[0] == 1.0


def test_flips_hold_5_per_cent_and_holm_over_metrics_too():
    for kind in ("normal", "heavy", "lognormal"):
        after, without = coverage.false_alarms(kind, 9, 300)
        assert after <= 0.08
        assert without > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("kind", coverage.KINDS)
@pytest.mark.parametrize("songs", [10, 20, 50])
def test_false_alarms_are_5_per_cent_at_most(kind, songs):
    # Two standard errors of 1,000 comparisons above.
    assert coverage.false_alarms(kind, songs, 1000)[0] <= 0.064


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_holm_is_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    # It collects garbage at every call, which takes the longer the more the session has imported.
    with mock.patch("gc.collect"):
        theirs = multipletests(p, method="holm")[1]
    assert holm(p) == pytest.approx(tuple(theirs))


def test_holm_leaves_out_what_is_undefined():
    corrected = holm([0.01, math.nan, 0.04])
    assert corrected[0] == pytest.approx(0.02)
    assert math.isnan(corrected[1])
    assert corrected[2] == pytest.approx(0.04)
    assert least_p(5, 1) == 0.0625


def test_a_pair_by_hand():
    pair = paired({"a": [1.0, 3.0], "b": [-1.0], "c": [math.nan], "d": [4.0]}, seed="x")
    assert pair.difference.value == pytest.approx(5 / 3)
    assert list(pair.songs.items()) == [("d", 4.0), ("a", 2.0), ("b", -1.0)]
    assert (pair.won, pair.lost) == (2, 1)
    spread = math.sqrt(((1 / 3) ** 2 + (8 / 3) ** 2 + (7 / 3) ** 2) / 2)
    assert pair.effect == pytest.approx((5 / 3) / spread)
    assert pair.p == 4 / 8


def ranked(table, seed="x"):
    """Standings of models that have a row of songs each."""
    return standings(
        {f"m{n}": {str(s): [float(v)] for s, v in enumerate(row)} for n, row in enumerate(table)},
        seed=seed,
    )


def test_models_far_apart_have_sure_ranks_and_no_letters():
    songs = np.random.default_rng(0).normal(size=30)
    standing_of = ranked([songs + 5.0, songs - 5.0, songs + np.linspace(-0.1, 0.2, 30)])
    assert [(s.low, s.high, s.group) for s in standing_of.values()] == [
        (1, 1, ""),
        (3, 3, ""),
        (2, 2, ""),
    ]


def test_models_alike_share_a_letter_and_a_wide_rank():
    rng = np.random.default_rng(3)
    songs = rng.normal(size=20)
    near = [songs + rng.normal(0.0, 0.5, size=20) for _ in range(3)]
    standing_of = ranked([*near, songs + 4.0])
    assert standing_of["m3"].group == ""
    assert (standing_of["m3"].low, standing_of["m3"].high) == (1, 1)
    assert {standing_of[f"m{n}"].group for n in range(3)} == {"a"}
    assert all(standing_of[f"m{n}"].low < standing_of[f"m{n}"].high for n in range(3))


def test_true_ranks_lie_in_their_intervals():
    rng, held = np.random.default_rng(0), 0
    true = np.array([0.6, 0.4, 0.2, 0.0])
    for number in range(150):
        table = true[:, None] + rng.normal(size=12) + rng.normal(0.0, 0.5, size=(4, 12))
        for rank, standing in enumerate(ranked(table, str(number)).values(), start=1):
            held += standing.low <= rank <= standing.high
    assert held / 600 >= 0.93


def test_letters_by_hand():
    assert letters([0.0, 1.0, 2.0], {(0, 2)}) == ["a", "ab", "b"]
    assert letters([2.0, 1.0, 0.0], {(0, 2)}) == ["b", "ab", "a"]
    assert letters([0.0, 1.0], {(0, 1)}) == ["", ""]
    assert letters([0.0], set()) == [""]


@settings(deadline=None)
@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda p: p[0] < p[1])))
def test_two_models_share_a_letter_unless_they_are_apart(apart):
    groups = letters([float(n) for n in range(6)], apart)
    for one in range(6):
        for other in range(one + 1, 6):
            assert bool(set(groups[one]) & set(groups[other])) == ((one, other) not in apart)


def test_standings_need_two_songs():
    standing_of = ranked([[1.0], [2.0]])
    assert {(s.low, s.high, s.group) for s in standing_of.values()} == {(1, 2, "a")}
    assert standings({}, seed="x") == {}


def test_power_is_statsmodels():
    from statsmodels.stats.power import TTestPower

    theirs = TTestPower()
    for effect, songs in ((0.2, 5), (0.5, 34), (1.0, 8), (0.1, 800)):
        assert power(effect * 2.0, 2.0, songs) == pytest.approx(
            theirs.power(effect, songs, 0.05), abs=1e-6
        )
        needed = songs_needed(effect, 1.0)
        exact = float(np.squeeze(theirs.solve_power(effect, power=0.8, alpha=0.05)))
        assert needed == math.ceil(exact - 1e-9)
        assert least_difference(1.0, int(needed)) <= effect < least_difference(1.0, int(needed) - 1)


def test_power_that_is_promised_is_had():
    rng, difference, clips, detected = np.random.default_rng(0), 0.3, 4, 0
    deviation = math.sqrt(0.5**2 + 0.8**2 / clips)
    songs = int(songs_needed(difference, deviation))
    for number in range(300):
        d = difference + rng.normal(0.0, 0.5, (songs, 1)) + rng.normal(0.0, 0.8, (songs, clips))
        detected += sign_flips(d.mean(axis=1)[None], seed=str(number))[0] <= 0.05
    assert detected / 300 == pytest.approx(0.8, abs=0.07)


def test_no_difference_and_no_spread():
    assert power(0.5, 0.0, 5) == 1.0
    assert songs_needed(1.0, 0.0) == 2
    assert songs_needed(1e-6, 1.0) == math.inf
    assert math.isnan(least_difference(1.0, 1))


def test_components_are_found_again_with_unequal_songs():
    rng, estimates = np.random.default_rng(0), []
    for _ in range(200):
        songs = {
            str(n): list(map(float, rng.normal(0.0, 0.7) + rng.normal(0.0, 0.4, size=1 + n % 6)))
            for n in range(30)
        }
        estimates.append(components(songs))
    assert np.mean([c.between for c in estimates]) == pytest.approx(0.49, abs=0.03)
    assert np.mean([c.within for c in estimates]) == pytest.approx(0.16, abs=0.01)


def test_components_by_hand():
    variance = components({"a": [0.0, 2.0], "b": [4.0, 6.0, math.nan]})
    # Within: 2; between: the mean square 16 less 2, over two clips a song.
    assert (variance.within, variance.between) == (pytest.approx(2.0), pytest.approx(7.0))
    assert (variance.songs, variance.clips) == (2, 2.0)
    single = components({"a": [1.0], "b": [3.0]})
    assert single.between == pytest.approx(2.0)
    assert math.isnan(single.within)
    assert single.deviation(8) == pytest.approx(math.sqrt(2.0))
    assert components({"a": [1.0]}).songs == 1


@pytest.mark.parametrize("module", [intervals, ranking, significance], ids=lambda m: m.__name__)
def test_the_examples_in_docstrings_run(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0

"""Simulated raters with a known taste: the board finds the metric that they follow."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import UsageError
from automix_bench.listening_tests.metric_board import metric_board
from automix_bench.listening_tests.panel import agreement_by_song, pages_of
from automix_bench.listening_tests.simulated_raters import (
    HALF,
    INDEPENDENT,
    UTILITY,
    SimulatedPanel,
    normal_scores,
    simulated_on_cards,
    simulated_ratings,
    simulated_test,
    tau_of,
)
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics import estimate
from automix_bench.statistics.rank_correlation import kendall
from tests.listening_tests.test_ratings import SDR, SI_SDR

EXACT = SimulatedPanel(raters=10, scale=0.0)
PANELS = {
    "steady": EXACT,
    "noisy": SimulatedPanel(raters=10, noise=3.0, scale=0.0),
    "with another taste": SimulatedPanel(raters=10, liking=1.0, scale=0.0),
}


def tau(test, metric):
    """The board's tau of one metric, without its other columns."""
    pages = pages_of(test.ratings, test.songs)
    values = [np.array([test.values[metric][p.name, s] for s in p.systems]) for p in pages]
    by_song = agreement_by_song(pages, values, kendall)
    return estimate({song: [value] for song, value in by_song.items()}, seed=test.seed)


def rows_of(test):
    return {row.metric: row for row in metric_board([test]).strata[0].rows}


def covered(panel, metric, truth, simulations):
    estimates = [tau(simulated_test(panel, seed=seed), metric) for seed in range(simulations)]
    return sum(one.low <= truth <= one.high for one in estimates)


def test_the_metric_that_raters_follow_comes_first():
    for seed in range(5):
        (stratum,) = metric_board([simulated_test(SimulatedPanel(), seed=seed)]).strata
        assert [r.metric for r in stratum.rows if r.rank] == [UTILITY, HALF, INDEPENDENT]
        first = stratum.rows[0]
        assert (first.metric, first.rank, first.rank_low, first.rank_high) == (UTILITY, 1, 1, 1)
        assert first.told_apart == (HALF, INDEPENDENT)


def test_a_metric_that_raters_do_not_follow_does_not_come_first():
    """The same board with the names of two metrics exchanged: the order follows the values."""
    test = simulated_test(SimulatedPanel())
    values = dict(test.values)
    values[UTILITY], values[INDEPENDENT] = values[INDEPENDENT], values[UTILITY]
    rows = rows_of(type(test)(test.source, test.ratings, values, test.songs, test.seed))
    assert (rows[INDEPENDENT].rank, rows[UTILITY].rank) == (1, 3)


def test_tau_rises_as_the_noise_falls():
    taus = []
    for noise in (8.0, 4.0, 2.0, 1.0, 0.0):
        panel = SimulatedPanel(raters=10, noise=noise)
        taus.append(np.mean([tau(simulated_test(panel, seed=s), UTILITY).value for s in range(10)]))
    assert taus == sorted(taus)
    assert taus[0] < 0.45
    assert taus[-1] == 1.0  # bias and scale do not change the order of one rater


@pytest.mark.parametrize("name", PANELS)
def test_tau_is_that_of_the_theory(name):
    """2/π arcsin of the correlation, which nothing here computes from ratings. The standard error
    over 1,000 songs is 0.009."""
    tests = [simulated_test(PANELS[name], songs=200, seed=seed) for seed in range(5)]
    expected = PANELS[name].expected_tau()
    assert np.mean([tau(test, UTILITY).value for test in tests]) == pytest.approx(
        expected, abs=0.03
    )
    assert np.mean([tau(test, INDEPENDENT).value for test in tests]) == pytest.approx(0.0, abs=0.03)


def test_tau_of_a_correlated_metric_is_that_of_the_theory():
    """Without noise people are the utility, and the other metric has a correlation of 0.5."""
    test = simulated_test(SimulatedPanel(raters=2, noise=0.0), songs=1_000)
    assert tau(test, HALF).value == pytest.approx(tau_of(0.5), abs=0.03)
    assert tau_of(0.5) == pytest.approx(1.0 / 3.0)


def test_intervals_hold_the_true_tau_in_nine_of_ten_simulations():
    """At a true coverage of 95 % fewer than 90 of 100 have a chance of 1 %; the seeds are fixed."""
    assert covered(EXACT, UTILITY, EXACT.expected_tau(), 100) >= 90


def test_the_interval_of_an_independent_metric_holds_zero_in_nine_of_ten_simulations():
    assert covered(EXACT, INDEPENDENT, 0.0, 100) >= 90
    row = rows_of(simulated_test(SimulatedPanel()))[INDEPENDENT]
    assert row.kendall.low < 0.0 < row.kendall.high


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_intervals_hold_the_true_tau_in_a_thousand_simulations(name):
    """The nominal coverage is 95 %; 920 of 1,000 is four deviations below."""
    panel = PANELS[name]
    assert 920 <= covered(panel, UTILITY, panel.expected_tau(), 1_000) <= 980
    assert 920 <= covered(panel, INDEPENDENT, 0.0, 1_000) <= 980


def test_a_random_metric_lies_in_the_floor_in_nine_of_ten_simulations():
    inside = 0
    for seed in range(30):
        rows = rows_of(simulated_test(EXACT, songs=8, systems=4, seed=seed))
        floor = rows["a random order"].kendall
        inside += floor.low <= rows[INDEPENDENT].kendall.value <= floor.high
        assert floor.value == 0.0
        assert floor.low == pytest.approx(-floor.high, abs=0.1)
    assert inside >= 26


def test_a_listener_who_errs_more_agrees_less_with_the_others():
    ceilings = [
        rows_of(simulated_test(SimulatedPanel(noise=noise)))["one listener against the others"]
        for noise in (0.0, 1.0, 4.0)
    ]
    values = [row.kendall.value for row in ceilings]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(1.0)
    assert values[2] < 0.4


def test_one_seed_gives_one_board_and_another_seed_another():
    one, again, other = (
        metric_board([simulated_test(SimulatedPanel(), seed=seed)]).records() for seed in (3, 3, 4)
    )
    assert json.dumps(one) == json.dumps(again) != json.dumps(other)


def test_a_made_up_test_has_twenty_songs_and_six_systems():
    test = simulated_test(SimulatedPanel(raters=2))
    assert (len(test.songs), len(test.ratings)) == (20, 20 * 6 * 2)
    for songs, systems in ((0, 6), (20, 1)):
        with pytest.raises(UsageError, match="expected songs and two systems"):
            simulated_test(SimulatedPanel(), songs=songs, systems=systems)


def test_bias_and_scale_stay_within_the_scale_of_the_test():
    panel = SimulatedPanel(raters=50, bias=60.0, scale=1.0)
    scores = [rating.score for rating in simulated_test(panel).ratings]
    assert (min(scores), max(scores)) == (0.0, 100.0)


@pytest.mark.parametrize(
    "settings", [{"raters": 0}, {"noise": -1.0}, {"scale": float("nan")}, {"bias": float("inf")}]
)
def test_a_panel_that_cannot_be_is_refused(settings):
    with pytest.raises(UsageError, match="simulated raters"):
        SimulatedPanel(**settings)


def test_a_utility_that_tells_nothing_apart_is_refused():
    with pytest.raises(UsageError, match="no song has two sounds of different utility"):
        simulated_ratings({("s", "a"): 1.0, ("s", "b"): 1.0, ("t", "a"): 2.0}, SimulatedPanel())


def test_raters_follow_the_order_of_a_metric_whatever_its_values_are():
    """A perfect answer of 100 dB leaves the others their order."""
    rng = np.random.default_rng(0)
    decibels = rng.normal(0.0, 5.0, (30, 4))
    cards = [
        Scorecard(
            *("mixing", 1, "d" * 64, f"m{n}"),
            tuple(
                Score(f"s{s}-0", f"s{s}", "mix", metric, value)
                for s in range(30)
                for metric, value in (
                    ("sdr", 100.0 if n == 4 else float(decibels[s, n])),
                    ("si_sdr", float(rng.normal())),
                )
            ),
            {},
            {},
        )
        for n in range(5)
    ]
    test = simulated_on_cards(cards, [SDR, SI_SDR], SDR, SimulatedPanel(noise=0.3))
    rows = rows_of(test)
    assert test.source == "simulated raters who follow sdr"
    assert rows["sdr"].kendall.value > 0.9
    assert abs(rows["si_sdr"].kendall.value) < 0.25


def test_normal_scores_keep_the_order_and_share_ranks():
    values = {("s", "a"): -1e9, ("s", "b"): 3.0, ("s", "c"): 3.0, ("s", "d"): float("nan")}
    scores = normal_scores(values)
    assert set(scores) == {("s", "a"), ("s", "b"), ("s", "c")}
    assert scores["s", "a"] == pytest.approx(-0.9674, abs=1e-4)  # Phi^-1(1/6)
    assert scores["s", "b"] == scores["s", "c"] == pytest.approx(0.4307, abs=1e-4)  # Phi^-1(2/3)


def test_the_command_shows_the_proof():
    def output_of(*arguments):
        result = CliRunner().invoke(cli.app, ["agreement", "--simulate", *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    rows = json.loads(output_of("utility", "--json", "--raters", "5", "--seed", "1"))
    assert (rows[0]["metric"], rows[0]["rank"], rows[0]["raters"]) == ("utility", 1, 5)
    noisy = json.loads(output_of("utility", "--json", "--raters", "5", "--noise", "9"))
    assert noisy[0]["kendall"]["value"] < rows[0]["kendall"]["value"]
    assert "a random order (floor)" in output_of("utility")


def test_the_command_refuses_a_metric_without_scorecards_and_ratings_beside_it(tmp_path):
    result = CliRunner().invoke(cli.app, ["agreement", "--simulate", "mrstft"])
    assert isinstance(result.exception, UsageError)
    assert "--simulate utility for a made-up test" in str(result.exception)
    ratings = tmp_path / "r.csv"
    ratings.write_text("rater,song,system,score\na,s,x,1\n")
    result = CliRunner().invoke(cli.app, ["agreement", str(ratings), "--simulate", "utility"])
    assert "its raters are made up" in str(result.exception)


def test_the_panel_is_the_one_that_the_docs_describe():
    """20 raters with an error of one deviation of utility, offsets of 5 points, scales of 20 %."""
    assert SimulatedPanel() == SimulatedPanel(20, 1.0, 0.0, 5.0, 0.2)

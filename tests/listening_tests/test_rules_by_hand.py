"""The rules of screening, ranks, choices and agreement at their edges, with values by hand."""

from math import log, sqrt

import numpy as np
import pytest
from scipy import stats

from automix_bench import plugin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.listening_tests.agreement import agreement, kendall, pairs_right, spearman
from automix_bench.listening_tests.analysis import bradley_terry, mixed_model, rank_analysis
from automix_bench.listening_tests.analysis_of_files import analysed
from automix_bench.listening_tests.rating import Preference, Rating
from automix_bench.listening_tests.ratings import preferences, read_preferences, read_ratings
from automix_bench.listening_tests.screening import read_screened, screened
from automix_bench.scorecard import Score, Scorecard

HIGHER, LOWER = (plugin.load("metrics", name) for name in ("si_sdr", "mrstft"))


# Screening: ITU-R BS.1534-3, section 4.1.2.


def rater(system, scores):
    return [Rating("ann", f"s{n}", system, float(score)) for n, score in enumerate(scores)]


@pytest.mark.parametrize(("score", "out"), [(89.9, True), (90.0, False), (90.1, False)])
def test_the_reference_is_missed_below_90(score, out):
    found = screened(rater("reference", [score] * 4), reference="reference")
    assert bool(found.excluded) == out
    assert len(found.ratings) == (0 if out else 4)


@pytest.mark.parametrize(("score", "out"), [(89.9, False), (90.0, False), (90.1, True)])
def test_the_anchor_is_taken_for_good_above_90(score, out):
    ratings = rater("reference", [100.0] * 4) + rater("anchor", [score] * 4)
    found = screened(ratings, reference="reference", anchor="anchor")
    assert bool(found.excluded) == out
    assert screened(ratings, reference="reference").excluded == {}


@pytest.mark.parametrize(("wrong", "songs", "out"), [(3, 20, False), (7, 46, True), (6, 41, False)])
@pytest.mark.parametrize("system", ["reference", "anchor"])
def test_more_than_15_of_100_songs_are_too_many(system, wrong, songs, out):
    """3 of 20 are 15 %, 7 of 46 are 15.2 %, 6 of 41 are 14.6 %."""
    if system == "reference":
        ratings = rater("reference", [50.0] * wrong + [100.0] * (songs - wrong))
    else:
        ratings = rater("reference", [100.0] * songs)
        ratings += rater("anchor", [95.0] * wrong + [20.0] * (songs - wrong))
    ratings += [Rating("bob", "s0", "reference", 100.0), Rating("bob", "s0", "x", 30.0)]
    found = screened(ratings, reference="reference", anchor="anchor" if "a" in system[0] else None)
    assert set(found.excluded) == ({"ann"} if out else set())
    assert {one.rater for one in found.ratings} == ({"bob"} if out else {"ann", "bob"})


def test_files_are_screened_where_a_reference_is_named(tmp_path):
    path = tmp_path / "a.csv"
    rows = ["ann,s,ref,50", "ann,s,low,10", "bob,s,ref,95", "bob,s,low,95", "eve,s,ref,95"]
    path.write_text("\n".join(["rater,song,system,score", *rows]))
    assert read_screened([path]).excluded == {}
    assert len(read_screened([path]).ratings) == 5
    assert set(read_screened([path], reference="ref").excluded) == {"ann"}
    assert set(read_screened([path], reference="ref", anchor="low").excluded) == {"ann", "bob"}
    with pytest.raises(UsageError, match="reference"):
        read_screened([path], anchor="low")


# Reading.


@pytest.mark.parametrize(("text", "score"), [("0", 0.0), ("100", 100.0), ("37.5", 37.5)])
def test_scores_reach_from_0_to_100(tmp_path, text, score):
    path = tmp_path / "a.csv"
    path.write_text(f"rater,song,system,score\nann,s,x,{text}\n")
    assert read_ratings([path]) == (Rating("ann", "s", "x", score),)


@pytest.mark.parametrize("text", ["-0.1", "100.1", "nan", "inf", "-inf", "good"])
def test_other_scores_are_refused(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(f"rater,song,system,score\nann,s,x,1\nann,s,y,{text}\n")
    with pytest.raises(DatasetError, match="line 3"):
        read_ratings([path])


def page(*values, state="complete", song="song-2-repeat-10"):
    elements = "".join(
        f'<audioelement ref="{name}" type="normal"><value>{value}</value></audioelement>'
        for name, value in values
    )
    return f'<page ref="{song}" state="{state}">{elements}</page>'


@pytest.mark.parametrize(("value", "score"), [("0", 0.0), ("0.375", 37.5), ("1", 100.0)])
def test_scores_of_the_web_audio_tool_reach_from_0_to_1(tmp_path, value, score):
    path = tmp_path / "ann.xml"
    path.write_text(f"<waetresult>{page(('x', value))}</waetresult>")
    assert read_ratings([path]) == (Rating("ann", "song-2", "x", score),)
    path.write_text(f"<waetresult>{page(('x', '1.01'))}</waetresult>")
    with pytest.raises(DatasetError, match="x on song-2"):
        read_ratings([path])


def test_scores_of_one_person_on_one_song_are_choices():
    ratings = [
        *(Rating("ann", "s", name, score) for name, score in (("a", 10.0), ("b", 30.0))),
        *(Rating("ann", "t", name, score) for name, score in (("a", 90.0), ("c", 20.0))),
        Rating("bob", "s", "c", 99.0),
        Rating("bob", "s", "c", 11.0),  # one system twice is no choice
    ]
    expected = (Preference("ann", "s", "b", "a"), Preference("ann", "t", "a", "c"))
    assert preferences(ratings) == expected


def test_either_name_or_place_of_a_choice_is_read(tmp_path):
    path = tmp_path / "paired.csv"
    head = "session_uuid,trial_id,choice_reference,choice_non_reference,choice_answer"
    answers = ("reference", "non_reference", "C1", "C2")
    path.write_text("\n".join([head, *(f"u,s,C1,C2,{answer}" for answer in answers)]))
    better = [(choice.better, choice.worse) for choice in read_preferences([path])]
    assert better == [("C1", "C2"), ("C2", "C1"), ("C1", "C2"), ("C2", "C1")]
    path.write_text(f"{head}\nu,s,C1,C2,C3\n")
    with pytest.raises(DatasetError, match="wanted C1 or C2, got 'C3'"):
        read_preferences([path])


# The mixed model, beside the analysis of variance of a complete design.


def complete(raters=7, songs=5, systems=3, seed=4):
    rng = np.random.default_rng(seed)
    sizes = (raters, songs, systems)
    table = 50.0 + rng.normal(0.0, 2.0, sizes) + np.array([0.0, 3.0, 9.0])[:systems]
    table += rng.normal(0.0, 3.0, (raters, 1, 1)) + rng.normal(0.0, 3.0, (1, songs, 1))
    table += rng.normal(0.0, 4.0, (raters, 1, systems)) + rng.normal(0.0, 4.0, (1, songs, systems))
    ratings = [
        Rating(f"r{r}", f"s{s}", f"m{m}", float(table[r, s, m]))
        for r in range(raters)
        for s in range(songs)
        for m in range(systems)
    ]
    return table, ratings


def holm(p):
    """Holm 1979: the k-th smallest of m times m - k + 1, and never below one before."""
    order, corrected, least = np.argsort(p), [0.0] * len(p), 0.0
    for k, place in enumerate(order):
        least = max(least, min(1.0, (len(p) - k) * p[place]))
        corrected[place] = least
    return corrected


def test_of_complete_ratings_the_tests_are_those_of_the_analysis_of_variance():
    """The variance of a difference is 2 (MS rater:system + MS song:system - MS rest) / (R S), by
    the expected mean squares of a design with two crossed random factors; degrees of freedom are
    the smaller number of raters and songs less one: 4."""
    table, ratings = complete()
    raters, songs, systems = table.shape
    centred = table - table.mean(axis=(0, 1), keepdims=True)
    by_rater = table.mean(1, keepdims=True) - table.mean((1, 2), keepdims=True)
    by_rater = by_rater - table.mean((0, 1), keepdims=True) + table.mean()
    by_song = table.mean(0, keepdims=True) - table.mean((0, 2), keepdims=True)
    by_song = by_song - table.mean((0, 1), keepdims=True) + table.mean()
    pairs_of_rater = table.mean(2, keepdims=True) - table.mean((0, 2), keepdims=True)
    pairs_of_rater = pairs_of_rater - table.mean((1, 2), keepdims=True) + table.mean()
    mains = table.mean((1, 2), keepdims=True) + table.mean((0, 2), keepdims=True) - 2 * table.mean()
    rest = centred - mains - by_rater - by_song - pairs_of_rater
    square_r = songs * (by_rater**2).sum() / ((raters - 1) * (systems - 1))
    square_s = raters * (by_song**2).sum() / ((songs - 1) * (systems - 1))
    # What a rater and a song have in common is no term of the model: it is in the rest.
    common = systems * (pairs_of_rater**2).sum()
    freedom = (raters - 1) * (songs - 1)
    square_e = ((rest**2).sum() + common) / (freedom * systems)
    error = sqrt(2.0 * (square_r + square_s - square_e) / (raters * songs))
    means = table.mean(axis=(0, 1))
    tested = [
        2.0 * stats.t.sf(abs(means[a] - means[b]) / error, 4) for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    found = {frozenset((pair.one, pair.other)): pair for pair in mixed_model(ratings).pairs}
    for (a, b), p in zip(((0, 1), (0, 2), (1, 2)), holm(tested), strict=True):
        pair = found[frozenset((f"m{a}", f"m{b}"))]
        assert pair.p == pytest.approx(p, rel=0.02)
        assert pair.difference == pytest.approx(abs(means[a] - means[b]), abs=1e-6)
        assert (pair.one, pair.other) == (f"m{b}", f"m{a}")


# Ranks.


def test_ranks_are_tested_by_wilcoxon_with_holms_correction():
    table, ratings = complete(raters=9)
    means = table.mean(axis=1)
    pairs = ((0, 1), (0, 2), (1, 2))
    expected = holm([stats.wilcoxon(means[:, a] - means[:, b]).pvalue for a, b in pairs])
    analysis = rank_analysis(ratings)
    found = {frozenset((pair.one, pair.other)): pair.p for pair in analysis.pairs}
    for (a, b), p in zip(pairs, expected, strict=True):
        assert found[frozenset((f"m{a}", f"m{b}"))] == pytest.approx(p)
    assert [pair.p for pair in analysis.pairs] == sorted(expected)
    values = [s.value for s in analysis.systems]
    assert values == pytest.approx(sorted(means.mean(axis=0), reverse=True))
    assert (analysis.ratings, analysis.raters) == (9 * 5 * 3, 9)
    assert "Friedman" in analysis.said
    for pair in analysis.pairs:
        assert pair.sure == (pair.p <= 0.05)


def test_of_two_systems_there_is_no_friedman_test():
    analysis = rank_analysis(complete(systems=2)[1])
    assert analysis.said == ""
    assert len(analysis.pairs) == 1


def test_systems_rated_alike_by_everybody_are_one_group():
    ratings = [
        Rating(f"r{r}", f"s{s}", system, 50.0 + r + 10.0 * (system == "c"))
        for r in range(8)
        for s in range(2)
        for system in "abc"
    ]
    analysis = rank_analysis(ratings)
    groups = {s.system: s.group for s in analysis.systems}
    assert groups["a"] == groups["b"] != groups["c"]
    assert {(p.one, p.other): p.p for p in analysis.pairs}["a", "b"] == 1.0


# Choices.


def votes(*raters):
    """Each rater's choices of a over b, and of b over a."""
    return [
        Preference(f"r{n}", "s", *order)
        for n, (for_a, for_b) in enumerate(raters)
        for order in [("a", "b")] * for_a + [("b", "a")] * for_b
    ]


def test_of_two_systems_strength_and_interval_are_found_by_hand():
    """12 of 16 for a: the odds are 3, b = ± log(3) / 2. A rater's gradient is his wins less 3/4 of
    his choices: 1, -1, 0, 0; the information of the difference is 16 * 3/4 * 1/4 = 3; so its
    variance is 4/3 (1 + 1) / 3^2, with Student's t of 3 degrees of freedom."""
    analysis = bradley_terry(votes((4, 0), (2, 2), (3, 1), (3, 1)))
    best, worst = analysis.systems
    assert (best.system, worst.system) == ("a", "b")
    assert best.value == -worst.value == pytest.approx(log(3.0) / 2.0)
    error = sqrt(4.0 / 3.0 * 2.0 / 9.0)
    half = stats.t.ppf(0.975, 3) * error / 2.0
    assert (best.low, best.high) == pytest.approx((best.value - half, best.value + half))
    (pair,) = analysis.pairs
    assert pair.difference == pytest.approx(log(3.0))
    assert pair.p == pytest.approx(2.0 * stats.t.sf(log(3.0) / error, 3))
    assert (analysis.ratings, analysis.raters) == (16, 4)


@pytest.mark.parametrize("raters", [[(3, 1)], []])
def test_one_rater_is_not_enough(raters):
    with pytest.raises(UsageError, match="choices: expected two raters"):
        bradley_terry(votes(*raters))
    assert len(bradley_terry(votes((3, 1), (1, 2))).systems) == 2


def test_a_method_is_chosen_by_its_name(tmp_path):
    path = tmp_path / "ratings.csv"
    rows = [f"{r.rater},{r.song},{r.system},{r.score}" for r in complete(raters=6, songs=2)[1]]
    path.write_text("\n".join(["rater,song,system,score", *rows]))
    names = {m: analysed([path], m).method for m in ("mixed", "ranks", "pairs")}
    assert names == {"mixed": "mixed model", "ranks": "ranks", "pairs": "Bradley-Terry"}
    with pytest.raises(UsageError, match="mean"):
        analysed([path], "mean")


# Agreement.


def card(model, values, metric, examples=1):
    scores = tuple(
        Score(f"{song}-{n}", song, "mix", metric, value)
        for song, value in values.items()
        for n in range(examples)
    )
    return Scorecard("mixing", 1, "d" * 64, model, scores, {}, {})


def rated(table):
    return [
        Rating("ann", f"s{s}", f"m{m}", score)
        for s, row in enumerate(table)
        for m, score in enumerate(row)
    ]


def cards_of(table, metric):
    return [
        card(f"m{m}", {f"s{s}": row[m] for s, row in enumerate(table)}, metric.name)
        for m in range(len(table[0]))
    ]


PEOPLE = [[10.0, 20.0, 30.0, 40.0], [40.0, 10.0, 30.0, 20.0]]
VALUES = [[1.0, 3.0, 2.0, 4.0], [4.0, 4.0, 3.0, 2.0]]


def test_agreement_by_hand():
    """Song 0: 5 of 6 pairs, tau 4/6. Song 1: of 6 pairs 3 right (41 > 31, 41 > 21, 31 > 21), one
    equal and so half, two wrong: 3.5 of 6."""
    (found,) = agreement(rated(PEOPLE), cards_of(VALUES, HIGHER), [HIGHER])
    assert found.pairs.value == pytest.approx((5 / 6 + 3.5 / 6) / 2.0)
    taus = [stats.kendalltau(p, v).statistic for p, v in zip(PEOPLE, VALUES, strict=True)]
    rhos = [stats.spearmanr(p, v).statistic for p, v in zip(PEOPLE, VALUES, strict=True)]
    assert taus[0] == pytest.approx(4 / 6)
    assert found.kendall.value == pytest.approx(np.mean(taus))
    assert found.spearman.value == pytest.approx(np.mean(rhos))
    means = [np.mean(table, axis=0) for table in (PEOPLE, VALUES)]
    assert found.kendall_of_means.value == pytest.approx(stats.kendalltau(*means).statistic)
    assert found.spearman_of_means.value == pytest.approx(stats.spearmanr(*means).statistic)
    flat = [np.ravel(table) for table in (PEOPLE, VALUES)]
    assert found.spearman_pooled.value == pytest.approx(stats.spearmanr(*flat).statistic)
    assert (found.systems, found.pairs.songs) == (4, 2)


def test_where_smaller_values_are_better_the_order_is_turned():
    (found,) = agreement(rated(PEOPLE), cards_of(VALUES, LOWER), [LOWER])
    assert found.pairs.value == pytest.approx(1.0 - (5 / 6 + 3.5 / 6) / 2.0)


def test_two_systems_are_enough_and_songs_that_one_lacks_are_left_out():
    cards = cards_of([row[:2] for row in VALUES], HIGHER)
    (found,) = agreement(rated(PEOPLE), cards, [HIGHER])
    assert (found.systems, found.pairs.songs) == (2, 2)
    without = [r for r in rated(PEOPLE) if (r.song, r.system) != ("s1", "m0")]
    (found,) = agreement(without, cards, [HIGHER])
    assert (found.pairs.value, found.pairs.songs) == (1.0, 1)
    undefined = [
        card(name, {"s0": value, "s1": float("nan")}, "si_sdr")
        for name, value in (("m0", VALUES[0][0]), ("m1", VALUES[0][1]))
    ]
    (found,) = agreement(rated(PEOPLE), undefined, [HIGHER])
    assert found.pairs.songs == 1
    with pytest.raises(UsageError, match="got 1"):
        agreement(rated(PEOPLE), cards[:1], [HIGHER])


@pytest.mark.parametrize("correlation", [pairs_right, kendall, spearman])
def test_correlations_run_over_the_last_axis(correlation):
    both = correlation(np.array(PEOPLE), np.array(VALUES))
    each = [
        float(correlation(np.array(p), np.array(v))) for p, v in zip(PEOPLE, VALUES, strict=True)
    ]
    assert both.tolist() == pytest.approx(each)
    assert each[0] != each[1]

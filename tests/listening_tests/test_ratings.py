"""Listening tests: files are read, raters screened, ratings analysed and compared with metrics."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.listening_tests import ratings
from automix_bench.listening_tests.agreement import agreement, names_of
from automix_bench.listening_tests.analysis import bradley_terry, mixed_model, rank_analysis
from automix_bench.listening_tests.analysis_of_files import METHODS, analysed
from automix_bench.listening_tests.analysis_result import SystemPair
from automix_bench.listening_tests.ratings import (
    Preference,
    Rating,
    preferences,
    read_preferences,
    read_rating_files,
    read_ratings,
)
from automix_bench.listening_tests.screening import screened
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics.preference import strengths
from automix_bench.statistics.rank_correlation import kendall, pairs_right, spearman

MRSTFT, SI_SDR, SDR = (plugin.load("metrics", name) for name in ("mrstft", "si_sdr", "sdr"))
TRUE = {"plain": 40.0, "better": 55.0, "best": 70.0}

COMMON = '"session_test_id","name","session_uuid","trial_id",'
WEBMUSHRA = (
    COMMON
    + """"rating_stimulus","rating_score","rating_time","rating_comment"
"test","Ann","u1","song-1","reference","100","1200",""
"test","Ann","u1","song-1","C1","40","900","dull, but fine"
"test","Bob","u2","song-1","reference","80","1200",""
"test","Bob","u2","song-1","C1","55","900",""
"""
)
PAIRED = (
    COMMON
    + """"choice_reference","choice_non_reference","choice_answer","choice_time"
"test","Ann","u1","song-1","C1","C2","non_reference","900"
"test","Bob","u2","song-1","C1","C2","reference","900"
"""
)
WAET = """<?xml version="1.0" encoding="utf-8"?>
<waetresult key="abc">
  <waet version="1.2.2"/>
  <page ref="song-1-repeat-0" presentedId="0" state="complete">
    <audioelement ref="a1" name="plain" type="normal">
      <value interface-name="quality">0.25</value></audioelement>
    <audioelement ref="a2" type="normal">
      <value interface-name="quality">0.75</value></audioelement>
    <audioelement ref="a0" type="outside-reference"/>
  </page>
  <page ref="song-2" presentedId="1" state="empty">
    <audioelement ref="a1" type="normal">
      <value interface-name="quality">0.1</value></audioelement>
  </page>
</waetresult>
"""


def people(seed=0, raters=12, songs=8, suits=5.0, true=TRUE):
    """Ratings with a truth: systems differ, people are strict or kind, songs hard or easy, and a
    system suits one song better than another."""
    rng = np.random.default_rng(seed)
    strict, hard = rng.normal(0.0, 8.0, raters), rng.normal(0.0, 8.0, songs)
    taste = rng.normal(0.0, suits, (songs, len(true)))
    return [
        Rating(
            f"r{r}",
            f"s{s}",
            system,
            float(
                np.clip(mean + strict[r] + hard[s] + taste[s, n] + rng.normal(0.0, 6.0), 0.0, 100.0)
            ),
        )
        for r in range(raters)
        for s in range(songs)
        for n, (system, mean) in enumerate(true.items())
    ]


def test_webmushra_is_read(tmp_path):
    path = tmp_path / "mushra.csv"
    path.write_text(WEBMUSHRA, encoding="utf-8")
    ratings = read_ratings([path])
    assert len(ratings) == 4
    assert ratings[1] == Rating("u1", "song-1", "C1", 40.0)


def test_waet_is_read_where_a_page_is_complete(tmp_path):
    path = tmp_path / "save-abc.xml"
    path.write_text(WAET, encoding="utf-8")
    expected = (Rating("abc", "song-1", "plain", 25.0), Rating("abc", "song-1", "a2", 75.0))
    assert read_ratings([path]) == read_ratings([tmp_path]) == expected
    assert read_ratings([path], axis="quality") == expected
    with pytest.raises(DatasetError, match="plain on song-1 has no rating of depth"):
        read_ratings([path], axis="depth")
    second = '<value interface-name="depth">0.5</value></audioelement>'
    path.write_text(WAET.replace("</audioelement>", second), encoding="utf-8")
    with pytest.raises(UsageError, match="which question: depth, quality"):
        read_ratings([path])
    assert read_preferences([path], axis="quality") == (Preference("abc", "song-1", "a2", "plain"),)


def test_plain_tables_and_choices_are_read(tmp_path):
    plain, paired, choices = (tmp_path / name for name in ("a.csv", "b.csv", "c.csv"))
    plain.write_text("rater,song,system,score\nann,s,x,10\nann,s,y,20\nann,s,z,20\n")
    paired.write_text(PAIRED)
    choices.write_text("rater,song,better,worse\nann,s,y,x\n")
    assert read_ratings([plain])[0] == Rating("ann", "s", "x", 10.0)
    y_to_x = Preference("ann", "s", "y", "x")
    assert read_preferences([plain]) == (y_to_x, Preference("ann", "s", "z", "x"))
    assert read_preferences([choices]) == (y_to_x,)
    assert read_preferences([paired]) == (
        Preference("u1", "song-1", "C2", "C1"),
        Preference("u2", "song-1", "C1", "C2"),
    )


@pytest.mark.parametrize("method", METHODS)
def test_an_analysis_takes_scores_up_to_100_or_to_what_is_said(tmp_path, method):
    path = tmp_path / "a.csv"
    rows = [
        f"{rater},{song},{system},{score}\n"
        for rater in ("ann", "bob", "cy")
        for song in ("s", "t")
        for system, score in (("x", 10 + len(rater)), ("y", 100), ("z", 40))
    ]
    path.write_text("rater,song,system,score\n" + "".join(rows))
    analysed([path], method)
    path.write_text(path.read_text().replace(",100", ",100.5"))
    with pytest.raises(DatasetError, match=r"wanted a score from 0 to 100, got '100\.5'"):
        analysed([path], method)
    analysed([path], method, highest=101.0)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "rater,song,system,score\nann,s,x,110\n", "line 2: wanted a score from 0 to 100"),
        ("a.csv", "rater,song,system,score\nann,s,x,\n", "line 2: wanted a score from 0 to 100"),
        ("a.csv", "who,what\nann,s\n", "wanted the columns rater,song,system,score"),
        ("a.csv", "rater,song,system,score\n", "no ratings there"),
        ("a.xml", "<waetresult>", "not a result file"),
        ("a.xml", "<html/>", "wanted the root waetresult, got html"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DatasetError, match=message):
        read_ratings([path])


@pytest.mark.parametrize("line", ["ann,s,x", "ann,s,,x", "ann,s,x,x"])
def test_a_choice_that_is_none_is_named(tmp_path, line):
    path = tmp_path / "a.csv"
    path.write_text(f"rater,song,better,worse\nann,s,x,y\n{line}\n")
    with pytest.raises(DatasetError, match="line 3: wanted two systems"):
        read_preferences([path])


def test_who_misses_the_hidden_reference_is_left_out():
    songs = range(20)
    ratings = [Rating("sharp", f"s{n}", "reference", 100.0 if n >= 3 else 50.0) for n in songs]
    ratings += [Rating("deaf", f"s{n}", "reference", 100.0 if n >= 4 else 50.0) for n in songs]
    ratings += [Rating("kind", f"s{n}", "reference", 100.0) for n in songs]
    ratings += [Rating("kind", f"s{n}", "anchor", 95.0 if n < 4 else 20.0) for n in songs]
    screening = screened(ratings, reference="reference", anchor="anchor")
    assert screening.excluded == {
        "deaf": "reference below 90 on 4 of 20",
        "kind": "anchor above 90 on 4 of 20",
    }
    assert {r.rater for r in screening.ratings} == {"sharp"}
    with pytest.raises(UsageError, match="no rating of the hidden reference nobody"):
        screened(ratings, reference="nobody")
    with pytest.raises(UsageError, match="nobody rated the anchor anchr"):
        screened(ratings, reference="reference", anchor="anchr")


def test_the_mixed_model_finds_the_truth():
    analysis = mixed_model(people(raters=10, songs=8))
    assert [s.system for s in analysis.systems] == ["best", "better", "plain"]
    values = {s.system: s.value for s in analysis.systems}
    assert values["best"] - values["plain"] == pytest.approx(30.0, abs=6.0)
    assert all(s.low < s.value < s.high for s in analysis.systems)
    assert all(pair.sure for pair in analysis.pairs)
    assert [s.group for s in analysis.systems] == ["", "", ""]


def test_of_complete_ratings_the_mixed_model_gives_the_plain_means():
    ratings = people(seed=3, raters=6, songs=5)
    for score in mixed_model(ratings).systems:
        plain = np.mean([r.score for r in ratings if r.system == score.system])
        assert score.value == pytest.approx(plain, abs=1e-6)


def test_systems_that_suit_songs_by_chance_are_not_told_apart():
    alike, false_alarms = dict.fromkeys(TRUE, 50.0), 0
    for seed in range(12):
        ratings = people(seed=seed, raters=8, songs=5, suits=10.0, true=alike)
        false_alarms += any(pair.sure for pair in mixed_model(ratings).pairs)
    assert false_alarms <= 2


def test_ranks_find_the_truth_and_are_scipys():
    ratings = people(raters=9, songs=4)
    analysis = rank_analysis(ratings)
    assert [s.system for s in analysis.systems] == ["best", "better", "plain"]
    assert all(pair.sure for pair in analysis.pairs)
    table = np.array(
        [
            [
                np.mean([r.score for r in ratings if (r.rater, r.system) == (f"r{n}", system)])
                for system in TRUE
            ]
            for n in range(9)
        ]
    )
    assert f"{scipy.stats.friedmanchisquare(*table.T).statistic:.2f}" in analysis.said
    with pytest.raises(UsageError, match="rater r0 has not rated best"):
        rank_analysis([r for r in ratings if (r.rater, r.system) != ("r0", "best")])


STRENGTHS = {"a": -1.0, "b": 0.0, "c": 1.0}


def choices(seed, count, raters=30):
    """Choices between two of three systems of known strengths."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        one, other = rng.choice(list(STRENGTHS), 2, replace=False)
        chance = 1.0 / (1.0 + np.exp(STRENGTHS[other] - STRENGTHS[one]))
        better, worse = (one, other) if rng.random() < chance else (other, one)
        yield Preference(f"r{n % raters}", "s", str(better), str(worse))


def test_bradley_terry_finds_the_strengths():
    analysis = bradley_terry(list(choices(0, 3000)))
    assert [s.system for s in analysis.systems] == ["c", "b", "a"]
    for score in analysis.systems:
        assert score.value == pytest.approx(STRENGTHS[score.system], abs=0.15)
    assert all(pair.sure for pair in analysis.pairs)


def test_the_intervals_of_strengths_hold_them():
    held = sum(
        score.low < STRENGTHS[score.system] < score.high
        for seed in range(100)
        for score in bradley_terry(list(choices(seed, 300))).systems
    )
    assert 0.91 <= held / 300 <= 0.99


def test_where_one_wins_always_the_share_of_wins_is_analysed(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"r{n},s{m},best,{worse}\n" for n in range(4) for m in range(3) for worse in "xy"]
    rows += [f"r{n},s{m},x,y\n" for n in range(4) for m in range(3)]
    path.write_text("rater,song,better,worse\n" + "".join(rows))
    analysis = analysed([path], "pairs")
    assert analysis.unit == "% won"
    means = {one.system: one.value for one in analysis.systems}
    assert means == pytest.approx({"best": 100.0, "x": 50.0, "y": 0.0})


@pytest.mark.parametrize(("p", "sure"), [(0.049, True), (0.05, True), (0.051, False)])
def test_a_difference_is_sure_at_the_five_percent_level(p, sure):
    assert SystemPair("a", "b", 1.0, p).sure == sure


@pytest.mark.parametrize(
    ("page", "patterns", "training"),
    [
        ("Warm-up", ("page*", "warm*"), True),
        ("song", ("page*", "warm*"), False),
        ("training", ("none",), False),
        ("training", (), True),
        ("song", (), False),
    ],
)
def test_which_pages_are_training(page, patterns, training):
    assert ratings._is_training(page, patterns) == training


def test_bradley_terry_by_hand():
    # Of two, the odds are those of the wins.
    fitted = strengths(np.array([[0.0, 3.0], [1.0, 0.0]]))
    assert fitted[0] - fitted[1] == pytest.approx(np.log(3.0))
    always = [Preference(f"r{n}", "s", "a", "b") for n in range(5)]
    with pytest.raises(UsageError, match="always preferred"):
        bradley_terry(always)


def cards_of(ratings, data="d" * 64):
    """A card for each system: one metric that hears as people do, one that hears the opposite, and
    one that hears nothing."""
    scores_of = {}
    for r in ratings:
        scores_of.setdefault((r.system, r.song), []).append(r.score)
    cards = []
    for system in dict.fromkeys(r.system for r in ratings):
        scores = []
        for (of, song), values in scores_of.items():
            if of == system:
                mean = float(np.mean(values))
                alike, against = 50.0 - mean / 2.0, -mean / 2.0  # within their ranges
                for metric, value in (("mrstft", alike), ("si_sdr", against), ("sdr", 1.0)):
                    scores.append(Score(f"{song}-0", song, "mix", metric, value))
        cards.append(Scorecard("mixing", 1, data, system, tuple(scores), {}, {}))
    return cards


def test_a_metric_that_hears_as_people_do_agrees_and_one_that_does_not_does_not():
    ratings = people()
    agreements = agreement(ratings, cards_of(ratings), [SI_SDR, SDR, MRSTFT])
    assert [a.metric for a in agreements] == ["mrstft", "sdr", "si_sdr"]
    right, deaf, wrong = agreements
    names = ("kendall", "spearman", "kendall_of_means", "spearman_of_means", "spearman_pooled")
    for name in names:
        assert getattr(right, name).value == pytest.approx(1.0)
        assert getattr(deaf, name).value == 0.0
        assert getattr(wrong, name).value == pytest.approx(-1.0)
    assert (right.pairs.value, deaf.pairs.value, wrong.pairs.value) == (1.0, 0.5, 0.0)
    assert right.systems == 3
    assert right.pairs.songs == 8


def test_half_a_truth_lies_between_and_its_interval_holds_it():
    rng, ratings = np.random.default_rng(0), people(songs=12)
    cards = [
        replace(
            c, scores=tuple(replace(s, value=s.value + rng.normal(0.0, 25.0)) for s in c.scores)
        )
        for c in cards_of(ratings)
    ]
    (agreed,) = agreement(ratings, cards, [MRSTFT])
    assert 0.5 < agreed.pairs.value < 1.0
    assert agreed.pairs.low < agreed.pairs.value < agreed.pairs.high
    assert agreed.spearman_pooled.low < agreed.spearman_pooled.value < agreed.spearman_pooled.high


def test_names_that_differ_are_said_and_those_that_do_not_match_refused():
    ratings = people(songs=3)
    named = [replace(r, system={"best": "C3"}.get(r.system, r.system)) for r in ratings]
    cards = cards_of(ratings)
    (agreed,) = agreement(named, cards, [MRSTFT], names_of(["C3=best"]))
    assert agreed.systems == 3
    (agreed,) = agreement([replace(r, song=f"{r.song}-0") for r in ratings], cards, [MRSTFT])
    assert agreed.pairs.songs == 3
    with pytest.raises(UsageError, match="wanted two systems that are rated and scored, got 0"):
        agreement([replace(r, system=f"x{r.system}") for r in ratings], cards, [MRSTFT])
    with pytest.raises(UsageError, match="no song has ratings and scores of mrstft"):
        agreement([replace(r, song=f"x{r.song}") for r in ratings], cards, [MRSTFT])
    with pytest.raises(DatasetError, match="different data sets"):
        agreement(ratings, [cards[0], *cards_of(ratings, "e" * 64)[1:]], [MRSTFT])
    with pytest.raises(UsageError, match="wanted a name in the ratings="):
        names_of(["C3"])


def test_examples_of_one_song_are_no_songs_of_their_own():
    rng, ratings = np.random.default_rng(1), people(songs=6)
    cards = []
    for card in cards_of(ratings):
        off = {s.song: rng.normal(0.0, 25.0) for s in card.scores}
        cards.append(
            replace(
                card,
                scores=tuple(
                    replace(s, example=f"{s.song}-{n}", value=s.value + off[s.song])
                    for s in card.scores
                    for n in range(4)
                ),
            )
        )
    (once,) = agreement(ratings, cards, [MRSTFT])
    four_times = [replace(r, song=f"{r.song}-{n}") for r in ratings for n in range(4)]
    (again,) = agreement(four_times, cards, [MRSTFT])
    for name in ("pairs", "kendall", "spearman", "kendall_of_means", "spearman_pooled"):
        one, other = getattr(once, name), getattr(again, name)
        assert other.songs == 6
        expected = pytest.approx((one.value, one.low, one.high))
        assert (other.value, other.low, other.high) == expected


def test_where_people_hear_no_difference_nothing_agrees():
    ratings = [replace(r, score=50.0) for r in people(raters=2, songs=3)]
    (agreed,) = agreement(ratings, cards_of(people(raters=2, songs=3)), [MRSTFT])
    for name in ("pairs", "kendall_of_means", "spearman_pooled"):
        one = getattr(agreed, name)
        assert np.isnan([one.value, one.low, one.high]).all()


def test_two_cards_of_one_model_are_refused():
    ratings = people(songs=3)
    cards = cards_of(ratings)
    with pytest.raises(UsageError, match="two scorecards of plain"):
        agreement(ratings, [*cards, cards[0]], [MRSTFT])


rows = st.lists(st.integers(0, 4), min_size=2, max_size=8)


@settings(deadline=None)
@given(rows, st.integers(0, 1000))
def test_correlations_are_scipys(people, seed):
    values = np.random.default_rng(seed).integers(0, 5, len(people)).astype(float)
    scores = np.array(people, float)
    if len(set(people)) == 1:
        assert np.isnan(kendall(scores, values))
        assert np.isnan(pairs_right(scores, values))
    elif len(set(values)) == 1:
        assert kendall(scores, values) == spearman(scores, values) == 0.0
    else:
        assert kendall(scores, values) == pytest.approx(scipy.stats.kendalltau(scores, values)[0])
        assert spearman(scores, values) == pytest.approx(scipy.stats.spearmanr(scores, values)[0])


def test_choices_of_scores_leave_out_ties():
    ratings = [
        Rating("r", "s", name, score) for name, score in (("a", 1.0), ("b", 1.0), ("c", 3.0))
    ]
    assert preferences(ratings) == (Preference("r", "s", "c", "a"), Preference("r", "s", "c", "b"))


def test_the_commands_say_it(tmp_path):
    ratings = people(raters=6, songs=4)
    lines = [f"{r.rater},{r.song},{r.system},{r.score}" for r in ratings]
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(["rater,song,system,score", *lines]))
    cards = []
    for card in cards_of(ratings):
        card.write(tmp_path / f"{card.model}.json")
        cards.append(str(tmp_path / f"{card.model}.json"))

    def output_of(*arguments, code=0):
        result = CliRunner().invoke(cli.app, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    assert "mixed model: 72 ratings by 6 raters" in output_of("ratings", str(path))
    ranks = json.loads(output_of("ratings", str(path), "--analysis", "ranks", "--json"))
    assert ranks["systems"][0]["system"] == "best"
    shown = output_of("agreement", str(path), *cards)
    assert "3 systems on 4 songs" in shown
    facts = json.loads(output_of("agreement", str(path), *cards, "--metric", "mrstft", "--json"))
    assert facts[0]["pairs"]["value"] == 1.0


def test_choices_without_a_rater_are_named(tmp_path):
    """webMUSHRA's `write.php` has no column of raters in its table of paired comparisons."""
    path = tmp_path / "paired_comparison.csv"
    path.write_text(
        "session_test_id,trial_id,choice_reference,choice_non_reference,choice_answer,choice_time\n"
        "t,p1,A,B,reference,3\n"
    )
    with pytest.raises(DatasetError, match="add a column session_uuid that tells raters apart"):
        read_rating_files([path])
    assert list(read_rating_files([tmp_path]).unread) == [str(path)]

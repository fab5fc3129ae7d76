"""What decides a board, by kind: coverage, failures, statuses, signs and shares, all by hand."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.audio import Audio, rms_db
from automix_bench.catalogue.tasks import task_named
from automix_bench.charts.number_text import interval, percent
from automix_bench.errors import DatasetError
from automix_bench.evaluation.board_cells import ranked
from automix_bench.evaluation.compare import compare, improvement
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.run_folder import StoredAnswer
from automix_bench.evaluation.score import _scores
from automix_bench.evaluation.strata import strata
from automix_bench.example import Example
from automix_bench.isolation.answer_faults import why_not_comparable
from automix_bench.listening_tests.agreement import Rating, agreement
from automix_bench.metric import metric
from automix_bench.model import Answer
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics import Estimate
from automix_bench.statistics.ranking import Standing

MRSTFT, SI_SDR = (plugin.load("metrics", name) for name in ("mrstft", "si_sdr"))
MIXING = replace(task_named("mixing"), metrics=(MRSTFT,))
UP = replace(task_named("mixing"), metrics=(SI_SDR,))


def card(model, values, measure="mrstft", **changed):
    """A card with one value a song."""
    scores = tuple(Score(f"s{n:03}-1", f"s{n:03}", "mix", measure, v) for n, v in enumerate(values))
    cost = {"audio_seconds": 30.0, "work_seconds": 0.5}
    made = Scorecard("mixing", MIXING.version, "d" * 64, model, scores, cost, {})
    return replace(made, **changed)


def failing(of, count, worst=50.0):
    scores = [replace(s, status="failed", value=worst) for s in of.scores[:count]]
    return replace(of, scores=(*scores, *of.scores[count:]))


def rows_of(*cards, task=MIXING):
    return {row.model: row for row in board(task, list(cards)).rows}


def floor_and_ceiling(songs, floor=4.0, ceiling=0.0, measure="mrstft"):
    return (
        card("plain_sum", [floor] * songs, measure),
        card("oracle", [ceiling] * songs, measure),
    )


# --- coverage and failures --------------------------------------------------------------------


@pytest.mark.parametrize("failed", [1, 2, 199])
def test_one_failure_in_two_hundred_leaves_a_model_without_a_rank(failed):
    """Coverage of 99.5 %, of 99 % and of half a per cent."""
    best = failing(card("best", [0.001] * 200), failed, worst=0.001)
    rows = rows_of(*floor_and_ceiling(200), card("whole", [3.0] * 200), best)
    assert (rows["whole"].rank, rows["best"].rank, rows["best"].standing) == (1, None, None)
    assert rows["best"].coverage == pytest.approx(1.0 - failed / 200)
    assert "100 %" not in percent(rows["best"].coverage)


def test_failed_models_stand_last_however_good_they_are():
    cards = (
        *floor_and_ceiling(10),
        failing(card("a failed", [0.0] * 10), 1, worst=0.0),
        card("poor", [9.0] * 10),
        failing(card("b failed", [1.0] * 10), 1, worst=1.0),
        card("good", [1.0] * 10),
    )
    for given in (cards, cards[::-1]):
        order = [row.model for row in board(MIXING, list(given)).rows]
        assert order == ["oracle", "good", "plain_sum", "poor", "a failed", "b failed"]


def test_a_failed_floor_stands_last_too_and_the_gain_is_still_over_it():
    floor, ceiling = floor_and_ceiling(10)
    rows = board(MIXING, [failing(floor, 2, worst=4.0), ceiling, card("m", [3.0] * 10)]).rows
    assert [row.model for row in rows] == ["oracle", "m", "plain_sum"]
    assert rows[1].gain.value == pytest.approx(1.0)


def test_equal_models_share_a_rank_and_the_next_counts_them_all():
    cards = [card(m, [v] * 6) for m, v in (("a", 1.0), ("b", 1.0), ("c", 2.0), ("d", 3.0))]
    rows = rows_of(*floor_and_ceiling(6), *cards)
    assert [rows[name].rank for name in "abcd"] == [1, 1, 3, 4]


def test_undefined_everywhere_is_last_of_those_that_answered():
    nan = [math.nan] * 6
    cards = [card(m, nan, "mrstft") for m in ("plain_sum", "oracle", "m")]
    assert all(math.isnan(row.covered) for row in board(MIXING, cards).rows)


def test_the_share_covered_by_hand():
    """Floor 4, ceiling 0: a mean of 3 covers a quarter, of 5 minus a quarter; the floor nothing."""
    cards = [card("third", [3.0] * 6), card("behind", [5.0] * 6)]
    rows = rows_of(*floor_and_ceiling(6), *cards)
    covered = {model: row.covered for model, row in rows.items()}
    assert covered == {"plain_sum": 0.0, "oracle": 1.0, "third": 0.25, "behind": -0.25}
    assert rows["third"].gain.value == 1.0
    assert rows["behind"].gain.value == -1.0
    same = rows_of(*floor_and_ceiling(6, floor=0.0), cards[0])
    assert math.isnan(same["third"].covered)


def test_the_share_covered_and_the_gain_where_up_is_better():
    floor, ceiling = floor_and_ceiling(6, floor=0.0, ceiling=40.0, measure="si_sdr")
    rows = rows_of(floor, ceiling, card("m", [10.0] * 6, "si_sdr"), task=UP)
    assert (rows["m"].covered, rows["m"].gain.value, rows["m"].rank) == (0.25, 10.0, 1)


PERCENTS = {
    0.0: "0 %",
    -0.001: "0 %",
    -0.25: "-25 %",
    0.9949: "99 %",
    0.995: "99.5 %",
    0.9996: "99.9 %",
    0.99999: "99.9 %",
    1.0: "100 %",
    1.004: "100 %",
    1.25: "125 %",
    math.nan: "–",
}


@pytest.mark.parametrize("share", PERCENTS)
def test_a_share_is_never_rounded_up_to_all(share):
    assert percent(share) == PERCENTS[share]


# --- what makes an answer a failure, and a score undefined ------------------------------------


def level(db, length=4_410):
    """A square wave of this RMS level."""
    wave = np.tile(np.float32([1.0, -1.0]), length // 2) * np.float32(10.0 ** (db / 20.0))
    return Audio(np.stack([wave, wave]), 44_100)


SILENCES = [(-300.0, -300.0, ""), (-300.0, -90.0, ""), (-90.0, -300.0, "")]
SILENCES += [(-90.0, -79.9, "silent"), (-300.0, -20.0, "silent"), (-79.9, -79.9, "")]
SILENCES += [(-79.9, -20.0, ""), (-20.0, -300.0, ""), (-80.1, -80.1, "")]


@pytest.mark.parametrize(("answer", "target", "why"), SILENCES)
def test_silence_is_a_failure_only_where_sound_was_wanted(answer, target, why):
    fault = why_not_comparable("mix", level(target), {"mix": level(answer)})
    assert (why in fault) if why else not fault, (fault, rms_db(level(answer)))


def fixed(value, name="fixed"):
    made = metric(
        name=name,
        description="A value that the test chooses; NaN for a quiet reference.",
        unit="1",
        better="higher",
        low=-1.0,
        high=1.0,
        perfect=1.0,
        source="none",
    )
    return made(lambda *, reference, estimate: value(reference, estimate))


class Shown(Example):
    """An example with nothing but names and a target."""

    id = "x-1"

    def __init__(self, target):
        object.__setattr__(self, "song", "x")
        object.__setattr__(self, "target", target)


def scored(target, stems, *metrics, failure=""):
    task = replace(MIXING, wanted=lambda example: Answer(example.target), metrics=metrics)
    example = Shown(target)
    return list(_scores(task, example, task.wanted(example), StoredAnswer(stems, failure)))


def test_a_score_is_ok_undefined_or_failed():
    """Undefined where the metric says NaN, ok at any number, failed with the worst value."""
    nan, half = fixed(lambda r, e: math.nan, "nan"), fixed(lambda r, e: 0.5, "half")
    beyond = fixed(lambda r, e: -math.inf, "beyond")
    target, answer = {"mix": level(-20.0)}, {"mix": level(-26.0)}
    scores = {s.metric: s for s in scored(target, answer, nan, half, beyond)}
    assert [scores[name].status for name in ("nan", "half", "beyond")] == ["undefined", "ok", "ok"]
    assert math.isnan(scores["nan"].value)
    assert (scores["half"].value, scores["beyond"].value) == (0.5, -1.0)
    assert {s.reason for s in scores.values()} == {""}
    for stems, failure in (({}, "no answer"), ({"bass": level(-20.0)}, ""), (answer, "broke")):
        for one in scored(target, stems, nan, half, failure=failure):
            assert (one.status, one.value) == ("failed", -1.0)
            assert one.reason


def test_a_right_silent_answer_to_a_silent_target_is_no_failure():
    silent = {"mix": level(-300.0)}
    defined = fixed(lambda r, e: 1.0)
    (one,) = scored(silent, silent, defined)
    assert (one.status, one.value, one.reason) == ("ok", 1.0, "")


# --- signs ------------------------------------------------------------------------------------


VALUES = [1.0, 2.0, 4.0, 1.5, 2.5, 3.0, 2.0]
GAINS = [0.5, 0.1, 0.9, -0.2, 0.4, 0.3, 0.6]
MEAN = sum(GAINS) / 7
SPREAD = math.sqrt(sum((g - MEAN) ** 2 for g in GAINS) / 6)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("measure", "sign"), [(MRSTFT, -1.0), (SI_SDR, 1.0)])
def test_all_of_a_difference_changes_sides_together(measure, sign, turned):
    """By hand, whichever card comes first and whichever direction is better."""
    one = card("better", [v + sign * g for v, g in zip(VALUES, GAINS, strict=True)], measure.name)
    other = card("worse", VALUES, measure.name)
    (d,) = compare([other, one] if turned else [one, other], [measure]).differences
    assert (d.one, d.other) == ("better", "worse")
    mean, pair = d.paired.difference, d.paired
    assert mean.value == pytest.approx(MEAN)
    assert mean.low < MEAN < mean.high
    assert mean.low > -0.2
    assert pair.effect == pytest.approx(MEAN / SPREAD)
    assert (pair.won, pair.lost) == (6, 1)
    assert list(pair.songs.values()) == pytest.approx(sorted(GAINS, reverse=True))
    assert next(iter(pair.songs)) == "s002"
    assert list(pair.songs)[-1] == "s003"


def test_turned_or_not_the_interval_is_the_same():
    one = card("better", [v - g for v, g in zip(VALUES, GAINS, strict=True)])
    other = card("worse", VALUES)
    (there,), (back,) = (
        compare(pair, [MRSTFT]).differences for pair in ([one, other], [other, one])
    )
    ends = [(d.paired.difference.low, d.paired.difference.high) for d in (there, back)]
    assert ends[0] == pytest.approx(ends[1], rel=0.05)
    assert there.p == back.p


# --- intervals stay in range; one song has none ------------------------------------------------


def test_an_estimate_is_cut_to_the_range_of_its_statistic():
    assert Estimate(0.9, 0.7, 1.3, 5).within(0.0, 1.0) == Estimate(0.9, 0.7, 1.0, 5)
    assert Estimate(0.1, -0.3, 0.4, 5).within(0.0, 1.0) == Estimate(0.1, 0.0, 0.4, 5)
    assert Estimate(2.0, -3.0, 3.0, 5).within(-1.0, 1.0) == Estimate(1.0, -1.0, 1.0, 5)
    alone = Estimate(0.5, math.nan, math.nan, 1).within(0.0, 1.0)
    assert (alone.value, alone.songs) == (0.5, 1)
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)


@pytest.mark.parametrize("songs", [2, 3, 4, 8])
def test_every_interval_stays_within_the_range_of_its_statistic(songs):
    rng = np.random.default_rng(songs)
    low = card("low", np.where(rng.random(songs) < 0.5, 0.0, 50.0))
    high = card("high", np.where(rng.random(songs) < 0.5, 0.0, 50.0))
    for mean in (low.estimate(MRSTFT), high.estimate(MRSTFT)):
        assert 0.0 <= mean.low <= mean.value <= mean.high <= 50.0
    for gain in (
        improvement(low, high, MRSTFT),
        compare([low, high], [MRSTFT]).differences[0].paired.difference,
        rows_of(*floor_and_ceiling(songs), low)["low"].gain,
    ):
        assert -50.0 <= gain.low <= gain.value <= gain.high <= 50.0


@pytest.mark.parametrize("songs", [1, 2, 3, 6])
def test_agreement_lies_between_minus_one_and_one(songs):
    """A metric that is nearly always right: Student's interval would pass 1."""
    cards = [card(m, [float(n)] * songs) for n, m in enumerate(("a", "b", "c", "d"))]
    turned = cards[1].scores[0]
    cards[1] = replace(cards[1], scores=(replace(turned, value=2.5), *cards[1].scores[1:]))
    ratings = [
        Rating("r", f"s{song:03}", model, 90.0 - 20.0 * n)
        for song in range(songs)
        for n, model in enumerate(("a", "b", "c", "d"))
    ]
    (one,) = agreement(ratings, cards, [MRSTFT])
    for estimate, least in (
        (one.pairs, 0.0),
        *((e, -1.0) for e in (one.kendall, one.spearman, one.kendall_of_means)),
        (one.spearman_of_means, -1.0),
        (one.spearman_pooled, -1.0),
    ):
        assert least <= estimate.value <= 1.0
        if songs > 1:
            assert least <= estimate.low <= estimate.high <= 1.0
        else:
            assert math.isnan(estimate.low)
            assert math.isnan(estimate.high)


def outputs_of_one_song(tmp_path):
    paths = []
    first = task_named("mixing").metrics[0].name
    for of in (*floor_and_ceiling(1, measure=first), card("m", [2.0], first)):
        of.write(tmp_path / f"{of.model}.json")
        paths.append(str(tmp_path / f"{of.model}.json"))
    for command in (
        *(("board", "mixing", *paths, form) for form in ("--markdown", "--latex", "--csv")),
        ("board", "mixing", *paths, "--json"),
        ("board", "mixing", *paths),
        ("compare", *paths),
        ("compare", *paths, "--json"),
    ):
        done = CliRunner().invoke(cli.app, list(command))
        assert done.exit_code == 0, done.output
        yield command[0], command[-1], done.stdout


def test_one_song_has_no_interval_in_any_output(tmp_path):
    for name, form, text in outputs_of_one_song(tmp_path):
        assert "nan" not in text.lower().replace("frenan", ""), (name, form)
        if form == "--json":
            facts = json.loads(text)
            means = [r["gain"] for r in facts["rows"]] if name == "board" else []
            means += [d["difference"] for d in facts.get("differences", [])]
            assert means
            assert all(mean["low"] is None and mean["high"] is None for mean in means)
        elif form != "--csv":
            assert "no interval" in text, (name, form)
    frame = board(MIXING, [*floor_and_ceiling(1), card("m", [2.0])]).to_frame()
    assert pd.isna(frame[["gain_low", "gain_high", "mrstft_low", "mrstft_high"]]).all(axis=None)


def test_strata_of_one_song_have_no_interval():
    (one,) = strata(card("m", [2.0]), [MRSTFT], lambda score: score.stem)
    assert interval(one.estimate) == "2.00"


INTERVALS = [
    (Estimate(1.0, 0.5, 1.5, 3), "1.00 [0.50, 1.50]"),
    (Estimate(1.0, math.nan, math.nan, 1), "1.00"),
    (Estimate(1.0, 0.5, math.nan, 1), "1.00"),
    (Estimate(math.nan, math.nan, math.nan, 0), "–"),
]


@pytest.mark.parametrize(("estimate", "text"), INTERVALS)
def test_an_interval_as_text(estimate, text):
    assert interval(estimate) == text


def test_a_rank_as_text():
    row = rows_of(*floor_and_ceiling(6), card("m", [1.0] * 6))["m"]
    assert ranked(replace(row, rank=2, standing=Standing(1, 3, "ab"))) == "2 [1–3] ab"
    assert ranked(replace(row, rank=2, standing=Standing(2, 2, ""))) == "2"
    assert ranked(replace(row, rank=None, standing=None)) == "–"


# --- what needs several stems -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["bss_sir", "balance_error"])
def test_what_compares_stems_is_undefined_where_one_alone_sounds(name):
    """Neither perfect nor worst, whatever the answer; with a second stem that sounds it is."""
    measure = plugin.load("metrics", name)
    rng = np.random.default_rng(0)

    def noise():
        samples = 0.1 * rng.standard_normal((2, 2 * 44_100))
        return Audio(samples.astype(np.float32), 44_100)

    one, other, silent = noise(), noise(), noise().scaled(0.0)
    for references in ({"mix": one}, {"mix": one, "bass": silent}):
        for answer in (one, one.scaled(0.5), other, silent):
            values = measure.of_stems(
                references=references, estimates={**references, "mix": answer}
            )
            assert all(map(math.isnan, values.values())), (references.keys(), values)
    both = {"mix": one, "bass": other}
    values = measure.of_stems(references=both, estimates=both)
    assert list(values.values()) == pytest.approx([measure.perfect] * 2, abs=measure.step / 1000)


def test_a_board_refuses_two_cards_of_one_model_and_no_card_of_the_first_metric():
    floor, ceiling = floor_and_ceiling(6)
    with pytest.raises(DatasetError, match="two cards of m"):
        board(MIXING, [floor, ceiling, card("m", [1.0] * 6), card("m", [2.0] * 6)])
    with pytest.raises(DatasetError, match="the card of m has no scores of mrstft"):
        board(MIXING, [floor, ceiling, card("m", [1.0] * 6, "sdr")])

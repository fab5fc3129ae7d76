"""The statistics of the ladder, and its report."""

import csv
import json
import re
from math import inf

import numpy as np
import pytest

from automix_bench.errors import DatasetError
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics import Estimate
from experiments.separation_for_mixing.analysis import (
    Margin,
    Step,
    answers_of,
    sizes_equivalent,
    step_between,
)
from experiments.separation_for_mixing.ladder import fixed
from experiments.separation_for_mixing.redraws import redrawn, table_of
from experiments.separation_for_mixing.report import METRICS, write_report
from experiments.separation_for_mixing.run import KEPT, main

FLOOR = "equal_loudness"


def table(**arms):
    """Values of 40 songs: those of each arm lie so much above those of `equal_loudness`."""
    songs = np.random.default_rng(0).normal(5.0, 1.0, 40)
    made = {("equal_loudness", 0, 0): {f"s{n}": float(v) for n, v in enumerate(songs)}}
    for arm, (offset, seeds) in arms.items():
        for seed in range(seeds):
            noise = np.random.default_rng([seed, len(arm), round(1e3 * abs(offset))])
            values = songs + offset + 0.1 * noise.standard_normal(40)
            made[arm.replace("_", "-"), 200, seed] = {
                f"s{n}": float(v) for n, v in enumerate(values)
            }
    return made


def test_steps_are_differences_with_the_right_sign_and_verdict():
    answers = answers_of(
        table(T=(-2.0, 3), T4=(-1.9, 3), W4=(-1.7, 3), S4_6=(-1.0, 3), S4_3=(-1.8, 3)), fixed(), 200
    )
    assert answers.gain.difference.value == pytest.approx(-2.0, abs=0.05)
    assert answers.margin == pytest.approx(0.5, abs=0.02)
    by_arm = {step.after: step for step in answers.ladder}
    assert set(by_arm) == {"T4", "W4", "S4-6", "S4-3"}  # the other arms are not there
    assert by_arm["S4-6"].difference.value == pytest.approx(0.7, abs=0.05)
    assert by_arm["S4-6"].verdict == "worse by more than the margin"
    assert by_arm["T4"].verdict == "worse, within the margin"
    assert by_arm["S4-3"].verdict == "better"
    assert by_arm["S4-6"].seeds == (3, 3)
    alone = step_between(table(T=(-2.0, 3), T4=(-1.9, 3)), ("T", 200), ("T4", 200), "", fixed())
    assert by_arm["T4"].p == pytest.approx(4.0 * alone.p)  # by Holm: the least of four


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.3, -0.1, "better"),
        (-0.3, 0.1, "within the margin"),
        (0.1, 0.2, "worse, within the margin"),
        (0.1, 0.6, "worse, perhaps within the margin"),
        (-0.1, 0.6, "not decided"),
        (0.6, 0.7, "worse by more than the margin"),
        (float("nan"), float("nan"), "no interval"),
    ],
)
def test_verdicts(low, high, verdict):
    beyond = Estimate(0.0, low - 0.5, high - 0.5, 10)
    step = Step("a", "b", "", Estimate(0.0, low, high, 10), 0.5, (3, 3), beyond)
    assert step.verdict == verdict


@pytest.mark.parametrize("gain", [0.0, 0.4])
def test_without_a_gain_there_is_no_margin_to_be_within(gain):
    answers = answers_of(table(T=(gain, 3), T4=(gain + 0.1, 3)), fixed(), 200)
    assert answers.margin is None
    assert answers.ladder[0].verdict == "worse"
    assert not answers.kept
    step = Step("a", "b", "", Estimate(0.0, -0.1, 0.2, 10), 0.5, (3, 3))
    assert step.verdict == "not decided"


def test_the_margin_is_as_uncertain_as_the_gain_that_it_is_a_share_of():
    """The loss lies just above a quarter of the gain; whether it does with other songs depends on
    the gain as much as on the loss."""
    songs = [f"s{n}" for n in range(40)]
    gains = 2.0 + 2.0 * np.random.default_rng(2).standard_normal(40)
    rows = {
        (FLOOR, 0, 0): dict.fromkeys(songs, 5.0),
        ("a", 200, 0): {song: 5.0 - gain for song, gain in zip(songs, gains, strict=True)},
        ("b", 200, 0): {song: 5.6 - gain for song, gain in zip(songs, gains, strict=True)},
    }
    margin = Margin((FLOOR, 0), ("a", 200), 0.25)
    step = step_between(rows, ("a", 200), ("b", 200), "", fixed(), margin)
    assert step.difference.low == pytest.approx(step.difference.high)  # the loss itself is sure
    spread = 0.25 * gains.std() / np.sqrt(40.0)
    assert step.beyond.value == pytest.approx(0.6 - 0.25 * gains.mean())
    assert step.beyond.high - step.beyond.low == pytest.approx(3.92 * spread, rel=0.05)
    assert step.verdict == "worse, perhaps within the margin"
    as_much = {song: 5.0 - 0.75 * gain for song, gain in zip(songs, gains, strict=True)}
    rows["b", 200, 0] = as_much
    exact = step_between(rows, ("a", 200), ("b", 200), "", fixed(), margin)
    assert np.allclose([exact.beyond.low, exact.beyond.high], 0.0, atol=1e-9)


def test_the_interval_is_for_other_seeds_too():
    """Two arms whose seeds differ much more than their songs: one seed cannot show that."""
    songs = {f"s{n}": 0.0 for n in range(30)}
    rows = {
        ("a", 200, seed): {s: value for s in songs} for seed, value in enumerate((0.0, 1.0, 2.0))
    }
    rows |= {("b", 200, seed): {s: 1.5 for s in songs} for seed in range(3)}
    step = step_between(rows, ("a", 200), ("b", 200), "", fixed())
    assert step.difference.value == pytest.approx(0.5)
    assert step.difference.low < -0.3 < 1.3 < step.difference.high
    assert step.p > 0.2
    one = {key: values for key, values in rows.items() if key[2] == 0}
    alone = step_between(one, ("a", 200), ("b", 200), "", fixed())
    assert (alone.difference.low, alone.difference.high) == (1.5, 1.5)


def test_the_bootstrap_is_right_where_the_answer_is_known():
    """With one seed it is the bootstrap of a mean: its width is 3.92 standard errors."""
    rng = np.random.default_rng(1)
    difference = rng.normal(0.2, 1.0, 100)
    rows = {
        ("a", 200, 0): {f"s{n}": 0.0 for n in range(100)},
        ("b", 200, 0): {f"s{n}": float(v) for n, v in enumerate(difference)},
    }
    step = step_between(rows, ("a", 200), ("b", 200), "", fixed())
    width = step.difference.high - step.difference.low
    assert width == pytest.approx(3.92 * difference.std() / 10.0, rel=0.05)


def curves(**of):
    """Values of 30 songs of two seeds: all of them at the points of each curve."""
    return {
        (arm.replace("_", "-"), size, seed): {f"s{n}": value for n in range(30)}
        for arm, points in of.items()
        for size, value in points.items()
        for seed in (0, 1)
    }


def test_songs_that_train_as_well():
    true = {25: 4.0, 100: 3.0, 400: 2.0}
    rows = curves(T=true, S4_6={25: 5.0, 100: 3.5, 400: 2.5, 800: 1.0})
    equal = sizes_equivalent(rows, "S4-6", "T", fixed())
    assert {size: one.value for size, one in equal.items()} == {
        25: 0.0,  # worse than the fewest
        100: pytest.approx(50.0),
        400: pytest.approx(200.0),
        800: inf,
    }
    same = sizes_equivalent(rows, "T", "T", fixed())
    assert [round(one.value) for one in same.values()] == [25, 100, 400]
    rises = curves(T={25: 4.0, 100: 3.0, 400: 3.4}, S4_6={100: 3.2})
    assert sizes_equivalent(rises, "S4-6", "T", fixed())[100].value < 100.0
    falls_again = curves(T={25: 4.0, 100: 3.0, 400: 3.4, 800: 2.9}, S4_6={100: 2.95})
    half_way = sizes_equivalent(falls_again, "S4-6", "T", fixed())[100].value
    assert half_way == pytest.approx(400.0 * 2.0**0.5)  # from 3.0, not from 3.4
    assert sizes_equivalent(curves(T={25: 4.0}, W4={25: 4.0}), "W4", "T", fixed()) == {}
    assert sizes_equivalent(curves(T=true), "W4", "T", fixed()) == {}


def test_songs_that_train_as_well_have_an_interval():
    rng = np.random.default_rng(3)
    songs = rng.normal(0.0, 1.0, 60)
    rows = {
        (arm, size, 0): {
            f"s{n}": float(level + song + 0.5 * rng.standard_normal())
            for n, song in enumerate(songs)
        }
        for arm, levels in (("T", {25: 4.0, 100: 3.0, 400: 2.0}), ("W4", {100: 3.5}))
        for size, level in levels.items()
    }
    one = sizes_equivalent(rows, "W4", "T", fixed())[100]
    assert 25.0 < one.low < one.value < one.high < 100.0
    assert one.value == pytest.approx(50.0, rel=0.3)


def test_every_arm_meets_the_same_redrawn_songs():
    rows = table(T=(-2.0, 1), T4=(-2.0, 1))
    songs = sorted(rows[FLOOR, 0, 0])
    floor, arm = (redrawn(rows, of, songs, 500) for of in ((FLOOR, 0), ("T", 200)))
    assert np.corrcoef(floor.draws, arm.draws)[0, 1] > 0.98  # songs differ much more than arms
    assert (arm - floor).draws.std() < 0.2 * floor.draws.std()


def test_seeds_that_lack_a_song_are_compared_on_the_songs_that_all_have():
    rows = table(T=(-2.0, 2), T4=(-1.9, 2))
    del rows["T4", 200, 1]["s7"]
    answers = answers_of(rows, fixed(), 200)
    assert answers.ladder[0].difference.songs == 39
    assert answers.gain.difference.songs == 40


def test_the_share_of_the_gain_that_an_arm_has():
    answers = answers_of(table(T=(-2.0, 2), R4=(-0.5, 2)), fixed(), 200)
    assert answers.kept["T"].value == answers.kept["T"].low == 1.0
    assert answers.kept["R4"].value == pytest.approx(0.25, abs=0.02)
    assert answers.kept["R4"].low < 0.25 < answers.kept["R4"].high
    beside = {step.after: step for step in answers.beside}
    assert beside["R4"].difference.value == pytest.approx(-0.5, abs=0.05)


def test_what_was_asked_for_afterwards_is_told_as_such(tmp_path):
    values = table(T=(-2.0, 1), T4=(-1.9, 1), M=(-1.9, 1))
    values["T4", 100, 0] = {song: value + 0.2 for song, value in values["T4", 200, 0].items()}
    text = report_of(tmp_path, {"test": values})
    title = "## Asked for after the first results, seeds: 1"
    part = text[text.index(title) : text.index("## Arms")]
    assert "| 100 more true songs, as groups | T4 | T4 | -0.20 [-0.20, -0.20] | better |" in part
    assert title not in text[: text.index("## The ladder")]


def card(model, values, dataset="0" * 64):
    scores = [
        Score(f"{song}_0000", song, "mix", metric.name, value)
        for song, value in values.items()
        for metric in METRICS
    ]
    cost = {"audio_seconds": 1.0, "work_seconds": 1.0}
    return Scorecard("mixing_raw", 1, dataset, model, tuple(scores), cost, {})


def report_of(out, tables, **scale):
    """The report of these values, by data set."""
    cells = {f"{arm}_{songs}_{seed}" for arm, songs, seed in tables["test"] if songs}
    (out / "scale.json").write_text(json.dumps({"main": 200, "cells": sorted(cells), **scale}))
    for data, values in tables.items():
        folder = out / "cards" / data
        folder.mkdir(parents=True, exist_ok=True)
        for (arm, songs, seed), of in values.items():
            name = f"{arm}_{songs}_{seed}" if songs else arm
            card(name, of).write(folder / f"{name}.json")
    return write_report(out, out / "report")


def test_the_report_tells_what_is_there_and_what_is_not(tmp_path):
    cells = ["T_200_0", "T4_200_0", "W4_200_0", "S4-6_200_0", "T_25_0", "S4-3_200_0"]
    values = table(T=(-2.0, 1), T4=(-1.9, 1), W4=(-1.7, 1), S4_6=(-1.0, 1))
    values["T", 25, 0] = {song: value + 0.5 for song, value in values["T", 200, 0].items()}
    text = report_of(tmp_path, {"test": values}, cells=cells)
    assert "Not run yet: 1 trainings of 6." in text
    assert re.search(r"\| separation at 6 dB SDR \| W4 \| S4-6 \| 0\.(69|7)", text)
    assert "worse by more than the margin" in text
    assert "| T | the tracks | " in text
    assert re.search(r"\| 100 % \[100 %, 100 %\] \|", text)
    assert re.search(r"200 songs of arm S4-6 train as well as fewer than 25 .*of arm T\.", text)
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["missing"] == ["S4-3_200_0"]
    assert results["margin_db"] == pytest.approx(0.5, abs=0.05)
    assert set(results["curve"]) == {"T 200", "T 25", "W4 200", "S4-6 200"}
    scores = (tmp_path / "report" / "scores.csv").read_text()
    rows = list(csv.DictReader(scores.splitlines()))
    assert len(rows) == 6 * 40
    assert {"arm", "songs", "seed", "song", "audible_distance"} <= set(rows[0])
    page = (tmp_path / "report" / "index.html").read_text()
    assert "The ladder" in page
    assert "Learning curves" in page


def test_scorecards_of_another_data_set_are_not_compared(tmp_path):
    folder = tmp_path / "cards" / "test"
    folder.mkdir(parents=True)
    card("a", {"s": 1.0}).write(folder / "a.json")
    card("b", {"s": 1.0}, dataset="1" * 64).write(folder / "b.json")
    with pytest.raises(DatasetError, match=r"b\.json: expected .* 0000000000000000…, .* 1111111"):
        table_of(folder, METRICS[0])


def test_the_report_places_the_trained_separator_on_the_curve(tmp_path):
    values = table(T=(-2.0, 1), W4=(-1.7, 1), S4_6=(-1.4, 1), S4_3=(-1.0, 1), R4=(-1.2, 1))
    assert "SDR of" not in report_of(tmp_path, {"test": values})
    (tmp_path / "cards" / "separator").mkdir()
    told = {"by_group": {"bass": 4.5}, "sdr_db": 4.5, "examples": 7}
    (tmp_path / "cards" / "separator" / "R4.json").write_text(json.dumps(told))
    text = write_report(tmp_path, tmp_path / "report")
    assert "arm R4 has an SDR of 4.5 dB, the mean over groups and 7 excerpts" in text
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["separator_expected_loss_db"] == pytest.approx(0.5, abs=0.05)
    assert f"costs {results['separator_expected_loss_db']:.2f} dB by the curve of S4" in text
    assert re.search(r"R4: 0\.[45]", (tmp_path / "report" / "index.html").read_text())


def test_music_of_others_has_a_margin_only_if_training_gains_there(tmp_path):
    tables = {
        "test": table(T=(-2.0, 1), T4=(-1.9, 1), M=(-1.8, 1)),
        "real": table(T=(1.0, 1), T4=(0.5, 1), M=(0.6, 1)),
    }
    text = report_of(tmp_path, tables)
    assert text.index("## On music of others") > text.index("## The ladder")
    assert "| what training gains | equal_loudness | T | 1." in text
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["real"]["gain"]["value"] == pytest.approx(1.0, abs=0.05)
    assert results["real"]["gain"]["verdict"] == "worse"
    assert results["real"]["margin_db"] is None
    assert results["real"]["ladder"][0]["verdict"] == "better"
    assert results["real"]["also"][0]["verdict"] == "worse"  # 0.1 of any margin
    assert results["also"][0]["verdict"] == "worse, within the margin"
    assert results["real"]["means"].keys() == {"T", "T4", "M", "equal_loudness"}
    assert "On music of others" in (tmp_path / "report" / "index.html").read_text()


def test_the_report_in_the_repository_is_that_of_the_scorecards_in_it(tmp_path):
    assert main([str(tmp_path), "--report"]) == 0
    for name in ("report.md", "results.json", "scores.csv", "index.html"):
        kept = KEPT.with_name("report") / name
        assert (tmp_path / "report" / name).read_bytes() == kept.read_bytes(), name

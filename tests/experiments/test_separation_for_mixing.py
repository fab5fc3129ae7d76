"""The ladder: its errors of separation, what its arms show, its statistics and its report."""

import argparse
import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dsp.bss.distortion import distortion_ratio_db as sdr_db
from automix_bench.effect import Chain
from automix_bench.errors import DatasetError, Rejected
from automix_bench.example import Example
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import Origin, Song
from automix_bench.sources.composed import Composed
from automix_bench.statistics import Estimate
from experiments.separation_for_mixing import kept_cards
from experiments.separation_for_mixing.analysis import (
    Step,
    answers_of,
    sizes_equivalent,
    step_between,
)
from experiments.separation_for_mixing.as_if_separated import (
    as_if_separated,
    in_the_mix,
    masked,
)
from experiments.separation_for_mixing.cells import WHOLE, Cell, Part, Scale
from experiments.separation_for_mixing.ladder import FIXED, by_separator, fixed, shown
from experiments.separation_for_mixing.measured_separator import (
    expected_loss,
    measured,
    sdr_of,
)
from experiments.separation_for_mixing.report import METRICS, write_report
from experiments.separation_for_mixing.run import KEPT, SONGS, Experiment, main
from experiments.separation_for_mixing.songs import ComposedWithGroups, group_of, grouped
from experiments.separation_for_mixing.training import LadderMixer

ROOT = Path(__file__).parents[2]
RATE = 44_100
ARMS = fixed()["arms"]


def noise(seed, low_hz, high_hz, level=0.1, seconds=2.0):
    """Stereo noise in one band."""
    rng = np.random.default_rng(seed)
    spectra = np.fft.rfft(rng.standard_normal((2, round(seconds * RATE))))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1.0 / RATE)
    spectra[:, (hertz < low_hz) | (hertz > high_hz)] = 0.0
    samples = np.fft.irfft(spectra)
    return Audio((level * samples / samples.std()).astype(np.float32), RATE)


@pytest.fixture(scope="module")
def example():
    """Four dry tracks, their wet groups (half as loud), and a mix that a bus has clipped."""
    dry = {
        "kick": noise(0, 40, 2_000),
        "snare": noise(1, 200, 8_000),
        "bass": noise(2, 40, 900),
        "lead": noise(3, 500, 9_000),
        "keys": noise(4, 300, 6_000),
    }
    wet = {f"wet-{name}": one.scaled(0.5) for name, one in grouped(dry).items()}
    mix = Audio(np.tanh(1.5 * total(wet.values()).samples), RATE)
    song = Song(
        "composed-40003-pop_0000",
        "somebody",
        {**dry, **wet},
        mix,
        "CC0-1.0",
        Origin("a song", "0" * 64),
        "released",
    )
    strips = {name: Chain() for name in song.stems}
    return Example("composed-40003-pop", "train", 0, 0.0, song, Console(strips), song)


@pytest.fixture(scope="module")
def truth(example):
    wet = {n.removeprefix("wet-"): s for n, s in example.before.stems.items() if "wet-" in n}
    return in_the_mix(wet, example.before.mix)


def test_every_track_is_in_one_group():
    assert group_of("snare-2") == "drums"
    assert group_of("bass-1") == "bass"
    assert group_of("brass") == "lead"
    assert group_of("anything") == "other"
    parts = {"kick": noise(0, 40, 200), "toms": noise(1, 40, 200), "keys": noise(2, 40, 200)}
    sums = grouped(parts)
    assert list(sums) == ["drums", "other"]
    both = parts["kick"].samples + parts["toms"].samples
    assert np.array_equal(sums["drums"].samples, both)


def test_the_truth_sums_to_the_mix_and_keeps_to_its_group(example, truth):
    mix = example.before.mix
    assert sdr_db(mix, total(truth.values())) > 100.0
    bass = example.before.stems["wet-bass"]
    gain = np.sum(bass.samples * truth["bass"].samples) / np.sum(bass.samples**2)
    assert 1.0 < gain < 1.5  # the bus amplifies by 1.5, and clips
    assert sdr_db(truth["bass"], bass.scaled(float(gain))) > 12.0


@pytest.mark.parametrize("kind", ["leak", "grain"])
@pytest.mark.parametrize("wanted_db", [3.0, 12.0])
def test_every_group_has_the_stated_ratio(example, truth, kind, wanted_db):
    rng = np.random.default_rng(0)
    mix = example.before.mix
    groups = as_if_separated(truth, mix, wanted_db, fixed()["kinds"][kind], rng)
    assert {name: round(sdr_db(truth[name], one), 3) for name, one in groups.items()} == (
        dict.fromkeys(truth, wanted_db)
    )


def test_masks_sum_to_the_mix_and_leakage_is_other_sources(example, truth):
    mix = example.before.mix
    rng = np.random.default_rng(0)
    leaky = masked(truth, mix, leak=0.8, grain_db=0.0, rng=rng)
    clean = masked(truth, mix, leak=0.0, grain_db=0.0, rng=rng)
    rough = masked(truth, mix, leak=0.0, grain_db=6.0, rng=rng)
    assert sdr_db(mix, total(leaky.values())) > 100.0
    for name in truth:
        assert sdr_db(truth[name], leaky[name]) < sdr_db(truth[name], clean[name]) - 0.5
        assert sdr_db(truth[name], rough[name]) < sdr_db(truth[name], clean[name]) - 0.1

    # Above 2.5 kHz the bass is silent: what is there leaked into it.
    def high(audio):
        return np.abs(np.fft.rfft(audio.samples))[:, 5_000:].max()

    assert high(leaky["bass"]) > 20.0 * high(clean["bass"])


def test_silent_groups_are_left_out(example):
    wet = {"bass": noise(2, 40, 900), "lead": noise(0, 40, 900).scaled(0.0)}
    truth = in_the_mix(wet, total(wet.values()))
    rng = np.random.default_rng(0)
    kind = fixed()["kinds"]["leak"]
    assert list(as_if_separated(truth, total(wet.values()), 6.0, kind, rng)) == ["bass"]
    with pytest.raises(ValueError, match="all groups are silent"):
        in_the_mix({"lead": wet["lead"]}, wet["bass"])
    silent = {name: one.scaled(0.0) for name, one in example.before.stems.items()}
    nothing = replace(example, before=replace(example.before, stems=silent))
    with pytest.raises(Rejected, match="all groups are silent"):
        shown(ARMS["W4"], nothing, ARMS)


def test_what_each_arm_shows(example, truth):
    stems = example.before.stems
    assert list(shown(ARMS["T"], example, ARMS)) == ["kick", "snare", "bass", "lead", "keys"]
    groups = shown(ARMS["T4"], example, ARMS)
    assert list(groups) == ["bass", "drums", "lead", "other"]
    assert np.array_equal(groups["bass"].samples, stems["bass"].samples)
    plain = shown(ARMS["S4-6-plain"], example, ARMS)
    assert {round(sdr_db(truth[name], one), 3) for name, one in plain.items()} == {6.0}
    played = shown(ARMS["S4-6"], example, ARMS)
    again = shown(ARMS["S4-6"], example, ARMS)
    assert all(np.array_equal(played[name].samples, again[name].samples) for name in played)
    assert any(not np.array_equal(played[name].samples, plain[name].samples) for name in played)
    one = shown(ARMS["M"], example, ARMS)
    assert any(
        all(np.array_equal(one[name].samples, other[name].samples) for name in one)
        for other in (groups, played)
    )
    with pytest.raises(ValueError, match="shows no 'noise'"):
        shown({"shows": "noise"}, example, ARMS)


def test_the_trained_separator_gives_groups_and_only_with_the_weights_that_were_fixed(
    example, truth, monkeypatch
):
    groups = by_separator(example)
    assert set(groups) <= {"drums", "bass", "lead", "other"}
    assert shown(ARMS["R4"], example, ARMS).keys() == groups.keys()
    ratios = sdr_of(truth, groups)
    assert ratios.keys() == truth.keys()
    assert ratios["bass"] == pytest.approx(sdr_db(truth["bass"], groups["bass"]))
    assert sdr_of(truth, {}) == dict.fromkeys(truth, 0.0)
    found = measured([example])
    assert found["examples"] == 1
    assert found["by_group"] == pytest.approx(ratios)
    assert found["sdr_db"] == pytest.approx(np.mean(list(ratios.values())))
    other = {**fixed(), "separator": {"weights": "0" * 64}}
    monkeypatch.setattr("experiments.separation_for_mixing.ladder.fixed", lambda: other)
    with pytest.raises(DatasetError, match="small_separator: expected the weights 0000"):
        by_separator(example)


def test_silence_is_not_measured(example):
    silent = {name: one.scaled(0.0) for name, one in example.before.stems.items()}
    nothing = replace(example, before=replace(example.before, stems=silent))
    with pytest.raises(ValueError, match="measured on no example"):
        measured([nothing])


@pytest.mark.parametrize(
    ("sdr", "loss"), [(3.0, 0.9), (4.5, 0.7), (6.0, 0.5), (12.0, 0.1), (2.9, None), (12.1, None)]
)
def test_the_loss_that_the_curve_expects(sdr, loss):
    assert expected_loss(sdr, {6.0: 0.5, 3.0: 0.9, 12.0: 0.1}) == (
        None if loss is None else pytest.approx(loss)
    )
    assert expected_loss(sdr, {}) is None


def test_better_separation_shows_the_same_effects_with_less_error(example):
    """The strips depend on the example and the group alone."""
    quiet = {name: {**ARMS[name], "effects": "none"} for name in ("S4-12", "S4-3")}
    true = shown({**ARMS["W4"], "effects": "none"}, example, ARMS)
    for name in true:
        errors = [
            shown(quiet[arm], example, ARMS)[name].samples - true[name].samples
            for arm in ("S4-12", "S4-3")
        ]
        ratio = np.sqrt(np.sum(errors[1] ** 2.0) / np.sum(errors[0] ** 2.0))
        assert ratio == pytest.approx(10 ** (9.0 / 20.0), rel=1e-3)
        assert np.corrcoef(errors[0].ravel(), errors[1].ravel())[0, 1] > 0.999


def test_songs_beyond_the_number_are_not_trained_on(example):
    few = LadderMixer(numbers=3)  # numbers 40000, 40001, 40002
    assert "beyond the number" in few.left_out(example)
    assert few.left_out(replace(example, split="valid")) == ""
    assert LadderMixer(numbers=4).left_out(example) == ""
    assert LadderMixer().left_out(example) == ""


def test_all_that_is_compared_is_trained():
    scale = Scale.of("full")
    cells = set(scale.cells())
    arms = {arm for arm, *_ in fixed()["ladder"]} | {arm for _, arm, _ in fixed()["ladder"]}
    for arm in arms | {"M", "U", "R4", "S4-6-normalised"}:
        assert {Cell(arm, 200, seed) for seed in (0, 1, 2)} <= cells
    for arm in fixed()["curves"]:
        assert {cell.size for cell in cells if cell.arm == arm} == {25, 100, 200, 400, 800}
    assert len(cells) == len(list(scale.cells()))


def table(**arms):
    """Values of 40 songs: those of each arm lie so much above those of `equal_loudness`."""
    songs = np.random.default_rng(0).normal(5.0, 1.0, 40)
    made = {("equal_loudness", 0, 0): {f"s{n}": float(v) for n, v in enumerate(songs)}}
    for arm, (offset, seeds) in arms.items():
        for seed in range(seeds):
            noise = np.random.default_rng([seed, len(arm), abs(hash(offset)) % 97])
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
    step = Step("a", "b", "", Estimate(0.0, low, high, 10), 0.5, (3, 3), 0.5)
    assert step.verdict == verdict


@pytest.mark.parametrize("margin", [float("nan"), 0.0, -0.2])
def test_without_a_gain_there_is_no_margin_to_be_within(margin):
    for low, high, verdict in ((0.1, 0.2, "worse"), (-0.1, 0.2, "not decided")):
        step = Step("a", "b", "", Estimate(0.0, low, high, 10), 0.5, (3, 3), margin)
        assert step.verdict == verdict


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


def test_songs_that_train_as_well():
    curve = {
        ("T", 25): 4.0,
        ("T", 100): 3.0,
        ("T", 400): 2.0,
        ("S4-6", 100): 3.5,
        ("S4-6", 400): 2.5,
        ("S4-6", 25): 5.0,
    }
    estimates = {key: Estimate(value, value, value, 10) for key, value in curve.items()}
    equal = sizes_equivalent(estimates, "S4-6", "T")
    assert equal == {100: pytest.approx(50.0), 400: pytest.approx(200.0)}  # 5.0 is off the curve


def card(model, values):
    scores = [
        Score(f"{song}_0000", song, "mix", metric.name, value)
        for song, value in values.items()
        for metric in METRICS
    ]
    cost = {"audio_seconds": 1.0, "work_seconds": 1.0}
    return Scorecard("mixing_raw", 1, "0" * 64, model, tuple(scores), cost, {})


def test_the_report_tells_what_is_there_and_what_is_not(tmp_path):
    cells = ["T_200_0", "T4_200_0", "W4_200_0", "S4-6_200_0", "T_25_0"]
    scale = {"main": 200, "cells": [*cells, "S4-3_200_0"]}
    (tmp_path / "scale.json").write_text(json.dumps(scale))
    folder = tmp_path / "cards" / "test"
    folder.mkdir(parents=True)
    values = table(T=(-2.0, 1), T4=(-1.9, 1), W4=(-1.7, 1), S4_6=(-1.0, 1))
    values["T", 25, 0] = {song: value + 0.5 for song, value in values["T", 200, 0].items()}
    for (arm, songs, seed), of in values.items():
        name = f"{arm}_{songs}_{seed}" if songs else arm
        card(name, of).write(folder / f"{name}.json")
    text = write_report(tmp_path, tmp_path / "report")
    assert "Not run yet: 1 trainings of 6." in text
    assert "| separation at 6 dB SDR | W4 | S4-6 | 0.7" in text
    assert "worse by more than the margin" in text
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


def test_the_report_places_the_real_separator_on_the_curve(tmp_path):
    cells = [f"{arm}_200_0" for arm in ("T", "W4", "S4-6", "S4-3", "R4")]
    (tmp_path / "scale.json").write_text(json.dumps({"main": 200, "cells": cells}))
    folder = tmp_path / "cards" / "test"
    folder.mkdir(parents=True)
    values = table(T=(-2.0, 1), W4=(-1.7, 1), S4_6=(-1.4, 1), S4_3=(-1.0, 1), R4=(-1.2, 1))
    for (arm, songs, seed), of in values.items():
        name = f"{arm}_{songs}_{seed}" if songs else arm
        card(name, of).write(folder / f"{name}.json")
    assert "SDR of" not in write_report(tmp_path, tmp_path / "report")
    (tmp_path / "cards" / "separator").mkdir()
    told = {"by_group": {"bass": 4.5}, "sdr_db": 4.5, "examples": 7}
    (tmp_path / "cards" / "separator" / "R4.json").write_text(json.dumps(told))
    text = write_report(tmp_path, tmp_path / "report")
    assert "arm R4 has an SDR of 4.5 dB, the mean over groups and 7 excerpts" in text
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["separator_expected_loss_db"] == pytest.approx(0.5, abs=0.05)
    assert f"costs {results['separator_expected_loss_db']:.2f} dB by the curve of S4" in text
    assert re.search(r"R4: 0\.[45]", (tmp_path / "report" / "index.html").read_text())


def test_what_was_fixed_is_complete():
    plan = json.loads(FIXED.read_text())
    arms = set(plan["arms"])
    steps = [*plan["ladder"], *plan["also"]]
    assert all({before, after} <= arms for before, after, _ in steps)
    assert {part for arm in plan["arms"].values() for part in arm.get("of", [])} <= arms
    assert len(plan["ladder"]) == 8
    assert plan["main_size"] in plan["sizes"]


def test_kept_scorecards_come_back_as_they_were_and_those_of_other_code_do_not(
    tmp_path, monkeypatch
):
    out, kept, again = (tmp_path / name for name in ("out", "kept", "again"))
    for name in ("test/T_200_0", "test-groups/floor"):
        (out / "cards" / name).parent.mkdir(parents=True)
        (out / "cards" / f"{name}.json").write_text(f'{{"of": "{name}"}}')
    assert kept_cards.pack(out, kept) == 2
    packed = (kept / "test" / "T_200_0.json.gz").read_bytes()
    (again / "cards" / "test").mkdir(parents=True)
    (again / "cards" / "test" / "T_200_0.json").write_text("its own")
    assert kept_cards.unpack(kept, again) == 1
    assert (again / "cards" / "test" / "T_200_0.json").read_text() == "its own"
    assert (again / "cards" / "test-groups" / "floor.json").read_text() == (
        '{"of": "test-groups/floor"}'
    )
    kept_cards.pack(out, kept)
    assert (kept / "test" / "T_200_0.json.gz").read_bytes() == packed
    monkeypatch.setattr(kept_cards, "code_sha256", lambda: "other")
    for work in (lambda: kept_cards.unpack(kept, again), lambda: kept_cards.pack(out, kept)):
        with pytest.raises(DatasetError, match="scorecards of other code"):
            work()


@pytest.fixture
def at_work(tmp_path, monkeypatch):
    """Makes an experiment of the small scale that trains and tests nothing, but notes it."""
    done = {"trained": [], "tested": [], "made": [], "opened": []}

    def trained(self, cell):
        done["trained"].append(cell.name)
        return True

    def scored(self, names, data):
        done["tested"].append((data, sorted(names.values())))
        for name in names.values():
            path = self._card(name, data)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}")

    monkeypatch.setattr(Experiment, "_songs", lambda self: done["made"].append(self.part))
    monkeypatch.setattr(
        "experiments.separation_for_mixing.run.Dataset", lambda at: done["opened"].append(at) or []
    )
    monkeypatch.setattr(Experiment, "_train", trained)
    monkeypatch.setattr(Experiment, "_score", scored)
    return lambda part=WHOLE: (Experiment(tmp_path, Scale.of("small"), float("inf"), part), done)


def test_what_has_a_scorecard_is_not_trained_again(at_work):
    experiment, done = at_work()
    for data in ("test", "test-groups"):
        (experiment.out / "cards" / data).mkdir(parents=True)
        (experiment.out / "cards" / data / "T4_12_0.json").write_text("{}")
    (experiment.out / "cards" / "test" / "W4_12_0.json").write_text("{}")
    assert experiment.run()
    assert "T4_12_0" not in done["trained"]
    assert "W4_12_0" in done["trained"]  # its other scorecard is missing
    assert len(done["trained"]) == len(list(experiment.scale.cells())) - 1
    together = [f"{arm}_12_0" for arm in ("S4-6-normalised", "S4-6-plain", "S4-6", "T", "W4")]
    assert ("test-groups", together) in done["tested"]
    assert experiment.run()
    assert len(done["trained"]) == len(list(experiment.scale.cells())) - 1


def test_a_batch_is_tested_as_far_as_it_was_trained(at_work, monkeypatch):
    experiment, done = at_work()
    (experiment.out / "real").mkdir()
    (experiment.out / "real" / "plan.json").write_text("{}")
    noted = Experiment._train
    monkeypatch.setattr(
        Experiment, "_train", lambda self, cell: cell.arm != "W4" and noted(self, cell)
    )
    assert not experiment.run()
    assert done["trained"] == ["T_12_0", "T4_12_0"]
    tested = [one for one in done["tested"] if "T_12_0" in one[1]]
    assert tested == [(data, ["T4_12_0", "T_12_0"]) for data in ("test", "test-groups", "real")]


def test_scorecards_are_kept_by_the_names_of_arms(tmp_path, monkeypatch):
    def evaluated(task, dataset, models, runs, **given):
        titles = [Path(model).name for model in models] + ["plain_sum", "oracle"]
        cards, folders = [], {}
        for title in titles:
            folders[title] = runs / title
            folders[title].mkdir(parents=True)
            path = runs / f"{title}.json"
            card(title, {"s": 1.0}).write(path)
            cards.append(path)
        return SimpleNamespace(cards=cards, runs=folders)

    monkeypatch.setattr("experiments.separation_for_mixing.run.evaluate", evaluated)
    experiment = Experiment(tmp_path, Scale.of("small"), float("inf"))
    cell = Cell("S4-6-plain", 12, 1)
    experiment._score(
        {str(experiment._model(cell)): cell.name, "equal_loudness": "equal_loudness"}, "test"
    )
    kept = {path.name for path in (tmp_path / "cards" / "test").iterdir()}
    assert kept == {"S4-6-plain_12_1.json", "equal_loudness.json", "plain_sum.json", "oracle.json"}
    left = {path.name for path in (tmp_path / "runs" / "test").iterdir() if path.is_dir()}
    assert left == {"plain_sum", "oracle"}  # the others' answers are not kept


def test_groups_are_tested_with_the_first_seed_and_curves_on_tracks_alone(at_work):
    experiment, _ = at_work()
    assert experiment._tests(Cell("T", 12, 0)) == ("test", "test-groups")
    assert experiment._tests(Cell("T", 12, 1)) == ("test",)
    assert experiment._tests(Cell("T", 25, 0)) == ("test",)


@pytest.mark.parametrize("name", ["full", "small"])
def test_parts_do_every_training_once_and_keep_what_is_prepared_together(name):
    scale = Scale.of(name)
    done = [[cell for batch in Part(n, 3).batches(scale) for cell in batch] for n in (1, 2, 3)]
    assert sorted(cell.name for part in done for cell in part) == sorted(
        cell.name for cell in scale.cells()
    )
    pairs = [{(cell.arm, cell.size) for cell in part} for part in done]
    assert sum(len(one) for one in pairs) == len(set.union(*pairs))
    assert [cell for batch in WHOLE.batches(scale) for cell in batch] == list(scale.cells())


def test_a_part_makes_no_songs_but_demands_them(at_work, monkeypatch):
    experiment, done = at_work(Part(1, 2))
    assert experiment.run()
    assert not done["made"]
    assert [folder.name for folder in done["opened"]] == list(SONGS)
    whole, done = at_work()
    assert whole.run()
    assert done["made"] == [WHOLE]
    monkeypatch.undo()
    with pytest.raises(DatasetError, match="songs"):
        Experiment(experiment.out, Scale.of("small"), float("inf"), Part(1, 2)).run()


def test_parts_by_name():
    assert Part.parsed("2/3") == Part(2, 3)
    assert WHOLE.name == ""
    assert Part(2, 3).name == "-2-of-3"
    for text in ("0/2", "3/2", "1", "a/b", "", "-1/2", "1/2/3"):
        with pytest.raises(argparse.ArgumentTypeError, match="such as 1/2, got"):
            Part.parsed(text)


def test_a_song_is_loaded_without_composing_all_of_them(monkeypatch):
    source = ComposedWithGroups(5, 900, 10.0)
    listings = source.catalogue().listings
    composed = []
    whole = Composed.catalogue
    monkeypatch.setattr(Composed, "catalogue", lambda self: composed.append(1) or whole(self))
    song = source.load(listings[3])
    assert song.id == listings[3].id
    assert not composed


def test_the_report_shows_music_of_others_with_the_margin_of_composed_songs(tmp_path):
    cells = ["T_200_0", "T4_200_0"]
    (tmp_path / "scale.json").write_text(json.dumps({"main": 200, "cells": cells}))
    for data, values in {
        "test": table(T=(-2.0, 1), T4=(-1.9, 1)),
        "real": table(T=(1.0, 1), T4=(0.5, 1)),
    }.items():
        folder = tmp_path / "cards" / data
        folder.mkdir(parents=True)
        for (arm, songs, seed), of in values.items():
            name = f"{arm}_{songs}_{seed}" if songs else arm
            card(name, of).write(folder / f"{name}.json")
    text = write_report(tmp_path, tmp_path / "report")
    assert text.index("## On music of others") > text.index("## The ladder")
    assert "| what training gains | equal_loudness | T | 1." in text
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["real"]["gain"]["value"] == pytest.approx(1.0, abs=0.05)
    assert results["real"]["gain"]["verdict"] == "worse"
    assert results["real"]["ladder"][0]["verdict"] == "better"
    assert results["real"]["means"].keys() == {"T", "T4", "equal_loudness"}
    assert "On music of others" in (tmp_path / "report" / "index.html").read_text()


def test_the_report_in_the_repository_is_that_of_the_scorecards_in_it(tmp_path):
    assert main([str(tmp_path), "--report"]) == 0
    for name in ("report.md", "results.json", "scores.csv", "index.html"):
        kept = KEPT.with_name("report") / name
        assert (tmp_path / "report" / name).read_bytes() == kept.read_bytes(), name


@pytest.mark.slow
def test_the_command_runs_on_a_small_scale_and_goes_on(tmp_path):
    command = [sys.executable, "-m", "experiments.separation_for_mixing.run", str(tmp_path / "out")]
    command += ["--scale", "small"]
    first = subprocess.run([*command, "--hours", "0.02"], cwd=ROOT, capture_output=True, text=True)
    assert first.returncode in (0, 1), first.stderr
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = tmp_path / "out" / "report"
    results = json.loads((report / "results.json").read_text())
    assert results["missing"] == []
    assert {step["after"] for step in results["ladder"]} >= {"T4", "W4", "S4-6"}
    before = (report / "results.json").read_bytes()
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    assert (report / "results.json").read_bytes() == before

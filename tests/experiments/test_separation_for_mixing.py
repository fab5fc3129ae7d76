"""The ladder: its errors of separation, what its arms show, and the order of its trainings."""

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dsp.bss.distortion import distortion_ratio_db as sdr_db
from automix_bench.effect import Chain
from automix_bench.errors import DatasetError, Rejected
from automix_bench.example import Example
from automix_bench.model import Brief
from automix_bench.sampling import Seed
from automix_bench.scorecard import Score, Scorecard
from automix_bench.song import Origin, Song
from automix_bench.sources.composed import Composed
from experiments.separation_for_mixing import kept_cards, ladder, run
from experiments.separation_for_mixing.as_if_separated import (
    as_if_separated,
    in_the_mix,
    masked,
)
from experiments.separation_for_mixing.cells import AFTERWARDS, WHOLE, Cell, Part, Scale
from experiments.separation_for_mixing.ladder import (
    FIXED,
    by_separator,
    fixed,
    normalising_chain,
    shown,
)
from experiments.separation_for_mixing.measured_separator import (
    expected_loss,
    measured,
    sdr_of,
)
from experiments.separation_for_mixing.run import SONGS, Experiment
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


def test_better_separation_has_the_same_error_at_another_level(example):
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


@pytest.mark.parametrize("arm", ["S4-12", "S4-3", "S4-6-grain", "R4", "U"])
def test_arms_show_the_same_effects_of_the_same_example(example, monkeypatch, arm):
    """The strips depend on the example and the group alone: where every arm separates alike, they
    show the same."""
    groups = {"bass": noise(8, 40, 900), "drums": noise(9, 100, 8_000)}
    for name in ("truth_of", "by_separator", "_by_spleeter"):
        monkeypatch.setattr(ladder, name, lambda example: groups)
    monkeypatch.setattr(ladder, "as_if_separated", lambda truth, *_: truth)
    one, other = (shown(ARMS[of], example, ARMS) for of in ("W4", arm))
    assert all(np.array_equal(one[name].samples, other[name].samples) for name in groups)
    assert not np.array_equal(one["bass"].samples, groups["bass"].samples)
    elsewhere = replace(example, before=replace(example.before, id="another_0000"))
    third = shown(ARMS[arm], elsewhere, ARMS)["bass"].samples
    assert third.shape != other["bass"].samples.shape or np.any(third != other["bass"].samples)


def test_some_songs_are_shown_separated_and_some_are_not(example, monkeypatch):
    monkeypatch.setattr(ladder, "truth_of", lambda example: {"bass": example.before.mix})
    monkeypatch.setattr(ladder, "as_if_separated", lambda truth, *_: truth)
    every = [replace(example, song=f"composed-{40000 + n}-pop") for n in range(20)]
    groups = {len(shown(ARMS["M"], one, ARMS)) for one in every}
    assert groups == {1, 4}  # the separated ones have a single group here, the true ones four


def test_the_normalising_strip_of_training_is_that_of_the_test(example):
    """And it puts a reverb on every track, bass too: the report says that this is not FxNorm."""
    chain = normalising_chain()
    strips = RandomConsole(default=chain).draw(["bass", "drums"], Seed(0)).strips
    for strip in strips.values():
        assert any("Reverb" in type(effect).__name__ for effect in strip.places)
    text = run._NORMALISING_MODEL.format(arm="S4-6-normalised", seed=0, size=200)
    trained = 'MixingConsole(weights=str(ab.weights("weights.safetensors")))'
    assert trained in text
    model = {}
    exec(text.replace(trained, "lambda brief: brief.stems"), model)
    stems = {"bass": example.before.stems["bass"], "drums": example.before.stems["kick"]}
    heard = model["mixer"](Brief(stems))
    for name, stem in stems.items():
        assert np.array_equal(heard[name].samples, strips[name].settled(stem)[1].samples)


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
    assert {Cell(*AFTERWARDS, seed) for seed in (0, 1, 2)} <= cells
    assert len(cells) == len(list(scale.cells()))


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
    for folder in (out, again):
        kept_cards.begin(folder)
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
    new, unknown = tmp_path / "new", tmp_path / "unknown"
    (unknown / "songs").mkdir(parents=True)
    for work in (
        lambda: kept_cards.unpack(kept, again),
        lambda: kept_cards.pack(again, kept),
        lambda: kept_cards.pack(out, new),  # what was made by the old code
        lambda: kept_cards.begin(out),
        lambda: kept_cards.begin(unknown),  # songs of which nothing is stated
    ):
        with pytest.raises(DatasetError, match="made by other code"):
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
            score = Score("s_0000", "s", "mix", "audible_distance", 1.0)
            cost = {"audio_seconds": 1.0, "work_seconds": 1.0}
            Scorecard("mixing_raw", 1, "0" * 64, title, (score,), cost, {}).write(path)
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

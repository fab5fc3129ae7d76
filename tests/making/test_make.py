"""From recipe to data set: the same bytes, whatever happens on the way."""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import weakref
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from automix_bench import errors
from automix_bench.audio import amplitude, total
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset import example_files, shard_index, shard_writer
from automix_bench.dataset.manifest import read_manifest, write_manifest
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_index import ShardRows
from automix_bench.dataset.verify import verify
from automix_bench.distributions.plain import Choice, Uniform
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.example import played, sums_to_mix
from automix_bench.executor import Outcome, WorkerLost
from automix_bench.executors.inline import Inline
from automix_bench.files.atomic import file_sha256
from automix_bench.files.locks import work_alone
from automix_bench.files.quantise import integers, quantised
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.recipe import example_id
from automix_bench.sampling import Seed
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing
from tests.support import killed_processes
from tests.support.tone_source import Tones


@dataclass(frozen=True)
class Halves:
    """A separator that explains a little of the mix: half of it, and what came early."""

    license: str = "MIT"

    def __call__(self, song):
        half = song.mix.scaled(0.5)
        rest = song.mix.with_samples(song.mix.samples - half.samples)
        return Song(
            song.id,
            song.artist,
            {"half": half, "residual": rest},
            song.mix,
            song.license,
            song.origin,
        )

    def fingerprint(self):
        return {"separator": "halves"}


def sums(folder):
    return (folder / "SHA256SUMS").read_text()


def test_a_data_set_holds_what_was_planned(dataset):
    assert len(dataset) == 12
    assert sorted(p.name for p in dataset.folder.iterdir()) == [
        "00000.json",
        "00000.tar",
        "00001.json",
        "00001.tar",
        "README.md",
        "SHA256SUMS",
        "croissant.json",
        "manifest.parquet",
        "plan.json",
        "rejected.parquet",
    ]
    assert [row["id"] for row in dataset.rows[:3]] == [example_id("tones-0", n) for n in range(3)]
    assert {row["license"] for row in dataset.rows} == {"CC0-1.0"}


def test_made_twice_is_the_same_bytes(recipe, tmp_path):
    one, two = (make(recipe(), tmp_path / name).folder for name in ("one", "two"))
    assert sums(one) == sums(two)
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()


def test_a_second_call_renders_nothing_and_changes_nothing(recipe, tmp_path):
    first = make(recipe(), tmp_path / "data")
    before = {p.name: p.read_bytes() for p in first.folder.iterdir()}
    again = make(recipe(), tmp_path / "data")
    assert (first.rendered, again.rendered) == (2, 0)
    assert before == {p.name: p.read_bytes() for p in first.folder.iterdir()}


@pytest.mark.parametrize("lost", ["00001.tar", "00000.json", "manifest.parquet", "SHA256SUMS"])
def test_a_lost_file_comes_back_and_the_others_stay(recipe, dataset, lost):
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in dataset.folder.glob("*.tar")}
    wanted, old = sums(dataset.folder), (dataset.folder / lost).read_bytes()
    (dataset.folder / lost).unlink()
    again = make(recipe(), dataset.folder)
    assert again.rendered == lost.startswith("0000")
    assert (dataset.folder / lost).read_bytes() == old
    assert sums(dataset.folder) == wanted
    for name, (content, mtime) in before.items():
        assert (dataset.folder / name).read_bytes() == content
        if name[:5] != lost[:5]:
            assert (dataset.folder / name).stat().st_mtime_ns == mtime


def test_a_truncated_shard_is_rendered_again(recipe, dataset):
    wanted = sums(dataset.folder)
    tar = dataset.folder / "00000.tar"
    tar.write_bytes(tar.read_bytes()[:5000])
    assert make(recipe(), dataset.folder).rendered == 1
    assert sums(dataset.folder) == wanted


def small_recipe():
    from automix_bench.consoles.random_console import RandomConsole
    from automix_bench.recipe import Recipe
    from automix_bench.separators.as_recorded import AsRecorded
    from tests.conftest import BUS, STRIP

    return Recipe(
        "small",
        1,
        3,
        "Tones.",
        Tones(count=8),
        AsRecorded(),
        RandomConsole(default=STRIP, bus=BUS),
        excerpt_seconds=1.0,
        examples_per_shard=3,
    )


def test_killed_with_its_workers_and_run_again_it_gives_the_same_bytes(tmp_path):
    whole = killed_processes.content(killed_processes.made(tmp_path / "whole").folder)
    folder = tmp_path / "killed"
    killed, seconds, tries = 0, 0.7, 0
    while killed < 3 and tries < 60:  # sooner or later, by how fast this machine begins
        tries += 1
        ended = killed_processes.try_to_make(folder, seconds)
        if ended == 0:  # it was done before it was killed: all over again, a little sooner
            shutil.rmtree(folder)
            killed, seconds = 0, max(seconds - 0.3, 0.1)
        elif folder.exists():
            assert ended == -signal.SIGKILL
            killed += 1
        else:
            seconds += 0.5
    assert killed == 3
    assert killed_processes.try_to_make(folder) == 0
    assert killed_processes.content(folder) == whole


def test_a_disk_that_is_full_is_named_and_what_is_finished_is_kept(tmp_path):
    whole = killed_processes.content(killed_processes.made(tmp_path / "whole").folder)
    kilobytes = sum(map(len, whole.values())) // 1_000
    with killed_processes.small_disk(tmp_path / "disk", kilobytes // 2) as set_size:
        folder = tmp_path / "disk" / "data"
        with pytest.raises(errors.DiskFull, match=f"no space left on the disk of {folder}"):
            killed_processes.made(folder)
        kept = {
            name: content
            for name, content in killed_processes.content(folder).items()
            if name.endswith(".tar")
        }
        assert kept
        assert kept.items() <= whole.items()
        assert not list(folder.glob(".*"))
        set_size(4 * kilobytes)
        assert killed_processes.made(folder).rendered == 12 - len(kept)
        assert killed_processes.content(folder) == whole


def test_every_example_renders_again_from_its_own_settings(dataset):
    for example in dataset:
        again = played(example.console, example.before)
        assert np.array_equal(integers(again.mix), integers(example.after.mix))
        for name, stem in example.after.stems.items():
            assert np.array_equal(integers(again.stems[name]), integers(stem))


def test_stems_and_residual_sum_to_the_untouched_mix(recipe, tmp_path):
    made = make(recipe(separator=Halves(), source=Tones(with_stems=False)), tmp_path / "data")
    source = Tones(with_stems=False)
    songs = {listing.id: source.load(listing) for listing in source.catalogue().listings}
    for example in Dataset(made.folder):
        assert "residual" in example.before.stems
        assert sums_to_mix(example.before)
        untouched = songs[example.song].mix.excerpt(example.start, example.before.mix.length)
        expected = quantised(untouched, amplitude(example.gain_db))
        assert np.array_equal(integers(expected), integers(example.before.mix))
    assert {row["license"] for row in made.rows} == {"CC0-1.0 AND MIT"}


def test_an_example_does_not_depend_on_its_neighbours(recipe, tmp_path):
    every = make(recipe(), tmp_path / "every")
    alone = replace(recipe(source=Tones(count=2)), examples_per_shard=1)
    fewer = make(alone, tmp_path / "fewer")
    hashes = {row["id"]: row["sha256"] for row in every.rows}
    assert len(fewer.rows) == 6
    assert all(hashes[row["id"]] == row["sha256"] for row in fewer.rows)


def test_nothing_peaks_above_the_headroom(recipe, tmp_path):
    loud = recipe(source=Tones(level=6.0), loudness_lufs=-3.0, headroom_dbtp=-1.0)
    made = make(loud, tmp_path / "data")
    for row in made.rows:
        assert row["before_true_peak_dbtp"] <= -1.0
        assert row["after_true_peak_dbtp"] <= -1.0
    assert any(row["gain_db"] < 0.0 for row in made.rows)


def test_loudness_is_brought_to_the_level_asked_for_and_the_gain_stored(recipe, tmp_path):
    made = make(recipe(loudness_lufs=-30.0), tmp_path / "data")
    assert all(abs(row["before_lufs"] + 30.0) < 0.02 for row in made.rows)
    quiet = Tones(level=0.2)
    released = make(recipe(loudness_lufs=None, source=quiet), tmp_path / "released")
    assert {row["gain_db"] for row in released.rows} == {0.0}
    hot = make(recipe(loudness_lufs=None, source=Tones(level=8.0)), tmp_path / "hot")
    peaks = [max(r["before_true_peak_dbtp"], r["after_true_peak_dbtp"]) for r in hot.rows]
    assert all(row["gain_db"] < 0.0 for row in hot.rows)
    assert max(peaks) > -1.1


def test_the_manifest_has_every_knob(dataset):
    import pandas as pd

    table = pd.read_parquet(dataset.folder / "manifest.parquet")
    for row, example in zip(table.to_dict("records"), dataset, strict=True):
        chains = {**example.console.strips, "bus": example.console.bus}
        wanted = {
            (strip, place, name, getattr(effect, name))
            for strip, chain in chains.items()
            for place, effect in enumerate(chain.effects)
            for name in effect.settings()
        }
        found = {
            (k["strip"], k["place"], k["knob"], k["value"] if k["text"] is None else k["text"])
            for k in row["knobs"]
        }
        assert found == wanted


def test_one_example_is_read_without_the_others(dataset):
    for number in (11, 0, 5):
        assert dataset[number].id == dataset.rows[number]["id"]


def test_shards_are_plain_tar_in_webdataset_order(dataset):
    import tarfile

    with tarfile.open(dataset.folder / "00000.tar") as tar:
        members = tar.getmembers()
    keys = [member.name.split(".")[0] for member in members]
    assert keys == sorted(keys)
    assert all((m.mtime, m.uid, m.gid, m.mode) == (0, 0, 0, 0o644) for m in members)
    assert members[0].name == "tones-0_0000.json"


def test_silent_and_short_songs_are_rejected_with_a_reason(recipe, tmp_path):
    paused = make(recipe(source=_Paused(count=2)), tmp_path / "some")
    assert [row["id"] for row in paused.rows] == [
        "tones-0_0000",
        "tones-0_0002",
        "tones-1_0000",
        "tones-1_0002",
    ]
    assert [str(rejected) for rejected in paused.rejected] == [
        f"tones-{n}_0001: silent: -inf dB, below silence_db -60.0" for n in (0, 1)
    ]
    assert "bass" not in paused.rows[1]["stems"]
    rejected = make(recipe(source=_Mixed()), tmp_path / "short").rejected
    assert [str(r) for r in rejected] == [
        "tones/1: 0.1 s long, shorter than one excerpt of 1 s: ask for shorter excerpts"
    ]


class _Paused(Tones):
    """The second of three excerpts is silent, and the bass rests in the third."""

    def load(self, listing):
        song = super().load(listing)
        open_all = np.ones(song.mix.length, dtype=np.float32)
        open_all[16_000:32_000] = 0.0
        open_bass = open_all.copy()
        open_bass[32_000:] = 0.0
        stems = {
            name: stem.with_samples(stem.samples * (open_bass if name == "bass" else open_all))
            for name, stem in song.stems.items()
        }
        return replace(song, stems=stems, mix=total(stems.values()))


class _Mixed(Tones):
    def _listing(self, number):
        listing = super()._listing(number)
        return replace(listing, length=1600) if number == 1 else listing


def test_a_song_that_cannot_be_loaded_is_rejected_and_the_rest_goes_on(recipe, tmp_path):
    class Broken(Tones):
        def load(self, listing):
            if listing.id == "tones-1":
                raise errors.Rejected(listing.origin.name, "NaN at sample 3")
            return super().load(listing)

    made = make(recipe(source=Broken()), tmp_path / "data")
    assert [str(r) for r in made.rejected] == ["tones/1: NaN at sample 3"]
    assert len(made.rows) == 9


def test_a_folder_that_holds_something_else_is_refused(recipe, tmp_path):
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(errors.DatasetError, match=r"holds something else \(thesis.doc\)"):
        make(recipe(), tmp_path)
    assert (tmp_path / "thesis.doc").read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.doc"]


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"version": 2}, "recipe version 1 there, 2 here"),
        ({"seed": 8}, "seed 7 there, 8 here"),
        ({"headroom_dbtp": -2.0}, "the recipe's headroom_dbtp changed"),
        ({"source": Tones(count=5)}, "the recipe's source changed"),
    ],
)
def test_another_plan_is_refused_and_says_what_differs(recipe, dataset, changed, difference):
    with pytest.raises(errors.DatasetError, match=difference):
        make(recipe(**changed), dataset.folder)
    assert verify(dataset.folder) == []


def test_a_full_disk_is_named_and_what_is_finished_stays(recipe, tmp_path, monkeypatch):
    fsync, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) > 8:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.DiskFull, match=r"no space left on the disk of .*data"):
        make(recipe(), tmp_path / "data")
    monkeypatch.undo()
    assert not list((tmp_path / "data").glob(".*"))
    finished = [p.name for p in (tmp_path / "data").glob("*.tar")]
    assert finished == ["00000.tar"]
    again = make(recipe(), tmp_path / "data")
    assert again.rendered == 1
    assert sums(again.folder) == sums(make(recipe(), tmp_path / "other").folder)


def test_two_makes_in_one_folder_are_kept_apart(recipe, dataset):
    with (
        work_alone(dataset.folder, "a test"),
        pytest.raises(errors.DatasetError, match="another `make` is at work"),
    ):
        make(recipe(), dataset.folder)


class Left:
    """An executor whose process is killed when its work is sent: others go on with it."""

    def map(self, work, items, heard):
        self.work, self.items = work, items
        raise InterruptedError
        yield

    def go_on(self):
        for item in self.items:
            self.work(item, lambda told: None)


def left(recipe, folder):
    sent = Left()
    with pytest.raises(InterruptedError):
        make(recipe, folder, executor=sent)
    return sent


def test_work_that_was_left_finishes_the_plan_that_it_was_sent_for(recipe, tmp_path):
    sent = left(recipe(), tmp_path / "data")
    sent.go_on()
    made = make(recipe(), tmp_path / "data")
    assert made.rendered == 0
    assert sums(made.folder) == sums(make(recipe(), tmp_path / "other").folder)


@pytest.mark.parametrize("changed", [{"seed": 8}, {"source": Tones(count=1)}])
def test_work_that_was_left_does_not_come_into_another_data_set(recipe, tmp_path, changed):
    sent = left(recipe(), tmp_path / "data")
    for path in (tmp_path / "data").iterdir():
        path.unlink()
    make(recipe(**changed), tmp_path / "data")
    before = killed_processes.content(tmp_path / "data")
    with pytest.raises(errors.DatasetError, match=r"shard 00000\.tar is of any more"):
        sent.go_on()
    assert killed_processes.content(tmp_path / "data") == before


@pytest.mark.parametrize("content", [None, b"", b"no plan"])
def test_work_that_was_left_leaves_a_folder_without_its_plan_alone(recipe, tmp_path, content):
    sent = left(recipe(), tmp_path / "data")
    (tmp_path / "data" / "plan.json").unlink()
    if content is not None:
        (tmp_path / "data" / "plan.json").write_bytes(content)
    before = killed_processes.content(tmp_path / "data")
    with pytest.raises(errors.DatasetError, match="its plan is not the one"):
        sent.go_on()
    assert killed_processes.content(tmp_path / "data") == before


def test_verify_names_what_is_wrong(dataset):
    folder = dataset.folder
    assert verify(folder, rerender=True) == []
    content = bytearray((folder / "00000.tar").read_bytes())
    content[20_000] ^= 1
    (folder / "00000.tar").write_bytes(content)
    (folder / "00001.tar").unlink()
    (folder / "notes.txt").write_text("mine")
    found = {problem.item: problem.what for problem in verify(folder)}
    assert set(found) == {"00000.tar", "00001.tar", "notes.txt"}
    assert "differs" in found["00000.tar"]
    assert "missing" in found["00001.tar"]
    assert "foreign" in found["notes.txt"]


@dataclass(frozen=True)
class LosesOne:
    """Inline, but the worker of the second item ends without a word."""

    def map(self, work, items, heard):
        yield from Inline().map(work, [items[0], *items[2:]], heard)
        yield Outcome(items[1], error=WorkerLost(f"{items[1]}: its worker process left with 9"))


def test_verify_names_an_example_whose_worker_ended_and_keeps_what_it_found(dataset):
    (dataset.folder / "mine.txt").write_text("foreign")
    found = verify(dataset.folder, executor=LosesOne())
    assert [(problem.item, problem.what) for problem in found] == [
        ("mine.txt", "does not belong to the data set (foreign file)"),
        (dataset.rows[1]["id"], "was not looked at: its worker process left with 9"),
    ]


def test_verify_finds_samples_that_do_not_follow_from_the_settings(recipe, tmp_path, monkeypatch):
    settings = example_files.settings

    def lying(example):
        said = settings(example)
        said["console"]["bus"][0]["gain_db"] = -2.0
        return said

    monkeypatch.setattr(example_files, "settings", lying)
    folder = make(recipe(source=Tones(count=1)), tmp_path / "data").folder
    assert verify(folder) == []
    wrong = verify(folder, rerender=True)
    assert {problem.what for problem in wrong} == {"mix renders to other samples here"}


@pytest.mark.parametrize(
    "name", ["README.md", "croissant.json", "manifest.parquet", "plan.json", "rejected.parquet"]
)
def test_verify_misses_a_file_whose_line_is_gone_as_well(dataset, name):
    (dataset.folder / name).unlink()
    sums = dataset.folder / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(line for line in lines if not line.endswith(f"  {name}\n")))
    (problem,) = verify(dataset.folder)
    assert (problem.item, problem.what[:10]) == (name, "is missing")


@pytest.mark.parametrize("name", ["manifest.parquet", "plan.json", "SHA256SUMS"])
def test_damaged_records_are_found(dataset, name):
    path = dataset.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 8
    path.write_bytes(content)
    assert name in {problem.item for problem in verify(dataset.folder)} or name == "SHA256SUMS"
    assert verify(dataset.folder) != []


def test_a_damaged_shard_is_named_when_it_is_read(dataset):
    row = dataset.rows[0]
    content = bytearray((dataset.folder / row["shard"]).read_bytes())
    content[row["offset"] + row["size"] // 2] ^= 1
    (dataset.folder / row["shard"]).write_bytes(content)
    with pytest.raises(errors.DatasetError, match="tones-0_0000 is not what the manifest says"):
        dataset[0]


def test_the_data_card_names_licences_credits_and_knobs(dataset):
    card = (dataset.folder / "README.md").read_text()
    assert "| CC0-1.0 | open | 4 | 12 |" in card
    assert "A. Tester (CC0-1.0)" in card
    assert "| gain | gain_db |" in card
    assert "12 examples, 0.2 minutes, of 4 songs by 2 artists" in card


def test_splits_keep_an_artist_together(recipe):
    one = recipe(splits=(0.5, 0.25, 0.25))
    found = {f"artist-{n}": one.split(f"artist-{n}") for n in range(400)}
    assert found == {artist: one.split(artist) for artist in found}
    shares = {split: list(found.values()).count(split) / 400 for split in set(found.values())}
    assert shares == pytest.approx({"train": 0.5, "valid": 0.25, "test": 0.25}, abs=0.06)


def test_manifest_of_a_folder_without_one(tmp_path):
    with pytest.raises(errors.DatasetError, match="no finished data set here"):
        read_manifest(tmp_path)


def test_the_plan_can_be_read_back(dataset):
    said = json.loads((dataset.folder / "plan.json").read_text())
    assert said["recipe"]["source"]["type"].startswith("tests.support.tone_source:Tones of ")
    assert said["recipe"]["separator"]["type"] == "AsRecorded"
    assert [song["excerpts"] for song in said["songs"]] == [[0, 1, 2]] * 4


def test_a_rate_too_low_for_an_effect_is_a_reason_not_a_crash(recipe, tmp_path):
    shelf = RandomChain(
        (
            HighShelf.random(chance=0.5, frequency_hz=12_000.0, gain_db=3.0, q=0.7),
            Gain.random(gain_db=0.0),
        )
    )
    low = recipe(source=Tones(), console=RandomConsole(default=shelf))
    made = make(low, tmp_path / "data")
    assert made.rows
    assert made.rejected
    for rejected in made.rejected:
        assert "HighShelf.frequency_hz must lie below half the audio's rate, 8000 Hz" in str(
            rejected
        )


def test_mono_songs_become_stereo_where_the_recipe_says_so(recipe, tmp_path):
    made = make(recipe(source=Tones(channels=1)), tmp_path / "stereo")
    for example in Dataset(made.folder):
        assert example.before.mix.channels == 2
        assert np.array_equal(example.before.mix.samples[0], example.before.mix.samples[1])
    level = RandomChain((Gain.random(gain_db=-3.0),))
    plain = recipe(source=Tones(channels=1), stereo=False, console=RandomConsole(default=level))
    assert {row["channels"] for row in make(plain, tmp_path / "mono").rows} == {1}


def test_licences_that_stand_in_the_way_are_said_before_the_work(recipe, tmp_path):
    class Unknown(Tones):
        def _listing(self, number):
            listing = super()._listing(number)
            return replace(listing, license="LicenseRef-unknown") if number == 1 else listing

    told = []
    make(recipe(source=Unknown()), tmp_path / "data", told=told.append)
    assert told[0] == "planned: 12 examples of 4 songs, 0.2 minutes; 0 songs left out"
    told = [line for line in told if not line.startswith("warning: no song is in the split")]
    assert told[1].startswith("licence: LicenseRef-unknown (1 songs) is not known to allow")
    assert told[2:] == ["mixes of the 4 songs: 4 unknown (not known)"]
    card = (tmp_path / "data" / "README.md").read_text()
    assert "| LicenseRef-unknown | unknown | 1 | 3 |" in card


def test_when_nothing_is_usable_the_folder_is_free_for_the_mended_command(recipe, tmp_path):
    with pytest.raises(errors.DatasetError, match="not one excerpt was usable; the first: tones"):
        make(recipe(source=Tones(with_stems=False)), tmp_path / "data")
    made = make(recipe(source=Tones(with_stems=False), separator=Halves()), tmp_path / "data")
    assert len(made.rows) == 12


def test_the_card_tells_the_hub_s_loader_where_the_rows_are(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    loaded = datasets.load_dataset(str(dataset.folder), cache_dir=str(tmp_path / "cache"))
    assert loaded["train"]["id"][:] == [row["id"] for row in dataset.rows]


def test_knobs_are_drawn_though_the_effect_is_skipped():
    states = []
    for chance in (0.0, 0.5, 1.0):
        rng = np.random.default_rng(0)
        Gain.random(gain_db=Uniform(-6.0, 6.0), chance=chance).sample(rng)
        states.append(rng.bit_generator.state)
    assert states[0] == states[1] == states[2]


def test_an_artist_is_on_one_side_of_the_split(recipe, tmp_path):
    wide = recipe(source=Tones(count=40), splits=(0.4, 0.3, 0.3), excerpts_per_song=1)
    rows = make(wide, tmp_path / "data").rows
    sides = {
        row["artist"]: {r["split"] for r in rows if r["artist"] == row["artist"]} for row in rows
    }
    assert all(len(side) == 1 for side in sides.values())
    assert len(set.union(*sides.values())) == 3


def test_excerpts_are_chosen_by_the_seed(recipe):
    chosen = {
        seed: [
            recipe(seed=seed, excerpts_per_song=2).excerpts(f"song-{n}", 100, 2_000)
            for n in range(9)
        ]
        for seed in (1, 2)
    }
    assert all(len(set(numbers)) == 2 for numbers in chosen[1])
    assert set(chosen[1]) != {(0, 1)}
    assert chosen[1] != chosen[2]
    assert recipe(excerpts_per_song=99).excerpts("song", 100, 2_000) == tuple(range(20))


def test_every_stem_effect_and_recipe_has_a_seed_of_its_own(recipe):
    level = Gain.random(gain_db=Uniform(-60.0, 60.0))
    console = RandomConsole(default=RandomChain((level, level)), bus=RandomChain((level,)))
    seed = Seed(1) / "recipe" / "song" / 0
    drawn = console.draw(["a", "b"], seed)
    gains = [e.gain_db for c in (*drawn.strips.values(), drawn.bus) for e in c.places]
    assert len(set(gains)) == 5
    assert console.draw(["b"], seed).strips["b"] == drawn.strips["b"]
    assert console.draw(["a"], Seed(1) / "other" / "song" / 0).strips["a"] != drawn.strips["a"]


def test_recipes_that_differ_in_name_only_draw_other_knobs(recipe, tmp_path):
    consoles = [
        [row["console"] for row in make(recipe(name=name), tmp_path / name).rows]
        for name in ("one", "two")
    ]
    assert consoles[0] != consoles[1]


def test_two_songs_of_one_id_are_refused(recipe):
    class Twins(Tones):
        def catalogue(self):
            listings = super().catalogue().listings
            return Catalogue((listings[0], listings[0]))

    with pytest.raises(errors.UsageError, match="two songs have the id tones-0"):
        plan(recipe(source=Twins()))


def test_a_plan_comes_back_from_its_file(recipe, dataset):
    wanted = plan(recipe())
    assert read_plan(dataset.folder) == wanted
    said = json.loads((dataset.folder / "plan.json").read_text())
    said["songs"][0]["license"] = "MIT"
    (dataset.folder / "plan.json").write_text(json.dumps(said))
    with pytest.raises(errors.DatasetError, match="its root no longer fits"):
        read_plan(dataset.folder)


@pytest.mark.parametrize("harm", ["delete", "damage"])
def test_a_lost_plan_is_restored_if_it_was_this_one(recipe, dataset, harm):
    path, wanted = dataset.folder / "plan.json", (dataset.folder / "plan.json").read_bytes()
    if harm == "delete":
        path.unlink()
    else:
        path.write_bytes(wanted[:100])
    assert make(recipe(), dataset.folder).rendered == 0
    assert path.read_bytes() == wanted
    assert verify(dataset.folder) == []
    path.unlink()
    with pytest.raises(errors.DatasetError, match="holds something else"):
        make(recipe(seed=9), dataset.folder)


@pytest.mark.parametrize("name", ["00000.tar", "00000.json"])
@pytest.mark.parametrize("place", [0.1, 0.5, -2])
def test_make_never_makes_damage_official(recipe, dataset, name, place):
    wanted, path = sums(dataset.folder), dataset.folder / name
    content = bytearray(path.read_bytes())
    content[int(place * len(content)) if place > 0 else place] ^= 1
    path.write_bytes(content)
    assert make(recipe(), dataset.folder).rendered == 1
    assert sums(dataset.folder) == wanted
    assert verify(dataset.folder) == []


@pytest.mark.parametrize("content", ["[]", '{"size": 5}', "{", ""])
def test_a_shards_index_that_is_nonsense_is_made_again(recipe, dataset, content):
    wanted = sums(dataset.folder)
    (dataset.folder / "00000.json").write_text(content)
    assert make(recipe(), dataset.folder).rendered == 1
    assert sums(dataset.folder) == wanted


def test_a_planted_shard_is_refused(recipe, dataset):
    (dataset.folder / "00007.tar").write_text("x")
    with pytest.raises(errors.DatasetError, match=r"holds something else \(00007.tar\)"):
        make(recipe(), dataset.folder)


def test_what_a_kill_left_over_is_swept_away(recipe, dataset):
    for name in (".00000.tar.tmp", ".manifest.parquet.99.tmp"):
        (dataset.folder / name).write_text("half")
    make(recipe(), dataset.folder)
    assert verify(dataset.folder) == []


def test_a_song_that_is_gone_while_making_stops_it_and_comes_back(recipe, tmp_path):
    class Away(Tones):
        def load(self, listing):
            if listing.id == "tones-2":
                raise errors.Changed(f"{listing.origin.name}: cannot be read: put it back")
            return super().load(listing)

    Away.__name__, Away.__qualname__, Away.__module__ = "Tones", "Tones", Tones.__module__
    with pytest.raises(errors.Changed, match="put it back"):
        make(recipe(source=Away()), tmp_path / "data")
    again = make(recipe(), tmp_path / "data")
    assert (len(again.rows), again.rejected) == (12, ())
    assert sums(again.folder) == sums(make(recipe(), tmp_path / "other").folder)


def test_verify_finds_stems_that_do_not_sum_and_rows_that_lie(recipe, tmp_path, monkeypatch):
    separated = recipe(separator=Halves(), source=Tones(with_stems=False, count=1))
    monkeypatch.setattr(
        "automix_bench.making.render.with_exact_residual",
        lambda stems, mix: {**stems, "residual": stems["residual"].scaled(0.0)},
    )
    folder = make(separated, tmp_path / "data").folder
    monkeypatch.undo()
    assert {p.what for p in verify(folder)} == {"its stems do not sum to its mix"}
    monkeypatch.setattr(
        shard_writer,
        "manifest_row",
        lambda example, row=example_files.manifest_row: {
            **row(example),
            "artist": "somebody else",
            "song": "no such song",
        },
    )
    lying = make(recipe(source=Tones(count=1)), tmp_path / "lying").folder
    monkeypatch.undo()
    found = {problem.what for problem in verify(lying)}
    assert "its artist in the manifest is not its own" in found
    assert "its song in the manifest is not its own" in found


def test_a_sampler_that_leaves_its_knobs_range_is_refused_at_once():
    with pytest.raises(ValueError, match=r"Gain\.gain_db must lie in \[-60.0, 60.0\] dB, got -61"):
        Gain.random(gain_db=Uniform(-61.0, 6.0))
    with pytest.raises(ValueError, match=r"Gain\.gain_db must lie in"):
        Gain.random(gain_db=99.0)
    with pytest.raises(ValueError, match="Gain: a chance lies from 0 to 1, got 2"):
        Gain.random(gain_db=0.0, chance=2.0)
    loose = Gain.random(gain_db=Choice((99.0,)))
    with pytest.raises(errors.UsageError, match="a recipe drew settings that its effect refuses"):
        loose.sample(np.random.default_rng(0))


@pytest.mark.parametrize("harm", ["other seed", "copy", "swap"])
def test_a_shard_of_another_plan_or_place_is_made_again(recipe, dataset, tmp_path, harm):
    wanted, folder = sums(dataset.folder), dataset.folder
    pairs = {name: (folder / name).read_bytes() for name in ("00000.tar", "00000.json")}
    if harm == "other seed":
        other = make(recipe(seed=8), tmp_path / "other").folder
        for name in pairs:
            (folder / name).write_bytes((other / name).read_bytes())
    else:
        for name, content in pairs.items():
            if harm == "swap":
                (folder / name).write_bytes((folder / name.replace("00000", "00001")).read_bytes())
            (folder / name.replace("00000", "00001")).write_bytes(content)
    assert make(recipe(), folder).rendered == (2 if harm == "swap" else 1)
    assert sums(folder) == wanted
    assert verify(folder, rerender=True) == []


def test_verify_accounts_for_every_planned_excerpt(recipe, dataset, monkeypatch):
    folder = dataset.folder
    rows = read_manifest(folder)
    for kept, what in (
        (rows[1:], "is in the plan and neither made nor rejected"),
        ([*rows, rows[0]], "is in the manifest 2 times"),
        ([*rows, {**rows[0], "id": "stray"}], "is in the manifest and not in the plan"),
    ):
        with (folder / "manifest.parquet").open("wb") as file:
            write_manifest(file, kept)
        held = sorted(p for p in folder.iterdir() if p.name != "SHA256SUMS")
        lines = [f"{file_sha256(path)}  {path.name}\n" for path in held]
        (folder / "SHA256SUMS").write_text("".join(lines))
        assert what in {problem.what for problem in verify(folder)}
        assert len(verify(folder)) <= 2


def test_the_rows_of_a_data_set_are_read_as_they_are_asked_for(recipe, tmp_path):
    made = make(recipe(examples_per_shard=1), tmp_path / "data")
    rows, listed = made.rows, list(made.rows)
    assert len(rows) == len(listed) == 12
    assert [row["id"] for row in listed] == [row["id"] for row in read_manifest(made.folder)]
    assert [rows[n] for n in range(-12, 12)] == listed + listed
    for place in (slice(None), slice(2, 7), slice(9, 99), slice(4, 4), slice(None, None, -5)):
        assert rows[place] == listed[place]
    with pytest.raises(IndexError):
        rows[12]
    assert set(rows.sums) == {f"0000{n}.tar" for n in range(4)}
    assert rows.sums["00003.tar"] == file_sha256(made.folder / "00003.tar")


def test_one_shard_s_rows_are_in_memory_at_a_time(recipe, tmp_path, monkeypatch):
    made, read = make(recipe(examples_per_shard=1), tmp_path / "data"), []
    monkeypatch.setattr(
        "automix_bench.dataset.shard_index.read_index",
        lambda folder, number, index=shard_index.read_index: (
            read.append(number),
            index(folder, number),
        )[1],
    )
    rows = ShardRows(made.folder, range(4))
    assert read == []
    assert [row["song"] for row in rows[2:7]] == ["tones-0"] + ["tones-1"] * 3 + ["tones-2"]
    assert read == [0, 1, 2]
    assert len(list(rows)) == 12
    assert read[3:] == [0, 1, 2, 3]


@pytest.mark.parametrize("separated", [False, True])
def test_one_song_is_in_memory_at_a_time(recipe, tmp_path, separated):
    held = []

    class Watched(Tones):
        def load(self, listing):
            gc.collect()
            assert [song() for song in held] == [None] * len(held)
            song = super().load(listing)
            held.append(weakref.ref(song.mix))
            return song

    source = Watched(with_stems=not separated)
    changed = {"separator": Halves()} if separated else {}
    make(recipe(source=source, examples_per_shard=12, **changed), tmp_path / "data")
    assert len(held) == 4


@dataclass(frozen=True)
class Many:
    """A hundred thousand songs, of which nothing is ever decoded."""

    def catalogue(self):
        return Catalogue(
            tuple(
                Listing(
                    f"song-{n}",
                    f"artist-{n // 10}",
                    "CC0-1.0",
                    Origin(f"{n}.flac", f"{n:064d}"),
                    44_100,
                    4_410_000,
                )
                for n in range(100_000)
            )
        )

    def load(self, listing):
        raise AssertionError("nothing is decoded")


MILLION = """
import resource, time
from pathlib import Path
from tests.making.test_make import Many, small_recipe
from automix_bench.making.resume import plan_to_follow, refuse_foreign_files, write_plan
from automix_bench.making.planning import plan
from dataclasses import replace
import sys
recipe = replace(small_recipe(), source=Many(), excerpt_seconds=10.0, examples_per_shard=32)
for _ in range(2):
    wanted = plan(recipe)
    refuse_foreign_files(Path(sys.argv[1]), wanted)
    write_plan(plan_to_follow(wanted, Path(sys.argv[1]), append=False), Path(sys.argv[1]))
print(wanted.examples, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_a_million_examples_are_planned_and_gone_on_with_in_little_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MILLION, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    examples, megabytes = (int(word) for word in done.stdout.split())
    assert examples == 1_000_000
    assert megabytes < 1_500

"""One example made again: equal if nothing changed, and the reason named if something did."""

import json
from dataclasses import replace

import pytest

from automix_bench import errors
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset import example_files
from automix_bench.dataset.credits import credits
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_reader import read_files
from automix_bench.dataset.verify import chosen, verify
from automix_bench.effects.gain import Gain
from automix_bench.making import rebuild as rebuilding
from automix_bench.making.make import make
from automix_bench.making.rebuild import rebuild, write_example
from tests.support.tone_source import Tones

ID = "tones-2_0001"


def said(found):
    return {one.what: one.how for one in found}


def test_an_example_is_made_again_to_the_last_bit(recipe, dataset, tmp_path):
    found = rebuild(recipe(), ID, dataset.folder)
    assert found.equal
    assert found.causes == ()
    write_example(found.example, tmp_path / "one")
    stored = next(row for row in dataset.rows if row["id"] == ID)
    files = read_files(dataset.folder, stored)
    assert {p.name: p.read_bytes() for p in (tmp_path / "one").iterdir()} == files


def test_a_folder_that_holds_something_is_left_alone(recipe, dataset, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(errors.DatasetError, match="holds something already"):
        write_example(dataset[0], tmp_path)


def test_a_song_that_changed_is_named(recipe, dataset):
    class Louder(Tones):
        def _listing(self, number):
            listing = super()._listing(number)
            return replace(listing, origin=replace(listing.origin, sha256="f" * 64))

        def _audio(self, wave):
            return super()._audio(wave).scaled(1.001)

    Louder.__name__, Louder.__qualname__, Louder.__module__ = "Tones", "Tones", Tones.__module__
    found = rebuild(recipe(source=Louder(), loudness_lufs=None), ID, dataset.folder)
    causes, differences = said(found.causes), said(found.differences)
    assert causes["song origin sha256"] == f"{2:064d} in the data set, {'f' * 64} here"
    assert causes["recipe loudness_lufs"] == "-23.0 in the data set, nothing here"
    assert not found.equal
    assert "samples differ, by" in differences["before bass"]
    assert "origin sha256" in differences
    assert "gain_db" in differences


def test_a_recipe_of_another_seed_draws_another_console(recipe, dataset):
    found = rebuild(recipe(seed=8), ID, dataset.folder)
    assert said(found.causes) == {"recipe seed": "7 in the data set, 8 here"}
    assert {one.what.split()[0] for one in found.differences} >= {"console", "after"}
    assert not [one for one in found.differences if one.what.startswith("before")]


def test_other_weights_and_another_version_are_named(recipe, dataset, monkeypatch):
    class Other:
        license = "MIT"

        def __call__(self, song):
            return song

        def fingerprint(self):
            return {"separator": "as_recorded", "weights": "abc"}

    Other.__name__, Other.__qualname__ = "AsRecorded", "AsRecorded"
    monkeypatch.setattr(rebuilding, "__version__", "99")
    monkeypatch.setattr(
        "automix_bench.making.planning.described", lambda recipe: {"examples_per_shard": 4}
    )
    causes = said(rebuild(recipe(separator=Other()), ID, dataset.folder).causes)
    assert causes["automix_bench"].endswith("99 here")
    assert causes["separator weights"] == "nothing in the data set, abc here"


def test_a_sample_that_was_tampered_with_is_measured(recipe, tmp_path, monkeypatch):
    settings = example_files.settings

    def lying(example):
        told = settings(example)
        told["gain_db"] = 99.0
        return told

    monkeypatch.setattr(example_files, "settings", lying)
    folder = make(recipe(source=Tones(count=1)), tmp_path / "data").folder
    monkeypatch.undo()
    (found,) = rebuild(recipe(source=Tones(count=1)), "tones-0_0000", folder).differences
    assert found.what == "gain_db"
    assert found.how.startswith("99.0 in the data set, ")


def test_a_song_that_is_gone_or_refused_is_named(recipe, dataset):
    with pytest.raises(errors.UsageError, match="its song tones-2 cannot be used here"):
        rebuild(recipe(source=Tones(count=2)), ID, dataset.folder)
    with pytest.raises(errors.Rejected, match=r"silent.*recipe silence_db: -60.0 in the data set"):
        rebuild(recipe(silence_db=0.0), ID, dataset.folder)
    with pytest.raises(errors.UsageError, match="no example 'nobody' among 12, tones-0_0000 to"):
        rebuild(recipe(), "nobody", dataset.folder)


def test_a_knob_is_named_by_its_place(recipe, dataset):
    console = RandomConsole(default=RandomChain((Gain.random(gain_db=-3.0),)))
    found = rebuild(recipe(console=console), ID, dataset.folder)
    assert any(one.what.startswith("console strips") for one in found.differences)


# `verify --regenerate`.


def test_the_examples_rendered_again_are_chosen_by_the_plan(recipe, dataset, tmp_path):
    three, five = (chosen(dataset.folder, n) for n in (3, 5))
    assert three == chosen(dataset.folder, 3)
    assert len(three) == 3
    assert three < five
    assert chosen(dataset.folder, None) == chosen(dataset.folder, 99) == frozenset(range(12))
    assert chosen(dataset.folder, 0) == frozenset()
    other = {chosen(make(recipe(seed=n), tmp_path / str(n)).folder, 3) for n in range(1, 5)}
    assert len(other | {three}) > 1


def test_only_the_chosen_are_rendered_and_a_lie_is_found(recipe, tmp_path, monkeypatch):
    settings = example_files.settings

    def lying(example):
        told = settings(example)
        told["console"]["bus"][0]["gain_db"] = -2.0
        return told

    monkeypatch.setattr(example_files, "settings", lying)
    folder = make(recipe(), tmp_path / "data").folder
    assert verify(folder) == []
    rows = Dataset(folder).rows
    for count in (1, 4):
        found = verify(folder, regenerate=count)
        assert {problem.what for problem in found} == {"mix renders to other samples here"}
        assert {p.item for p in found} == {rows[n]["id"] for n in chosen(folder, count)}
    assert len(verify(folder, rerender=True)) == 12
    with pytest.raises(errors.UsageError, match="got -1"):
        verify(folder, regenerate=-1)


def test_a_plan_that_is_damaged_does_not_stop_it(dataset):
    path = dataset.folder / "plan.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "root": "0"}))
    assert len(chosen(dataset.folder, 2)) == 2
    assert "plan.json" in {problem.item for problem in verify(dataset.folder, regenerate=2)}


# Credits.


def test_credits_name_every_song_once_under_its_licence(dataset):
    rows = [dict(row) for row in dataset.rows]
    for row in rows:
        if row["song"] == "tones-1":
            row["license"], row["attribution"] = "CC-BY-4.0 AND LicenseRef-mine", "B.\nMaker"
        if row["song"] == "tones-3":
            row["attribution"] = ""
    text = credits(rows)
    assert text == credits(rows[::-1])
    assert "## CC0-1.0 (open): 3 songs" in text
    assert text.count("- tones/0: A. Tester\n") == 1
    assert "- tones/3: nobody is named\n" in text
    assert "## CC-BY-4.0 AND LicenseRef-mine (unknown): 1 song\n" in text
    assert "- tones/1: B. Maker\n" in text
    assert text.count("https://spdx.org/licenses/") == 2
    assert "- CC-BY-4.0: <https://spdx.org/licenses/CC-BY-4.0.html>\n" in text

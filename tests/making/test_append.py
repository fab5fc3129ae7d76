"""Many songs, and more songs later: plans in little memory, and shards that stay as they are."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench import errors
from automix_bench.dataset import shard_index
from automix_bench.dataset.card import data_card
from automix_bench.dataset.manifest import write_manifest
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.files.atomic import file_sha256, whole_file
from automix_bench.files.canonical_json import canonical, fingerprint, pretty
from automix_bench.making import planning
from automix_bench.making.make import make
from automix_bench.separators.whole import Whole
from automix_bench.source import Catalogue
from automix_bench.sources.folder import Folder
from tests.support.tone_source import Tones


@dataclass(frozen=True)
class Growing(Tones):
    """The tones that a file names, in its order. Where it lies is no part of a plan."""

    named: Path = Path()

    def catalogue(self):
        numbers = (int(word) for word in self.named.read_text().split())
        return Catalogue(tuple(self._listing(number) for number in numbers))


@pytest.fixture
def growing(recipe, tmp_path):
    """A recipe and a maker of its songs: `growing("0 1 2")` gives the recipe on these."""

    def on(numbers, **changed):
        (tmp_path / "songs").write_text(numbers)
        return recipe(source=Growing(named=tmp_path / "songs"), **changed)

    return on


def shards_in(folder):
    return {p.name: p.read_bytes() for p in folder.glob("0*")}


def everything_in(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_new_songs_get_new_shards_and_old_ones_stay_byte_for_byte(growing, tmp_path):
    folder = make(growing("3 5 8"), tmp_path / "data").folder
    old = shards_in(folder)
    assert sorted(old) == ["00000.json", "00000.tar", "00001.json", "00001.tar"]
    # Before, between and after the old ones.
    made = make(growing("1 3 4 5 8 9"), folder, append=True)
    assert made.rendered == 2
    assert {name: shards_in(folder)[name] for name in old} == old
    places = {song.listing.id: song.shard for song in made.plan.songs}
    assert places == {
        "tones-3": 0,
        "tones-5": 0,
        "tones-8": 1,
        "tones-1": 2,
        "tones-4": 2,
        "tones-9": 3,
    }
    assert verify(folder, rerender=True) == []
    assert read_plan(folder) == made.plan
    assert made.plan.root == fingerprint(made.plan.to_json())
    whole = make(growing("1 3 4 5 8 9"), tmp_path / "whole")
    assert {row["id"]: row["sha256"] for row in whole.rows} == {
        row["id"]: row["sha256"] for row in made.rows
    }
    assert whole.plan.root != made.plan.root


def test_what_was_appended_is_gone_on_with_without_saying_so_again(growing, tmp_path):
    folder = make(growing("0 1"), tmp_path / "data").folder
    make(growing("0 1 2"), folder, append=True)
    twice = make(growing("0 1 2 3"), folder, append=True)
    wanted = everything_in(folder)
    (folder / "00000.tar").unlink()
    (folder / "manifest.parquet").unlink()
    again = make(growing("3 2 1 0"), folder)
    assert (again.rendered, again.plan) == (1, twice.plan)
    assert everything_in(folder) == wanted
    assert make(growing("3 2 1 0"), folder, append=True).rendered == 0
    assert everything_in(folder) == wanted


def test_the_way_songs_were_appended_is_in_the_plan_alone(growing, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for numbers in ("0", "0 1", "0 1 2"):
        make(growing(numbers), one, append=True)
    for numbers in ("0", "0 2", "0 1 2"):
        make(growing(numbers), other, append=True)
    assert read_plan(one).root != read_plan(other).root
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "plan.json").write_bytes((one / "plan.json").read_bytes())
    make(growing("2 1 0"), tmp_path / "copy")
    assert everything_in(tmp_path / "copy") == everything_in(one)


def test_new_songs_are_refused_unless_they_are_to_be_appended(growing, tmp_path):
    folder = make(growing("0 1"), tmp_path / "data").folder
    before = everything_in(folder)
    with pytest.raises(
        errors.DatasetError, match=r"songs changed: 1 new, 0 gone\): add `--append`"
    ):
        make(growing("0 1 2"), folder)
    with pytest.raises(
        errors.DatasetError, match=r"songs changed: 1 new, 1 gone\): choose another"
    ):
        make(growing("1 2"), folder)
    assert everything_in(folder) == before


def test_a_song_that_is_gone_or_changed_is_named_and_nothing_is_touched(growing, tmp_path):
    folder = make(growing("0 1"), tmp_path / "data").folder
    before = everything_in(folder)
    with pytest.raises(
        errors.DatasetError, match=r"song tones-1 \(tones/1\) is in the data set and"
    ):
        make(growing("0 2"), folder, append=True)
    with pytest.raises(errors.DatasetError, match=r"another plan \(seed 7 there, 8 here\): choose"):
        make(growing("0 1 2", seed=8), folder, append=True)

    @dataclass(frozen=True)
    class Relicensed(Growing):
        def _listing(self, number):
            return replace(super()._listing(number), license="MIT" if number else "CC0-1.0")

    Relicensed.__name__, Relicensed.__qualname__ = "Growing", "Growing"
    changed = replace(growing("0 1 2"), source=Relicensed(named=tmp_path / "songs"))
    with pytest.raises(errors.DatasetError, match=r"tones-1 .* not what it was .* its license"):
        make(changed, folder, append=True)
    assert everything_in(folder) == before


def test_a_song_that_could_not_be_used_before_is_appended_when_it_can(growing, tmp_path):
    folder = make(growing("0 1", excerpts_per_song=1), tmp_path / "data").folder
    root = read_plan(folder).root

    @dataclass(frozen=True)
    class Short(Growing):
        def _listing(self, number):
            listing = super()._listing(number)
            return replace(listing, length=1_600) if number == 2 else listing

    Short.__name__, Short.__qualname__ = "Growing", "Growing"
    few = replace(growing("0 1 2", excerpts_per_song=1), source=Short(named=tmp_path / "songs"))
    with pytest.raises(errors.DatasetError, match="other files are left out"):
        make(few, folder)
    assert [r.item for r in make(few, folder, append=True).rejected] == ["tones/2"]
    assert read_plan(folder).root != root
    made = make(growing("0 1 2", excerpts_per_song=1), folder, append=True)
    assert made.rejected == ()
    assert [row["song"] for row in made.rows] == ["tones-0", "tones-1", "tones-2"]
    assert verify(folder) == []


def test_appending_that_is_cut_off_goes_on_to_the_same_bytes(growing, tmp_path, monkeypatch):
    for name in ("cut", "whole"):
        make(growing("0 1 2"), tmp_path / name)
    wanted = growing("0 1 2 3 4 5 6")
    make(wanted, tmp_path / "whole", append=True)
    load, calls = Tones.load, []

    def cut(source, listing):
        calls.append(listing.id)
        if len(calls) in (3, 5):
            raise KeyboardInterrupt
        return load(source, listing)

    monkeypatch.setattr(Tones, "load", cut)
    for append in (True, False):
        with pytest.raises(KeyboardInterrupt):
            make(wanted, tmp_path / "cut", append=append)
    monkeypatch.undo()
    make(wanted, tmp_path / "cut")
    assert calls[0] == "tones-3"
    assert everything_in(tmp_path / "cut") == everything_in(tmp_path / "whole")


def test_the_root_and_the_file_of_a_plan_are_those_of_all_of_its_json(recipe, tmp_path):
    wanted = planning.plan(recipe(source=Tones(count=7), excerpts_per_song=2))
    assert wanted.root == fingerprint(wanted.to_json())
    wanted.write(tmp_path)
    assert file_sha256(tmp_path / "plan.json") == wanted.file_sha256
    said = json.loads((tmp_path / "plan.json").read_text())
    assert said.pop("root") == wanted.root
    assert said == json.loads(canonical(wanted.to_json()))
    assert read_plan(tmp_path) == wanted
    lines = (tmp_path / "plan.json").read_text().splitlines()
    assert sum(line.startswith('{"artist"') for line in lines) == 7


def test_a_plan_in_another_layout_is_read_and_its_data_set_gone_on_with(recipe, dataset):
    path, wanted = dataset.folder / "plan.json", everything_in(dataset.folder)
    path.write_text(pretty(json.loads(path.read_text())))
    assert read_plan(dataset.folder) == planning.plan(recipe())
    assert make(recipe(), dataset.folder).rendered == 0
    assert everything_in(dataset.folder) == wanted


@pytest.mark.parametrize("harm", ["cut", "line", "nothing", "other"])
def test_a_plan_that_is_damaged_is_told_in_one_line(recipe, tmp_path, harm):
    planning.plan(recipe()).write(tmp_path)
    path = tmp_path / "plan.json"
    text = path.read_text()
    path.write_text(
        {
            "cut": text[: len(text) // 2],
            "line": text.replace('{"artist"', '{"artits"', 1),
            "nothing": "",
            "other": text.replace("tones-1", "tones-9"),
        }[harm]
    )
    with pytest.raises(errors.DatasetError, match=r"damaged|no longer fits") as told:
        read_plan(tmp_path)
    assert "\n" not in str(told.value)


def test_the_part_of_a_shard_is_of_what_decides_it_and_nothing_else(recipe):
    one = planning.plan(recipe(source=Tones(count=4)))
    more = planning.plan(recipe(source=Tones(count=8)))
    # The count of tones is a setting, so all parts differ; with equal settings only songs do.
    assert one.part(0) != more.part(0)
    cut = replace(more, songs=more.songs[:4])
    changed = replace(more.songs[0], split="none")
    other = replace(more, songs=(changed, *more.songs[1:]))
    assert [cut.part(n) for n in range(2)] == [more.part(n) for n in range(2)]
    assert other.part(0) != more.part(0)
    assert other.part(1) == more.part(1)
    for field, value in (("code", "0"), ("recipe", {}), ("separator", {"x": 1})):
        assert replace(more, **{field: value}).part(1) != more.part(1)


def test_two_writers_of_a_file_do_not_share_an_unfinished_one(tmp_path):
    with whole_file(tmp_path / "it") as one, whole_file(tmp_path / "it") as other:
        assert one.name != other.name
        assert str(os.getpid()) in one.name
        one.write(b"one")
        other.write(b"other")
    assert everything_in(tmp_path) == {"it": b"one"}


def test_a_file_whose_writing_fails_leaves_the_old_one(tmp_path):
    (tmp_path / "it").write_bytes(b"old")

    def fails():
        with whole_file(tmp_path / "it") as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert everything_in(tmp_path) == {"it": b"old"}


def test_a_manifest_and_a_card_are_written_from_rows_that_come_once(dataset, tmp_path):
    rows = Dataset(dataset.folder).rows
    with (tmp_path / "manifest").open("wb") as file:
        write_manifest(file, iter(rows))
    assert (tmp_path / "manifest").read_bytes() == (
        dataset.folder / "manifest.parquet"
    ).read_bytes()
    card = data_card(read_plan(dataset.folder), iter(rows), ())
    assert card == (dataset.folder / "README.md").read_text()


def test_the_groups_of_a_manifest_do_not_depend_on_how_many_rows_are_held(dataset, tmp_path):
    import pyarrow.parquet as pq

    rows = [{**row, "id": f"{n}"} for n, row in enumerate([*dataset.rows] * 200)]
    with (tmp_path / "manifest").open("wb") as file:
        write_manifest(file, rows)
    table = pq.ParquetFile(tmp_path / "manifest")
    groups = [table.metadata.row_group(n).num_rows for n in range(table.num_row_groups)]
    assert groups == [2_000, 400]
    assert table.read(["id"])["id"].to_pylist() == [row["id"] for row in rows]


MEMORY = """
import resource, sys
from pathlib import Path
from tests.making.test_append import closed
import pyarrow.parquet
closed(Path(sys.argv[1]), int(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def closed(folder, copies):
    """The closing of a data set whose shards' rows are there so many times."""
    from automix_bench.dataset import finish

    index = shard_index.read_index(folder, 0)
    head = {key: index[key] for key in ("part", "sha256", "rejected")}
    rows = [canonical(row) for row in index["examples"]] * 20
    for number in range(3, 3 + copies):
        shard_index.write_index(folder, number, head, rows)
    text = (folder / "SHA256SUMS").read_text()
    finish.own_files = lambda folder: []
    finish.close(read_plan(folder), folder, range(3, 3 + copies))
    (folder / "SHA256SUMS").write_text(text)


def test_closing_takes_no_more_memory_for_many_more_examples(dataset):
    megabytes = []
    for copies in (20, 80):  # 120 examples each: both fill a group of the manifest
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, str(dataset.folder), str(copies)],
            text=True,
            check=True,
            cwd=Path(__file__).parent.parent.parent,
            capture_output=True,
        )
        megabytes.append(float(done.stdout))
    assert megabytes[1] - megabytes[0] < 25.0, megabytes


@pytest.mark.parametrize("cut", ["seal", "row", "line", "nothing"])
def test_an_index_that_is_not_as_it_was_written_is_not_whole(dataset, cut):
    folder, planned = dataset.folder, read_plan(dataset.folder)
    assert all(shard_index.is_whole(folder, n, planned.part(n)) for n in range(2))
    assert not shard_index.is_whole(folder, 0, planned.part(1))
    path = folder / "00001.json"
    text = path.read_text()
    path.write_text(
        {
            "seal": text.rpartition('"seal"')[0],
            "row": text.replace("tones", "tunes", 1),
            "line": text.partition("\n")[2],
            "nothing": "",
        }[cut]
    )
    assert not shard_index.is_whole(folder, 1, planned.part(1))
    path.unlink()
    assert not shard_index.is_whole(folder, 1, planned.part(1))


def songs_on_disk(folder):
    for number in range(4):
        artist = folder / f"artist {number}"
        artist.mkdir(parents=True)
        noise = 0.1 * np.random.default_rng(number).standard_normal((66_150, 2))
        soundfile.write(artist / "song.flac", noise, 44_100)
    return Folder(folder, license="CC0-1.0")


def test_a_song_that_breaks_in_the_middle_is_left_out_and_the_rest_is_made(recipe, tmp_path):
    source = songs_on_disk(tmp_path / "songs")
    path = tmp_path / "songs" / "artist 1" / "song.flac"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    made = make(recipe(source=source, separator=Whole(), examples_per_shard=1), tmp_path / "data")
    assert [r.item for r in made.rejected] == ["artist 1/song.flac"]
    assert len(made.rows) == 3
    assert verify(made.folder) == []


def test_a_file_replaced_after_it_was_planned_stops_making_and_what_is_made_stays(recipe, tmp_path):
    wanted = recipe(
        source=songs_on_disk(tmp_path / "songs"), separator=Whole(), examples_per_shard=1
    )
    whole = everything_in(make(wanted, tmp_path / "whole").folder)
    path = tmp_path / "songs" / "artist 2" / "song.flac"
    kept = path.read_bytes()
    other = kept[:-1] + bytes((kept[-1] ^ 1,))

    def replaced(what, done, total, unit):
        if what == "rendering" and done >= 1.0:
            path.write_bytes(other)

    folder = tmp_path / "data"
    with pytest.raises(errors.Changed, match=r"artist 2/song.flac.* changed") as told:
        make(wanted, folder, progress=replaced)
    assert "\n" not in str(told.value)
    assert sorted(p.name for p in folder.glob("*.tar")) == ["00000.tar", "00001.tar", "00003.tar"]
    with pytest.raises(errors.DatasetError, match=r"another plan \(songs changed: 0 new, 1 gone\)"):
        make(wanted, folder)
    path.write_bytes(kept)
    assert make(wanted, folder).rendered == 1
    assert everything_in(folder) == whole

"""Finding an example's files in a shard: our reader of tar against Python's."""

import os
import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from automix_bench import errors
from automix_bench.dataset.example_files import encode, example_hash
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_reader import read_files
from automix_bench.dataset.shard_writer import tar_member
from automix_bench.files import flac


def test_the_files_are_those_that_tarfile_finds(dataset):
    for number, row in enumerate(dataset.rows):
        with tarfile.open(dataset.folder / row["shard"]) as tar:
            wanted = {
                member.name: tar.extractfile(member).read()
                for member in tar
                if row["offset"] <= member.offset < row["offset"] + row["size"]
            }
        assert list(read_files(dataset.folder, row).items()) == list(wanted.items())
        assert encode(dataset[number]) == wanted


@pytest.mark.parametrize("name", ["a_0000", "a" * 90 + "_0000", "b" * 200 + "_0000"])
def test_names_of_any_length_are_read(tmp_path, name):
    files = {f"{name}.json": b"{}", f"{name}.before.mix.flac": bytes(range(256)) * 3}
    content = b"".join(part for n, c in files.items() for part in tar_member(n, c))
    (tmp_path / "00000.tar").write_bytes(b"x" * 512 + content + bytes(1024))
    row = {
        "id": name,
        "shard": "00000.tar",
        "offset": 512,
        "size": len(content),
        "sha256": example_hash(files),
    }
    assert read_files(tmp_path, row) == files


@pytest.mark.parametrize("harm", ["header", "cut", "shifted", "kind", "gone"])
def test_damage_is_named_whether_hashes_are_compared_or_not(dataset, harm):
    row = dataset.rows[1]
    path = dataset.folder / row["shard"]
    content = bytearray(path.read_bytes())
    if harm == "header":
        content[row["offset"] + 100] ^= 1
    elif harm == "cut":
        del content[row["offset"] + row["size"] // 2 :]
    elif harm == "shifted":
        content[:0] = b"1"
    elif harm == "kind":
        content[row["offset"] + 156] = ord("5")
    path.write_bytes(content)
    if harm == "gone":
        path.unlink()
    for check in (True, False):
        with pytest.raises(errors.DatasetError, match=f"{row['shard']}: (damaged|missing)"):
            Dataset(dataset.folder, check=check)[1]


def test_sound_that_is_damaged_is_found_if_it_is_looked_for(dataset):
    row = dataset.rows[0]
    path = dataset.folder / row["shard"]
    content = bytearray(path.read_bytes())
    content[row["offset"] + row["size"] // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.DatasetError, match="is not what the manifest says"):
        Dataset(dataset.folder)[0]
    with pytest.raises(errors.DatasetError, match="is not what the manifest says"):
        Dataset(dataset.folder).unplayed(0)
    assert read_files(dataset.folder, row, check=False)


def test_no_files_are_left_open_and_positions_are_not_shared(dataset):
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: dataset[n % 12].id, range(48)))
    assert found == [row["id"] for row in dataset.rows] * 4
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_a_folder_may_be_text(dataset):
    assert Dataset(str(dataset.folder)) == dataset
    assert Dataset(str(dataset.folder))[2].id == dataset[2].id


def test_before_is_read_without_after(dataset, monkeypatch):
    example = dataset[3]
    decode, heard = flac.decode_trusted, []
    monkeypatch.setattr(
        "automix_bench.files.flac.decode_trusted",
        lambda content: heard.append(1) or decode(content),
    )
    one = dataset.unplayed(3)
    assert len(heard) == len(example.before.stems) + 1
    for name, stem in {**example.before.stems, "mix": example.before.mix}.items():
        assert {**one.before.stems, "mix": one.before.mix}[name].sha256 == stem.sha256
    for name in ("id", "song", "split", "start", "gain_db", "console", "bits"):
        assert getattr(one, name) == getattr(example, name)

"""Reading one example out of a shard: against all of the tar file, and what is refused."""

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


def test_damaged_sound_that_is_not_checked_is_refused_by_name(dataset):
    row = dataset.rows[0]
    tar = dataset.folder / row["shard"]
    content = bytearray(tar.read_bytes())
    place = content.index(b"fLaC", row["offset"]) + 400
    content[place : place + 300] = bytes(300)
    tar.write_bytes(content)
    with pytest.raises(errors.DatasetError, match=rf"{row['id']}\..*\.flac: damaged sound"):
        Dataset(dataset.folder, check=False)[0]


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


def member(name="a_0.json", content=b"{}", kind=tarfile.REGTYPE, how=tarfile.PAX_FORMAT, **more):
    """A member of a tar file; its size need not be that of its content."""
    info = tarfile.TarInfo(name)
    info.size, info.type = len(content), kind
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(how) + content + bytes(-len(content) % 512)


def with_size(content, field):
    """A member with another text for its size, and the checksum made right."""
    header = bytearray(content[:512])
    header[124:136] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content[512:]


NEGATIVE = b"\xff" * 10 + b"\xfe\x00"
"""-512 in the base-256 numbers of GNU tar."""
HOSTILE = {
    "a link": member("a_0.json", b"", tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a hard link": member() + member("a_0.x.flac", b"", tarfile.LNKTYPE, linkname="a_0.json"),
    "a folder": member() + member("a_0.d", b"", tarfile.DIRTYPE),
    "an old type": member(kind=tarfile.AREGTYPE),
    "contiguous": member(kind=tarfile.CONTTYPE),
    "a long name of GNU's": member("a_0." + "b" * 200, how=tarfile.GNU_FORMAT),
    "a sparse file of GNU's": member(kind=tarfile.GNUTYPE_SPARSE),
    "a sparse file in pax": member(
        pax_headers={"GNU.sparse.size": "99999999999", "GNU.sparse.map": "0,1"}
    ),
    "a size in pax": member(pax_headers={"size": "4"}),
    "a negative size in pax": member() + member(pax_headers={"size": "-512"}),
    "a name among other things": member("b" * 200, pax_headers={"comment": "hello"}),
    "settings for all": member("g", b"14 path=a_0.b\n", tarfile.XGLTYPE) + member(),
    "a negative size": member() + with_size(member(), NEGATIVE),
    "a size beyond the end": with_size(member(), b"00000100000\0"),
    "a size that is no number": with_size(member(), b"00000x00000\0"),
    "headers in headers": member("x", b"", tarfile.XHDTYPE) * 5_000 + member(),
    "a name that is not ASCII": member("é", how=tarfile.USTAR_FORMAT),
    "nothing": b"",
    "zeros": bytes(1024),
    "zeros at the end": member() + bytes(512),
    "half a header": member() + member()[:100],
    "no header": member() + b"x" * 512,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_no_writer_of_ours_wrote_is_refused_in_one_line(tmp_path, what):
    content = HOSTILE[what]
    (tmp_path / "00000.tar").write_bytes(content)
    row = {"id": "a_0", "shard": "00000.tar", "offset": 0, "size": len(content), "sha256": ""}
    with pytest.raises(errors.DatasetError, match=r"00000\.tar: damaged at example a_0: "):
        read_files(tmp_path, row, check=False)


def test_a_size_in_the_manifest_takes_no_memory_that_is_not_there(tmp_path):
    content = member()
    (tmp_path / "00000.tar").write_bytes(content)
    row = {"id": "a_0", "shard": "00000.tar", "offset": 0, "size": 2**60, "sha256": ""}
    assert read_files(tmp_path, row, check=False) == {"a_0.json": b"{}"}
    with pytest.raises(errors.DatasetError, match="damaged at example a_0"):
        read_files(tmp_path, {**row, "offset": 2**40}, check=False)

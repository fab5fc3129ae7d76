"""Files that say where the archive of a submission lies."""

import hashlib

import pytest

from automix_bench.errors import DatasetError
from automix_bench.submissions import incoming as module
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.incoming import MOST_BYTES, Incoming, incoming_faults, read_incoming

FIELDS = {
    "format": "1",
    "url": '"https://example.org/mine.abench"',
    "sha256": f'"{"ab" * 32}"',
    "size": "1234",
}


def write(folder, name="mine.toml", **changed):
    place = folder / "automix-composed-1" / "incoming"
    place.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {value}" for key, value in {**FIELDS, **changed}.items() if value]
    (place / name).write_text("\n".join(lines))
    return place / name


def test_the_bounds_are_those_of_the_docs():
    assert (MOST_BYTES, module.SECONDS) == (4 * 1024**3, 30 * 60)


def test_a_file_is_read(tmp_path):
    url, sha256 = "https://example.org/mine.abench", "ab" * 32
    expected = Incoming("automix-composed-1", "mine", url, sha256, 1234)
    assert read_incoming(write(tmp_path)) == expected


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"url": '"http://example.org/a"'}, "url: expected https://…, got http://example.org/a"),
        ({"url": '"file:///etc/passwd"'}, "url: expected https://…"),
        ({"url": "7"}, "url: expected a text"),
        ({"sha256": '"AB"'}, "sha256: expected a sha256, 64 digits"),
        ({"size": "0"}, "size: expected a whole number from 1"),
        ({"size": str(MOST_BYTES + 1)}, "size: expected a whole number from 1"),
        ({"size": "true"}, "size: expected a whole number"),
        ({"size": ""}, "size: expected a whole number"),
        ({"format": "2"}, "format: expected 1"),
        ({"run": '"rm -rf /"'}, "run: expected one of the fields format, url, sha256, size"),
        ({"url": '"\\u001b[31m'}, "expected TOML: "),
        ({"url": "[" * 9_000}, "expected TOML: "),
        ({"size": "1" + "0" * 5_000}, "expected TOML: "),
        ({"size": "1979-99-99"}, "expected TOML: "),
        ({"url": f'"{"a" * 20_000}"'}, "expected at most 16384 bytes"),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path, changed, message):
    path = write(tmp_path, **changed)
    with pytest.raises(DatasetError) as error:
        read_incoming(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\x1b" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["Mine.toml", ".toml", "-x.toml", "a b.toml", "x.json"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(DatasetError, match=r"expected leaderboards/BENCHMARK/incoming/NAME.toml"):
        read_incoming(write(tmp_path, name))


def test_links_folders_and_other_places_are_refused(tmp_path):
    path = write(tmp_path)
    link = path.with_name("link.toml")
    link.symlink_to(path)
    with pytest.raises(DatasetError, match="expected a file"):
        read_incoming(link)
    (path.parent / "folder.toml").mkdir()
    assert len(incoming_faults(path.parent.parent)) == 2
    elsewhere = tmp_path / "mine.toml"
    elsewhere.write_text(path.read_text())
    with pytest.raises(DatasetError, match="expected leaderboards/"):
        read_incoming(elsewhere)


def test_submissions_that_wait_have_a_place_in_the_folder_of_boards(tmp_path):
    write(tmp_path)
    assert not [fault for fault in faults(tmp_path) if "incoming" in fault]
    other = tmp_path / "balance-composed-1"
    other.mkdir()
    (other / "incoming").symlink_to(tmp_path / "automix-composed-1" / "incoming")
    assert incoming_faults(other) == [f"{other}/incoming: expected a folder: {module.REMEDY}"]
    write(tmp_path, "bad.toml", size="0")
    assert [fault for fault in faults(tmp_path) if "bad.toml: size" in fault]


def test_the_archive_is_fetched_with_its_sum_and_size(tmp_path, monkeypatch):
    asked = {}

    def download(address, out, **facts):
        asked.update(facts, address=address)
        out.write_bytes(b"archive")

    monkeypatch.setattr(module, "download", download)
    sum_of = hashlib.sha256(b"archive").hexdigest()
    one = Incoming("b", "mine", "https://example.org/mine.abench", sum_of, 7)
    assert one.fetch(tmp_path).read_bytes() == b"archive"
    assert asked["address"] == one.url
    assert (asked["sha256"], asked["size"], asked["seconds"]) == (sum_of, 7, 1_800.0)
    assert asked["reach"] == module.PUBLIC

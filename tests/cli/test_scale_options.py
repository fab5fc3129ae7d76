"""The options of `make` for large corpora, as a user gives them."""

import json
import subprocess

import pytest
import soundfile
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.dataset.reader import Dataset
from automix_bench.separation import cache_upkeep
from automix_bench.separation.separate import SeparationCache
from tests.cli.test_cli import call
from tests.support.killed_processes import small_disk


@pytest.fixture
def songs(tmp_path, noise):
    """A folder of mixed songs, and one of more that may come later."""
    for folder, count in (("songs", 2), ("more", 1)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            sound = noise(seconds=3, seed=number + len(folder))
            soundfile.write(tmp_path / folder / f"{folder}{number}.wav", sound.samples.T, 44_100)
    return tmp_path / "songs"


@pytest.fixture
def made(songs, tmp_path):
    """Calls `make` on the songs."""
    pytest.importorskip("torch")

    def made_by(out, *options, cache="cache", folder=songs):
        settings = (f"songs={folder}", "separator=spleeter", "seconds=2", "license=CC0-1.0")
        given = [word for setting in settings for word in ("--set", setting)]
        wanted = ("make", "pseudo_multitrack", str(tmp_path / out), *given, *map(str, options))
        return CliRunner().invoke(cli.app, [*wanted, "--cache", str(tmp_path / cache)])

    return made_by


def test_a_bound_on_the_cache_is_kept_and_changes_no_byte(made, tmp_path):
    for gb, entries in (("1", 2), ("0.000001", 0)):
        out = made(gb, "--cache-gb", gb, "--workers", "2", cache=f"c{gb}")
        assert out.exit_code == 0, out.exception
        assert cache_upkeep.size_of(SeparationCache(tmp_path / f"c{gb}")).entries == entries
    sums = [(tmp_path / gb / "SHA256SUMS").read_bytes() for gb in ("1", "0.000001")]
    assert sums[0] == sums[1]


def test_songs_are_appended_and_the_old_shards_stay(made, songs, tmp_path):
    assert made("data").exit_code == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "data").glob("00000.*")}
    (tmp_path / "more" / "more0.wav").rename(songs / "more0.wav")
    refused = made("data")
    assert refused.exception.exit_code == 3
    assert "--append" in str(refused.exception)
    assert made("data", "--append").exit_code == 0
    after = {p.name: p.read_bytes() for p in (tmp_path / "data").glob("0000*")}
    assert {name: after[name] for name in before} == before
    assert set(after) == {"00000.tar", "00000.json", "00001.tar", "00001.json"}
    assert CliRunner().invoke(cli.app, ["verify", str(tmp_path / "data")]).exit_code == 0


def test_a_damaged_plan_of_a_data_set_with_appended_songs_is_not_guessed(made, songs, tmp_path):
    assert made("data").exit_code == 0
    # Before the others in a plan of all: in another shard than the one appended to.
    (tmp_path / "more" / "more0.wav").rename(songs / "a.wav")
    assert made("data", "--append").exit_code == 0
    held = {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()}
    (tmp_path / "data" / "plan.json").write_bytes(held["plan.json"][:100])
    refused = made("data")
    assert refused.exception.exit_code == 3
    assert "put a copy of it back" in str(refused.exception)
    (tmp_path / "data" / "plan.json").write_bytes(held["plan.json"])
    assert {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()} == held


def test_a_compact_data_set_of_16_bits_verifies(made, tmp_path):
    out = made("data", "--store", "before", "--bits", "16", "--consoles", "3", "--json")
    assert out.exit_code == 0, out.exception
    assert json.loads(out.stdout)["examples"] == len(Dataset(tmp_path / "data")) == 6
    verified = ["verify", str(tmp_path / "data"), "--rerender", "--workers", "2"]
    assert CliRunner().invoke(cli.app, verified).exit_code == 0


def test_workers_get_a_source_without_duplicates_that_left_a_broken_song_out(made, songs, tmp_path):
    (songs / "broken.wav").write_bytes((songs / "songs0.wav").read_bytes()[:-9_000])
    options = ("--set", "duplicates=drop")
    for out, workers in (("here", ()), ("there", ("--workers", "2"))):
        assert made(out, *options, *workers).exit_code == 0
    sums = [(tmp_path / out / "SHA256SUMS").read_bytes() for out in ("here", "there")]
    assert sums[0] == sums[1]


def test_a_cache_that_can_only_be_read_serves_make(made, tmp_path):
    disk = tmp_path / "cache"
    with small_disk(disk, 32 * 1024):
        assert made("first").exit_code == 0
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert made("second").exit_code == 0
        refused = made("third", folder=tmp_path / "more")
    sums = [(tmp_path / out / "SHA256SUMS").read_bytes() for out in ("first", "second")]
    assert sums[0] == sums[1]
    assert refused.exception.exit_code == 2
    assert "more0: its stems are not in the cache" in str(refused.exception)


def test_a_cache_without_room_is_named_and_nothing_made_is_lost(made, tmp_path):
    disk = tmp_path / "cache"
    with small_disk(disk, 64):
        refused = made("data")
        assert refused.exception.exit_code == 4
        assert f"no space left on the disk of {disk}" in str(refused.exception)
        assert made("data", cache="elsewhere").exit_code == 0


def test_an_executor_is_given_its_settings_by_name(tmp_path):
    said = call(
        "make", "quickstart", tmp_path / "d", "--executor", "local", "--executor-set", "crew=2"
    )
    assert said.returncode == 2
    assert "crew" in said.stderr
    assert "workers" in said.stderr

"""The cache of separations shared by many: turns, bounds, places that cannot be written, upkeep."""

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.audio import Audio
from automix_bench.errors import DiskFull, UsageError
from automix_bench.files import locks
from automix_bench.files.byte_sizes import bytes_in, in_units
from automix_bench.files.cache_folder import most_bytes
from automix_bench.separation import cache as cache_module
from automix_bench.separation import cache_removal, cache_upkeep
from automix_bench.separation.separate import (
    RECORD,
    SeparationCache,
    default_cache,
    separated,
    wanted_cache,
)
from automix_bench.song import Origin, Song
from tests.separation.test_separate import KILLED, Halves, same
from tests.support.killed_processes import small_disk


@pytest.fixture
def songs(noise):
    first = Song("song", "artist", {}, noise(seconds=0.2), "CC0-1.0", Origin("song.wav", "0"))
    return [replace(first, id=f"song-{n}", mix=first.mix.scaled(0.9**n)) for n in range(4)]


@pytest.fixture
def song(songs):
    return songs[0]


def entry_of(song, cache):
    (entry,) = (
        path
        for path in cache.iterdir()
        if json.loads((path / RECORD).read_text())["mix"] == song.mix.sha256
    )
    return entry


def size_of(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def filled(cache, songs):
    """A cache with the songs in it, each used an hour after the one before."""
    for number, song in enumerate(songs):
        separated(song, Halves(), cache)
        os.utime(entry_of(song, cache) / RECORD, (3600 * number, 3600 * number))
    return [entry_of(song, cache) for song in songs]


# Turns


@dataclass(frozen=True)
class Slow(Halves):
    def __call__(self, song):
        time.sleep(0.2)
        return super().__call__(song)


def in_threads(count, work):
    workers = [threading.Thread(target=work) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()


def test_of_those_who_want_the_same_song_at_once_one_separates_it(song, tmp_path):
    separator, results = Slow(), []
    in_threads(4, lambda: results.append(separated(song, separator, tmp_path)))
    assert separator.calls == ["song-0"]
    assert len(results) == 4
    assert all(same(results[0], result) for result in results)
    assert [path.name[:1] for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_other_songs_do_not_wait(songs, tmp_path):
    together = threading.Barrier(2, timeout=20)

    @dataclass(frozen=True)
    class Together(Halves):
        def __call__(self, song):
            together.wait()
            return super().__call__(song)

    todo = songs[:2]
    in_threads(2, lambda: separated(todo.pop(), Together(), tmp_path))
    assert len(list(tmp_path.iterdir())) == 2


def without_locks(monkeypatch, number):
    import fcntl

    def unsupported(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", unsupported)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_without_locks_each_separates_and_one_whole_entry_is_left(
    song, tmp_path, monkeypatch, number
):
    without_locks(monkeypatch, number)
    barrier, results = threading.Barrier(4, timeout=20), []

    @dataclass(frozen=True)
    class Together(Halves):
        def __call__(self, song):
            barrier.wait()
            return super().__call__(song)

    cache = SeparationCache(tmp_path, 10**8)
    in_threads(4, lambda: results.append(separated(song, Together(), cache)))
    assert len(results) == 4
    assert all(same(results[0], result) for result in results)
    assert len(list(tmp_path.iterdir())) == 1
    separator = Halves()
    assert same(results[0], separated(song, separator, tmp_path))
    assert separator.calls == []


def test_another_failure_of_a_lock_is_not_hidden(song, tmp_path, monkeypatch):
    without_locks(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        separated(song, Halves(), tmp_path)


def test_who_waits_for_one_that_is_killed_takes_over(song, tmp_path):
    np.save(tmp_path / "mix.npy", song.mix.samples)
    cache, separator, results = tmp_path / "cache", Halves(), []
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "mix.npy"), str(cache)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout.readline() == b"half\n"
        waiting = threading.Thread(
            target=lambda: results.append(separated(song, separator, cache)), daemon=True
        )
        waiting.start()
        waiting.join(0.3)
        assert separator.calls == []
        process.send_signal(signal.SIGKILL)
    waiting.join(20)
    assert separator.calls == ["song-0"]
    assert same(results[0], separated(song, Halves(), None))


# Bounds


def test_those_used_longest_ago_make_room(songs, tmp_path):
    first, second, third = filled(tmp_path, songs[:3])
    separator = Halves()
    separated(songs[0], separator, tmp_path)  # used now
    assert separator.calls == []
    most = size_of(tmp_path)
    separated(songs[3], separator, SeparationCache(tmp_path, most))
    assert first.is_dir()
    assert third.is_dir()
    assert not second.exists()
    assert size_of(tmp_path) <= most
    assert len(list(tmp_path.iterdir())) == 3


def test_a_path_is_bounded_by_the_environment(songs, tmp_path, monkeypatch):
    (entry,) = filled(tmp_path, songs[:1])
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE_GB", str(size_of(entry) * 1.5 / 1e9))
    separated(songs[1], Halves(), tmp_path)
    assert list(tmp_path.iterdir()) == [entry_of(songs[1], tmp_path)]


def test_what_is_larger_than_the_bound_is_not_kept_and_that_is_told_once(songs, tmp_path, caplog):
    filled(tmp_path, songs[:1])
    cache, separator = SeparationCache(tmp_path, size_of(tmp_path) - 2000), Halves()
    with caplog.at_level(logging.WARNING):
        for song in songs[1:3]:
            assert same(separated(song, separator, cache), separated(song, Halves(), None))
    assert separator.calls == ["song-1", "song-2"]
    assert len(list(tmp_path.iterdir())) == 1  # nothing makes room for what has none
    assert len([line for line in caplog.messages if "AUTOMIX_BENCH_CACHE_GB" in line]) == 1


@pytest.mark.parametrize("short", [0, 1])
def test_the_bound_counts_every_byte(song, tmp_path, short):
    separated(song, Halves(), tmp_path / "free")
    most = size_of(tmp_path / "free") - short
    separated(song, Halves(), SeparationCache(tmp_path / "bounded", most))
    assert len(list((tmp_path / "bounded").iterdir())) == 1 - short


def test_what_is_read_is_not_removed(songs, tmp_path):
    first, second = filled(tmp_path, songs[:2])
    with locks.opened(first / RECORD, shared=True):
        room = cache_removal.make_room(tmp_path, 0)
    assert (room.removed, room.in_use, room.left) == (1, 1, size_of(first))
    assert first.is_dir()
    assert not second.exists()
    with locks.opened(first / RECORD, shared=True):  # then the bound is kept by the newcomer
        separated(songs[2], Halves(), SeparationCache(tmp_path, size_of(first) + 100))
    assert list(tmp_path.iterdir()) == [first]


def test_reading_and_checking_hold_the_entry(song, tmp_path, monkeypatch):
    (entry,) = filled(tmp_path, [song])
    rooms = []

    def meanwhile(work):
        def watched(path):
            rooms.append(cache_removal.make_room(tmp_path, 0))
            return work(path)

        return watched

    monkeypatch.setattr(cache_module, "read_entry", meanwhile(cache_module.read_entry))
    monkeypatch.setattr(cache_upkeep, "check_entry", meanwhile(cache_upkeep.check_entry))
    separator = Halves()
    separated(song, separator, tmp_path)
    assert cache_upkeep.damages_in(SeparationCache(tmp_path)) == ()
    assert separator.calls == []
    assert [room.in_use for room in rooms] == [1, 1]
    assert entry.is_dir()


def test_whatever_is_removed_meanwhile_the_stems_are_the_same(songs, tmp_path, caplog):
    wanted = {song.id: separated(song, Halves(), None) for song in songs}
    filled(tmp_path, songs[:2])
    cache = SeparationCache(tmp_path, size_of(tmp_path))
    failed, most = [], []

    def work():
        order = np.random.default_rng(threading.get_ident()).permutation(20)
        for number in order:
            song = songs[number % 4]
            if not same(separated(song, Halves(), cache), wanted[song.id]):
                failed.append(song.id)
            most.append(cache_upkeep.size_of(cache).bytes)

    with caplog.at_level(logging.WARNING):
        in_threads(4, work)
    assert len(most) == 80
    assert failed == []
    assert max(most) <= cache.most_bytes
    assert "damaged" not in caplog.text
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_bound_below_a_byte():
    with pytest.raises(UsageError, match="1 byte or more, got 0"):
        SeparationCache(Path("anywhere"), 0)


def test_what_the_user_says(monkeypatch, tmp_path):
    monkeypatch.delenv("AUTOMIX_BENCH_CACHE_GB", raising=False)
    assert wanted_cache() == SeparationCache(default_cache(), None)
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE_GB", "0.5")
    assert wanted_cache(tmp_path) == SeparationCache(tmp_path, 500_000_000)
    assert wanted_cache(tmp_path, 2.0).most_bytes == 2 * 10**9
    for wrong in ("much", "0", "-1", "nan", "inf"):
        monkeypatch.setenv("AUTOMIX_BENCH_CACHE_GB", wrong)
        with pytest.raises(UsageError, match=f"CACHE_GB: wanted a number of GB.*{wrong}"):
            most_bytes()
    with pytest.raises(UsageError, match=r"--cache-gb: .* got '-2\.0'"):
        most_bytes(-2.0)
    assert SeparationCache(Path("here")).absolute().folder == Path.cwd() / "here"


def test_sizes_in_words():
    said = {"5GB": 5 * 10**9, "1.5 tb": 15 * 10**11, "300000": 300_000, "2 kB": 2000, "7b": 7}
    assert {text: bytes_in(text) for text in said} == said
    for wrong in ("", "GB", "-5GB", "5 GiB", "5,5GB", "nan"):
        with pytest.raises(UsageError, match="wanted a size in B, kB"):
            bytes_in(wrong)
    assert [in_units(n) for n in (0, 999, 1500, 5e9, 7e12)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "5 GB",
        "7 TB",
    ]


# What killed processes left


def test_what_the_killed_left_is_removed_unless_it_is_held_or_new(songs, tmp_path):
    names = (".unfinished-dead", ".removed-dead", ".unfinished-held", ".unfinished-new")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.flac").write_bytes(b"half")
        old = time.time() - (0 if name.endswith("new") else 120)
        os.utime(tmp_path / name, (old, old))
    (tmp_path / ".lock-dead").touch()
    (tmp_path / "somebody's.txt").touch()
    with locks.opened(tmp_path / ".unfinished-held"), locks.alone(tmp_path / ".lock-held"):
        separated(songs[0], Halves(), tmp_path)
        left = sorted(path.name for path in tmp_path.iterdir() if len(path.name) < 64)
    assert left == [".lock-held", ".unfinished-held", ".unfinished-new", "somebody's.txt"]


def test_an_entry_that_takes_long_to_write_is_nobodys_left_over(song, tmp_path, monkeypatch):
    write = cache_module.write_entry

    def slow(folder, *arguments):
        os.utime(folder.parent, (0, 0))
        cache_removal.remove_left_overs(tmp_path)
        return write(folder, *arguments)

    monkeypatch.setattr(cache_module, "write_entry", slow)
    separated(song, Halves(), tmp_path)
    assert [path.name for path in tmp_path.iterdir() if cache_removal.ENTRY.fullmatch(path.name)]


# Places that cannot be written, or not enough


def test_a_cache_that_can_only_be_read_is_read(songs, tmp_path):
    disk = tmp_path / "disk"
    with small_disk(disk, 2048):
        wanted = separated(songs[0], Halves(), disk)
        (entry,) = disk.iterdir()
        before = (entry / RECORD).stat().st_mtime_ns
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        separator = Halves()
        for cache in (disk, SeparationCache(disk, 10)):
            assert same(wanted, separated(songs[0], separator, cache))
            with pytest.raises(UsageError, match="song-1: its stems are not in the cache") as told:
                separated(songs[1], separator, cache)
        assert separator.calls == []  # no work that would be lost
        assert f"{disk}: Read-only" in str(told.value)
        assert "AUTOMIX_BENCH_CACHE" in str(told.value)
        assert (entry / RECORD).stat().st_mtime_ns == before
        assert cache_upkeep.damages_in(SeparationCache(disk)) == ()
        assert cache_upkeep.size_of(SeparationCache(disk)).entries == 1
        with pytest.raises(OSError, match="Read-only"):
            cache_upkeep.shrink(SeparationCache(disk), 0)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_use_that_cannot_be_noted_is_no_error(song, tmp_path, monkeypatch, number):
    wanted = separated(song, Halves(), tmp_path)

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cache_module.os, "utime", refuse)
    separator = Halves()
    assert same(wanted, separated(song, separator, tmp_path))
    assert separator.calls == []


def test_no_space_in_the_cache_is_told_and_what_is_there_stays(songs, tmp_path, noise):
    long = replace(songs[1], mix=noise(seconds=6.0))
    disk = tmp_path / "disk"
    with small_disk(disk, 2048):
        separated(songs[0], Halves(), disk)
        (entry,) = disk.iterdir()
        with pytest.raises(DiskFull, match=f"no space left on the disk of {disk}"):
            separated(long, Halves(), disk)
        assert list(disk.iterdir()) == [entry]
        separator = Halves()
        separated(songs[0], separator, disk)
        assert separator.calls == []


def test_others_may_read_what_one_has_made(song, tmp_path):
    before = os.umask(0o022)
    try:
        separated(song, Halves(), tmp_path)
    finally:
        os.umask(before)
    (entry,) = tmp_path.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in entry.iterdir()} == {0o644}


# Upkeep


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


DAMAGE = {
    "one.flac has another sha256": lambda entry: flip(entry / "one.flac"),
    "two-1.flac is missing": lambda entry: (entry / "two-1.flac").unlink(),
    "separation.json is missing": lambda entry: (entry / RECORD).unlink(),
    "separation.json is not a JSON object": lambda entry: (entry / RECORD).write_text("{"),
    "separation.json has another sha256": lambda entry: (entry / RECORD).write_text("{}"),
    "more.flac does not belong there": lambda entry: (entry / "more.flac").write_text(""),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_entries_are_named_and_removed_if_asked(songs, tmp_path, what):
    whole, damaged = filled(tmp_path, songs[:2])
    cache, told = SeparationCache(tmp_path), []
    assert cache_upkeep.damages_in(cache) == ()
    used = (whole / RECORD).stat().st_mtime_ns
    DAMAGE[what](damaged)
    found = cache_upkeep.damages_in(cache, progress=lambda *step: told.append(step))
    assert found == (cache_upkeep.Damage(damaged.name, what, False),)
    assert len(told) == 2
    assert told[-1][1] == told[-1][2]
    assert sorted(tmp_path.iterdir()) == sorted([whole, damaged])
    assert cache_upkeep.damages_in(cache, mend=True) == (
        cache_upkeep.Damage(damaged.name, what, True),
    )
    assert list(tmp_path.iterdir()) == [whole]
    assert (whole / RECORD).stat().st_mtime_ns == used
    separator = Halves()
    separated(songs[1], separator, tmp_path)
    assert separator.calls == ["song-1"]


def test_shrinking_and_clearing(songs, tmp_path):
    entries = filled(tmp_path, songs)
    sizes = [size_of(entry) for entry in entries]
    cache = SeparationCache(tmp_path)
    (tmp_path / ".lock-dead").touch()
    room = cache_upkeep.shrink(cache, sizes[2] + sizes[3])
    assert room == cache_removal.Removal(2, sizes[0] + sizes[1], sizes[2] + sizes[3], 0)
    assert sorted(tmp_path.iterdir()) == sorted(entries[2:])
    assert cache_upkeep.shrink(cache, 0).removed == 2
    assert list(tmp_path.iterdir()) == []
    assert cache_upkeep.shrink(SeparationCache(tmp_path / "none"), 0) == cache_removal.Removal(
        0, 0, 0, 0
    )


def command(*arguments):
    found = CliRunner().invoke(cli.app, ["cache", *map(str, arguments)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_the_command(songs, tmp_path, monkeypatch):
    monkeypatch.delenv("AUTOMIX_BENCH_CACHE_GB", raising=False)
    first, second, third = filled(tmp_path, songs[:3])
    where, size = ("--cache", tmp_path), size_of(tmp_path)
    said = f"{tmp_path}: 3 entries, {in_units(size)}"
    assert command(*where).stdout == f"{said}\n"
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE_GB", "1")
    assert command(*where).stdout == f"{said} of 1 GB allowed\n"
    assert command(*where, "--verify").stdout.startswith("no damaged\n")
    flip(second / "one.flac")
    found = command(*where, "--verify", "--json")
    assert found.exit_code == 3
    assert json.loads(found.stdout) == {
        "folder": str(tmp_path),
        "entries": 3,
        "bytes": size,
        "most_bytes": 10**9,
        "removed": None,
        "damaged": [{"entry": second.name, "what": "one.flac has another sha256", "mended": False}],
    }
    found = command(*where, "--mend")
    assert found.exit_code == 0
    assert found.stdout.startswith(f"{second.name}: one.flac has another sha256: removed\n1 dam")
    keep, freed = size_of(third), size_of(first)
    found = command(*where, "--shrink", keep)
    assert found.stdout.startswith(f"removed 1, freed {in_units(freed)}\n{tmp_path}: 1 ")
    removed = json.loads(command(*where, "--clear", "--json").stdout)["removed"]
    assert removed == {"removed": 1, "freed": keep, "left": 0, "in_use": 0}
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_what_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="not both"):
        command("--cache", tmp_path, "--clear", "--shrink", "1GB")
    with pytest.raises(UsageError, match="wanted a size"):
        command("--cache", tmp_path, "--shrink", "much")
    with pytest.raises(UsageError, match="wanted the folder of a cache, got a file"):
        command("--cache", tmp_path / "file")


PROCESS = """
import sys
from pathlib import Path
import numpy as np
from automix_bench.audio import Audio
from automix_bench.separation.separate import SeparationCache, separated
from automix_bench.song import Origin, Song
from tests.separation.test_separate import Halves

separator = Halves()
cache = SeparationCache(Path(sys.argv[2]), int(sys.argv[3]))
mix = Audio(np.load(sys.argv[1]), 44_100)
for number in (0, 1, 2, 0, 1, 2):
    song = Song(f"s{number}", "a", {}, mix.scaled(0.9**number), "CC0-1.0", Origin("s.wav", "0"))
    print(number, separated(song, separator, cache).stems["residual"].sha256)
"""


def test_processes_share_a_bounded_cache(song, tmp_path):
    np.save(tmp_path / "mix.npy", song.mix.samples)
    cache = tmp_path / "cache"
    separated(song, Halves(), cache)
    most = round(size_of(cache) * 2.2)
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "mix.npy"), str(cache), str(most)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)
    ]
    said = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    (said,) = said
    mix = Audio(song.mix.samples, 44_100)
    wanted = [
        separated(replace(song, mix=mix.scaled(0.9**n)), Halves(), None).stems["residual"].sha256
        for n in (0, 1, 2, 0, 1, 2)
    ]
    assert [line.split()[1].decode() for line in said.splitlines()] == wanted
    assert size_of(cache) <= most
    assert all(cache_removal.ENTRY.fullmatch(path.name) for path in cache.iterdir())

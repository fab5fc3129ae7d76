"""LMMS projects as songs: with a stand-in for LMMS, and with LMMS itself if installed."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench.errors import Changed, DataError, MissingPart, Rejected, UsageError
from automix_bench.music.lmms import project as lmms_project
from automix_bench.sources.lmms import Lmms

RATE = 44_100
needs_lmms = pytest.mark.skipif(shutil.which("lmms") is None, reason="LMMS is not installed")

# Does the part of LMMS that is used: writes N_name.wav for each track.
STAND_IN = """#!/bin/sh
here=$(dirname "$0")
case "$2" in --version) echo "LMMS $(cat $here/version)"; exit 0;; esac
echo "$QT_QPA_PLATFORM $HOME $@" >> $here/calls
cp $here/tracks/*.wav "$5"
case "$(cat $here/does)" in
    fails) printf 'loading\\rno such plug-in\\n'; exit 3;;
    crashes) kill -SEGV $$;;
    "crashes once") echo works > $here/does; kill -SEGV $$;;
    hangs) sleep 300 & echo $! > $here/child; wait;;
esac
"""


def track(name, clips=((0, 192),), muted="0", kind="0", inside=""):
    body = "".join(f'<pattern pos="{at}" len="{length}"/>' for at, length in clips)
    return f'<track type="{kind}" name="{name}" muted="{muted}">{body}{inside}</track>'


def project(*tracks, head='bpm="120" timesig_numerator="4" timesig_denominator="4"', inside=""):
    return (
        '<?xml version="1.0"?><!DOCTYPE lmms-project><lmms-project version="1.0" type="song">'
        f"<head {head}>{inside}</head><song><trackcontainer>{''.join(tracks)}</trackcontainer>"
        "</song></lmms-project>"
    ).encode()


def compressed(text):
    return len(text).to_bytes(4, "big") + zlib.compress(text)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A folder with the stand-in, first on the PATH: its version, what it does and its tracks."""
    folder = tmp_path / "program"
    (folder / "tracks").mkdir(parents=True)
    (folder / "lmms").write_text(STAND_IN)
    (folder / "lmms").chmod(0o755)
    (folder / "version").write_text("9.9.9")
    (folder / "does").write_text("works")
    for number, name in enumerate(("Bass", "odd", "Kick"), 1):
        noise = np.random.default_rng(number).standard_normal((RATE * number, 2))
        wav = folder / "tracks" / f"{number}_{name}.wav"
        soundfile.write(wav, noise.astype(np.float32), RATE, "FLOAT")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def songs(tmp_path):
    """A folder with one project: two tracks and a beat with a kick, two bars of two seconds."""
    beat = "<bbtrack><trackcontainer>" + track("Kick", ()) + "</trackcontainer></bbtrack>"
    text = project(
        track("Bass", ((0, 192), (192, 192))),
        track("beat", kind="1", inside=beat),
        track("forgotten", ((0, 19_200),), muted="1"),
        track("tempo", kind="5"),
        track("Ödd"),
    )
    folder = tmp_path / "songs"
    folder.mkdir()
    (folder / "a song.mmpz").write_bytes(compressed(text))
    return folder


def one(source):
    (listing,) = source.catalogue().listings
    return source.load(listing)


def calls(stand_in):
    told = stand_in / "calls"
    return told.read_text().splitlines() if told.exists() else []


def entries(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())


# What is in a project.


def test_length_is_all_bars_and_one_more(tmp_path):
    read = lmms_project.read(project(track("a", ((0, 192), (960, 96)))), "a")
    assert (read.bars, read.seconds) == (5, Fraction(12))
    waltz = 'bpm="90" timesig_numerator="3" timesig_denominator="8"'
    read = lmms_project.read(project(track("a", ((0, 720),)), head=waltz), "a")
    assert (read.bars, read.beats_a_bar) == (10, Fraction(3, 2))
    assert read.seconds == 11
    # LMMS's own defaults.
    assert lmms_project.read(project(track("a"), head=""), "a").seconds == Fraction(24, 7)


def test_tracks_are_those_that_sound_the_songs_own_first(songs):
    read = lmms_project.read((songs / "a song.mmpz").read_bytes(), "a")
    assert read.tracks == ("Bass", "Ödd", "Kick")
    assert read.bars == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no project of LMMS"),
        (b"\0\0\0\7not zlib", "is no project of LMMS"),
        (compressed(project(track("a")))[:-20], "is no project of LMMS"),
        (project(track("a"))[:-20], "is no project of LMMS"),
        (b"<html><head/></html>", "is no project of LMMS: save it in LMMS"),
        (project(), "has nothing to play"),
        (project(track("a", muted="1")), "has nothing to play"),
        (project(track("a", ())), "has nothing to play"),
        (project(track("a"), head="", inside='<bpm value="120" id="7"/>'), "its bpm is automated"),
        (project(track("a"), head='bpm="0"'), "its bpm is '0', wanted a number above 0"),
        (project(track("a"), head='bpm="0.0001"'), "plays for more than an hour"),
        (
            project(track("a")).replace(b'len="', b'len="x'),
            "has a clip at no place (invalid literal",
        ),
        (project(track("a"), head='timesig_numerator="x"'), "its timesig_numerator is 'x'"),
    ],
)
def test_what_cannot_be_rendered_is_rejected_when_listed(tmp_path, content, reason):
    (tmp_path / "a.mmp").write_bytes(content)
    catalogue = Lmms(tmp_path).catalogue()
    assert catalogue.listings == ()
    (rejected,) = catalogue.rejected
    assert rejected.item == "a.mmp"
    assert reason in rejected.reason
    assert "\n" not in rejected.reason


def test_listing_says_whose_it_is_and_needs_no_lmms(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    for name in ("CapDan/one.mmp", "two.mmp", "x/Skiessi-three.mmp", ".trash/four.mmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(project(track(name)))
    source = Lmms(
        tmp_path,
        license="MIT",
        attribution="LMMS demos",
        licenses=(("CapDan/*", "Artistic-2.0"),),
        artists=(("*Skiessi*", "Skiessi"),),
    )
    found = {listing.id: listing for listing in source.catalogue().listings}
    assert {one.mix_kind for one in found.values()} == {"sum"}
    told = {id: (one.artist, one.license, one.origin.attribution) for id, one in found.items()}
    assert told == {
        "capdan-one": ("capdan", "Artistic-2.0", "LMMS demos"),
        "two": ("two", "MIT", "LMMS demos"),
        "x-skiessi-three": ("skiessi", "MIT", "Skiessi - Skiessi-three; LMMS demos"),
    }
    with pytest.raises(MissingPart, match=r"the program LMMS, .*apt-get install lmms"):
        source.load(found["two"])


def test_bad_settings_and_paths_give_one_line(tmp_path):
    with pytest.raises(UsageError, match="no SPDX licence expression"):
        Lmms(tmp_path, licenses=(("*", "free as in beer"),))
    with pytest.raises(DataError, match=r"Lmms: no folder at .*gone"):
        Lmms(tmp_path / "gone").catalogue()
    with pytest.raises(DataError, match="Lmms: no project under"):
        Lmms(tmp_path).catalogue()


# Rendering, by the stand-in.


def test_stems_are_the_tracks_and_the_mix_is_their_sum(stand_in, songs):
    source = Lmms(songs)
    (listing,) = source.catalogue().listings
    assert (listing.rate, listing.length) == (RATE, 6 * RATE)
    song = source.load(listing)
    assert list(song.stems) == ["bass-1", "instrument-2", "kick-3"]
    assert song.mix_kind == "sum"
    assert (song.mix.rate, song.mix.length) == (RATE, listing.length)
    for number, (stem, name) in enumerate(zip(song.stems, ("Bass", "odd", "Kick"), strict=True), 1):
        wrote, _ = soundfile.read(stand_in / "tracks" / f"{number}_{name}.wav", dtype="float32")
        samples = song.stems[stem].samples
        # Stored in 24 bits, with a full scale of 8 for peaks of 4.
        assert np.abs(samples[:, : number * RATE] - wrote.T).max() <= 8.0 * 2.0**-24
        assert np.abs(samples).max() > 2.0
        assert not samples[:, number * RATE :].any()
    assert np.array_equal(song.mix.samples, sum(stem.samples for stem in song.stems.values()))
    assert song.origin.settings == {
        "mix": "sum of the tracks",
        "tempo_bpm": 120.0,
        "tracks": {"bass-1": "Bass", "instrument-2": "Ödd", "kick-3": "Kick"},
        "renderer": "LMMS 9.9.9",
        "silent_tracks": [],
    }


def test_lmms_runs_without_a_screen_and_the_users_settings(stand_in, songs):
    one(Lmms(songs))
    (call,) = calls(stand_in)
    platform, home, *_ = call.split()
    assert platform == "offscreen"
    assert home != os.environ.get("HOME")
    assert not Path(home).exists()
    assert "-f wav -a -s 44100" in call


def test_tracks_are_rendered_once_for_a_project_and_a_version(stand_in, songs, tmp_path):
    source = Lmms(songs)
    first = one(source)
    again = one(pickle.loads(pickle.dumps(source)))
    assert again.mix.sha256 == first.mix.sha256
    assert again.origin == first.origin
    assert len(calls(stand_in)) == 1
    (songs / "a song.mmpz").rename(songs / "renamed.mmpz")
    one(source)
    assert len(calls(stand_in)) == 1
    (stand_in / "version").write_text("10")
    one(source)
    assert len(calls(stand_in)) == 2
    one(replace(source, cache=tmp_path / "other"))
    assert len(calls(stand_in)) == 3


@pytest.mark.parametrize("harm", ["turned over", "cut", "emptied"])
def test_damaged_tracks_are_rendered_again(stand_in, songs, tmp_path, harm, caplog):
    first = one(Lmms(songs))
    (entry,) = (tmp_path / "cache" / "lmms").iterdir()
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 0xFF
    entry.write_bytes({"turned over": content, "cut": content[:-100], "emptied": b""}[harm])
    again = one(Lmms(songs))
    assert len(calls(stand_in)) == 2
    assert "rendered again" in caplog.text
    assert again.mix.sha256 == first.mix.sha256


def test_silent_tracks_are_left_out_and_named(stand_in, songs):
    soundfile.write(stand_in / "tracks" / "2_odd.wav", np.zeros((100, 2)), RATE, "FLOAT")
    song = one(Lmms(songs))
    assert list(song.stems) == ["bass-1", "kick-3"]
    assert song.origin.settings["silent_tracks"] == ["instrument-2"]
    for number, name in ((1, "Bass"), (3, "Kick")):
        wav = stand_in / "tracks" / f"{number}_{name}.wav"
        soundfile.write(wav, np.zeros((100, 2)), RATE, "FLOAT")
    (stand_in / "version").write_text("10")
    with pytest.raises(Rejected, match="silent from beginning to end"):
        one(Lmms(songs))


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("fails", r"LMMS ended with code 3 \(no such plug-in\)"),
        ("crashes", r"LMMS crashed, signal 11"),
        ("hangs", r"LMMS was not done after 1 s: raise longest_render_seconds"),
    ],
)
def test_failed_renders_are_rejected_and_leave_nothing(stand_in, songs, tmp_path, does, reason):
    (stand_in / "does").write_text(does)
    source = Lmms(songs, longest_render_seconds=1.0)
    with pytest.raises(Rejected, match=rf"^a song\.mmpz: {reason}"):
        one(source)
    assert entries(tmp_path) == []
    assert len(calls(stand_in)) == (3 if does == "crashes" else 1)
    if does == "hangs":
        assert gone(int((stand_in / "child").read_text()))
    (stand_in / "does").write_text("works")
    assert len(one(source).stems) == 3


def test_crash_is_tried_again(stand_in, songs):
    (stand_in / "does").write_text("crashes once")
    assert len(one(Lmms(songs)).stems) == 3
    assert len(calls(stand_in)) == 2


def gone(process):
    """Whether a process has ended, or is a zombie that was not waited for."""
    for _ in range(50):
        state = Path(f"/proc/{process}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_interrupt_ends_lmms_and_leaves_nothing(stand_in, songs, tmp_path):
    (stand_in / "does").write_text("hangs")
    code = (
        "from pathlib import Path; from automix_bench.sources.lmms import Lmms; "
        f"source = Lmms(Path({str(songs)!r})); source.load(source.catalogue().listings[0])"
    )
    # The signal is ignored if these tests run in the background.
    heeding = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    process = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.DEVNULL, preexec_fn=heeding
    )
    child = stand_in / "child"
    for _ in range(300):
        if child.exists() and child.read_text():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    assert gone(int(child.read_text()))
    assert entries(tmp_path) == []


def test_missing_and_overlong_tracks_are_rejected(stand_in, songs):
    kick = stand_in / "tracks" / "3_Kick.wav"
    long = np.full((6 * RATE + 1, 2), 0.5)
    soundfile.write(kick, long, RATE, "FLOAT")
    with pytest.raises(Rejected, match=r"LMMS rendered 6\.0 s, and by its bars it lasts 6\.0 s"):
        one(Lmms(songs))
    long[7, 0] = np.nan
    soundfile.write(kick, long[:100], RATE, "FLOAT")
    with pytest.raises(Rejected, match=r"track 3_Kick\.wav, as LMMS rendered it: nan at sample 7"):
        one(Lmms(songs))
    kick.unlink()
    with pytest.raises(Rejected, match="LMMS rendered 2 of 3 tracks"):
        one(Lmms(songs))


def test_project_that_changes_after_it_was_listed_stops_the_work(stand_in, songs):
    source = Lmms(songs)
    (listing,) = source.catalogue().listings
    (songs / "a song.mmpz").write_bytes(project(track("other")))
    with pytest.raises(Changed, match="has changed since it was listed"):
        source.load(listing)
    assert calls(stand_in) == []


def test_cache_that_cannot_be_written_is_named(stand_in, songs, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot write the cache of LMMS tracks at"):
        one(Lmms(songs, cache=tmp_path / "file" / "cache"))


# Rendering, by LMMS.


def real_project(path):
    """Two tracks of LMMS's simplest synthesizer, one note each, in two bars at 120 bpm."""
    tracks = "".join(
        f'<track type="0" name="{name}" muted="0" solo="0"><instrumenttrack vol="100" pan="0" '
        f'fxch="0" pitch="0" basenote="57"><instrument name="tripleoscillator">'
        f'<tripleoscillator vol0="33" wavetype0="{kind}" vol1="0" vol2="0"/></instrument>'
        f'</instrumenttrack><pattern type="1" name="" pos="{at}" len="192" muted="0" steps="16">'
        f'<note pos="0" len="96" key="57" vol="100" pan="0"/></pattern></track>'
        for name, kind, at in (("Lead", 0, 0), ("Bass", 2, 192))
    )
    path.write_bytes(project(tracks))


@needs_lmms
def test_real_lmms_renders_a_tiny_project(tmp_path):
    real_project(tmp_path / "tiny.mmp")
    source = Lmms(tmp_path, cache=tmp_path / "cache", longest_render_seconds=60.0)
    (listing,) = source.catalogue().listings
    song = source.load(listing)
    assert list(song.stems) == ["lead-1", "bass-2"]
    assert song.mix.length == listing.length == 6 * RATE
    lead, bass = (song.stems[name].samples for name in ("lead-1", "bass-2"))
    assert np.array_equal(song.mix.samples, lead + bass)
    bar = 2 * RATE
    assert np.abs(lead[:, :1000]).max() > 0.01
    assert not bass[:, : bar - 512].any()
    assert np.abs(bass[:, bar : bar + 1000]).max() > 0.01
    assert song.origin.settings["renderer"].startswith("LMMS 1.")
    assert json.dumps(dict(song.origin.settings))

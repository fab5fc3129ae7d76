"""What libsndfile cannot read to its end goes to ffmpeg; a refusal says which decoders tried and
what each said."""

import shutil
import subprocess
import sys
import types

import numpy as np
import pytest
import soundfile

from automix_bench.errors import Rejected
from automix_bench.files import with_ffmpeg
from automix_bench.files.decode import decode, probe
from tests.support.container_sounds import EXACT, FFMPEG, music, write

needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed")


def converted(folder, name, *options, rate=44_100):
    """A second of music as ffmpeg writes it."""
    wav = folder / "source.wav"
    soundfile.write(wav, music(1.0, rate), rate, subtype="PCM_16")
    path = folder / name
    command = [FFMPEG, "-v", "error", "-y", "-i", wav, *options, path]
    subprocess.run(command, check=True)
    return path


def by_ffmpeg(path, channels=2):
    command = [FFMPEG, "-v", "error", "-i", path, "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, "<f4").reshape(-1, channels).T


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("flac.ogg", ("-c:a", "flac")),
        ("flac.oga", ("-c:a", "flac", "-metadata", "artist=Ana")),
        ("mp2.mp2", ()),
        ("mp2 named.mp3", ("-f", "mp2")),
        ("m4a named.mp3", ("-f", "mp4")),
        ("m4a named.wav", ("-f", "mp4")),
        ("m4a named.flac", ("-f", "mp4", "-c:a", "alac")),
        ("mp3 in.wav", ("-c:a", "libmp3lame")),
        ("alac in.caf", ("-c:a", "alac")),
        ("aac named.ogg", ("-f", "adts")),
        ("ac3 in.wav", ("-c:a", "ac3")),
        ("wma named.m4a", ("-f", "asf")),
        ("wv named.wav", ("-f", "wv")),
        ("mka named.flac", ("-f", "matroska")),
        ("opus in.webm", ("-c:a", "libopus", "-f", "webm", "-ar", "48000")),
        ("wav named.mp3", ("-f", "wav")),
        ("mp3 named.wav", ("-f", "mp3")),
        ("flac named.m4a", ("-f", "flac")),
        ("au named.vox", ("-f", "au")),
    ],
)
def test_what_a_name_or_a_container_hides_is_read(tmp_path, name, options):
    path = converted(tmp_path, name, *options)
    header, audio = probe(path), decode(path)
    assert (header.rate, header.channels, header.length) == (audio.rate, 2, audio.length)
    plain = by_ffmpeg(path)
    assert abs(audio.length - plain.shape[1]) <= 2400
    shared = min(audio.length, plain.shape[1])
    if audio.length == plain.shape[1]:
        assert np.abs(audio.samples[:, :shared] - plain[:, :shared]).max() < 1e-3


@needs_ffmpeg
@pytest.mark.parametrize("kind", sorted(kind for kind in EXACT if kind.startswith("ff.")))
def test_lossless_formats_lose_nothing(tmp_path, kind):
    path = write(tmp_path / f"a.{kind.rpartition('.')[2]}", kind)
    assert np.abs(decode(path).samples.T - music()).max() <= 2.0**-15


@needs_ffmpeg
@pytest.mark.parametrize("options", [("-c:a", "flac", "-f", "ogg"), ("-f", "ipod"), ("-f", "wv")])
def test_tags_of_streams_and_containers_are_told(tmp_path, options):
    tags = ("-metadata", "artist=Ánà", "-metadata", "title=One: two")
    header = probe(converted(tmp_path, "a.bin", *tags, *options))
    assert (header.artist, header.title) == ("Ánà", "One: two")


@needs_ffmpeg
def test_a_refusal_says_what_both_decoders_say(tmp_path):
    path = write(tmp_path / "a.flac", "flac", music(3.0))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(Rejected, match=r"libsndfile .*ffmpeg ") as error:
        decode(path)
    assert str(tmp_path) not in str(error.value)
    words = tmp_path / "words.m4a"
    words.write_text("These are words, no sound.\n" * 50)
    with pytest.raises(Rejected, match=r"libsndfile cannot read it \(says .*ffmpeg cannot \(says"):
        probe(words)


def test_without_ffmpeg_a_refusal_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setattr(with_ffmpeg.importlib.util, "find_spec", lambda name: None)
    path = tmp_path / "a.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    with pytest.raises(Rejected, match=r"libsndfile .*install ffmpeg.*automix-bench\[ffmpeg\]"):
        decode(path)


@needs_ffmpeg
def test_the_ffmpeg_of_a_package_does(tmp_path, monkeypatch):
    """A user without the program installs the package `imageio-ffmpeg`, which brings one."""
    path = converted(tmp_path, "a.m4a")
    wanted = decode(path)
    package = types.ModuleType("imageio_ffmpeg")
    package.get_ffmpeg_exe = lambda: FFMPEG
    package.__spec__ = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", package)
    monkeypatch.setattr(shutil, "which", lambda program: None)
    assert np.array_equal(decode(path).samples, wanted.samples)


def test_a_name_does_not_make_a_text_into_sound(tmp_path):
    """libsndfile takes a file called `.au`, `.vox` or `.gsm` for samples without a header."""
    for name in ("a.au", "a.snd", "a.vox", "a.gsm", "a.sd2", "a.raw"):
        (tmp_path / name).write_text("These are words, no sound.\n" * 50)
        with pytest.raises(Rejected, match="libsndfile cannot read it"):
            decode(tmp_path / name)


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "ogg"])
def test_what_a_mac_leaves_beside_a_file_does_not_touch_it(tmp_path, kind):
    path = write(tmp_path / f"song.{kind}", kind)
    alone = decode(path)
    fork = b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(4000)
    (tmp_path / f"._song.{kind}").write_bytes(fork)
    assert np.array_equal(decode(path).samples, alone.samples)
    assert probe(path).length == alone.length


@needs_ffmpeg
def test_an_mp3_without_a_tag_is_read_beside_its_resource_fork(tmp_path):
    path = write(tmp_path / "song.mp3", "ff.plain.mp3")
    assert path.read_bytes()[:1] == b"\xff"
    alone = decode(path)
    (tmp_path / "._song.mp3").write_bytes(b"\0\5\x16\7\0\2\0\0" + bytes(4000))
    assert np.array_equal(decode(path).samples, alone.samples)


@needs_ffmpeg
def test_a_playlist_reads_no_other_file(tmp_path):
    write(tmp_path / "other.wav", "wav")
    for name, text in (
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.wav\n#EXT-X-ENDLIST\n"),
        ("a.m4a", "ffconcat version 1.0\nfile other.wav\n"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(Rejected):
            decode(tmp_path / name)


@needs_ffmpeg
def test_a_decoder_that_does_not_end_is_ended(tmp_path, monkeypatch):
    slow = tmp_path / "ffmpeg"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda program: str(slow))
    monkeypatch.setattr(with_ffmpeg, "_SECONDS", 0.5)
    (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    with pytest.raises(Rejected, match=r"ffmpeg cannot \(takes more than"):
        decode(tmp_path / "a.m4a")


def test_a_decoder_that_does_not_stop_writing_is_ended(tmp_path, monkeypatch):
    endless = tmp_path / "ffmpeg"
    endless.write_text("#!/bin/sh\nexec cat /dev/zero\n")
    endless.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda program: str(endless))
    (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    with pytest.raises(Rejected, match=r"ffmpeg cannot \(decodes more than"):
        decode(tmp_path / "a.m4a")

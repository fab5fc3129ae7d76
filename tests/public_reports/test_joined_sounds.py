"""Sounds that stand one behind the other in a file: all are decoded, or the file is refused by
name. Every kind of file, with and without tags or padding between."""

import itertools

import numpy as np
import pytest

from automix_bench.errors import Rejected
from automix_bench.files.decode import decode, probe
from tests.support.container_sounds import EXACT, FRAMES_ONLY, kinds, music, suffix, write

ID3 = b"ID3\x04\0\0\0\0\x01\x02" + bytes(130)
ID3V1 = b"TAG" + bytes(125)
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
BETWEEN = {
    "nothing": b"",
    "ID3v2": ID3,
    "ID3v1": ID3V1,
    "ID3v1 and ID3v2": ID3V1 + ID3,
    "APE": APE,
    "zeros": bytes(5000),
    "a few bytes": b"\r\n\0",
    "words": b"These are words, no sound. " * 40,
}
INDEXED = [kind for kind in kinds() if kind not in FRAMES_ONLY]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Each kind of file twice: at 44.1 kHz, and another sound at 48 kHz."""
    folder = tmp_path_factory.mktemp("sounds")
    made = {}
    for kind in kinds():
        one = write(folder / f"a.{suffix(kind)}", kind).read_bytes()
        rate = 44_100 if "opus" in kind else 48_000
        other = write(folder / f"b.{suffix(kind)}", kind, music(0.4, rate, seed=1), rate)
        made[kind] = (one, other.read_bytes())
    return made


def refused(path):
    for read in (probe, decode):
        with pytest.raises(Rejected, match=r"glued together.*begins at byte \d+") as error:
            read(path)
        assert "\n" not in str(error.value)
    return int(str(error.value).partition("at byte ")[2].partition(",")[0])


@pytest.mark.parametrize("kind", INDEXED)
@pytest.mark.parametrize("between", BETWEEN)
def test_a_second_sound_behind_the_first_is_named(tmp_path, files, kind, between):
    one, other = files[kind]
    path = tmp_path / f"song.{suffix(kind)}"
    for second in (one, other):
        path.write_bytes(one + BETWEEN[between] + second)
        begins = refused(path)
        assert abs(begins - len(one + BETWEEN[between])) < 64


@pytest.mark.parametrize("kind", sorted(FRAMES_ONLY & set(kinds())))
def test_frames_of_one_kind_are_all_decoded_and_of_two_refused(tmp_path, files, kind):
    """They have no header that a second sound would repeat."""
    one, other = files[kind]
    path = tmp_path / f"song.{suffix(kind)}"
    path.write_bytes(one)
    alone = decode(path).length
    path.write_bytes(one + one)
    both = decode(path)
    assert both.length == probe(path).length
    assert 2 * alone <= both.length <= 2 * alone + 1200
    path.write_bytes(one + other)
    refused(path)
    for between in (ID3, ID3V1 + ID3, APE, bytes(5000)):
        path.write_bytes(one + between + one)
        refused(path)
    path.write_bytes(one + bytes(7) + one)
    with pytest.raises(Rejected, match=r"7 bytes at byte \d+ are no frames"):
        decode(path)


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.permutations(("wav", "aiff", "flac", "ogg"), 2))
)
def test_a_second_sound_of_another_format_is_named(tmp_path, files, first, second):
    path = tmp_path / f"song.{first}"
    path.write_bytes(files[first][0] + files[second][0])
    refused(path)


@pytest.mark.parametrize("first", ["wav", "aiff", "w64", "au", "caf", "rf64"])
def test_an_mp3_behind_a_container_is_named(tmp_path, files, first):
    path = tmp_path / f"song.{first}"
    path.write_bytes(files[first][0] + ID3 + files["mp3"][0])
    refused(path)


def test_an_open_wav_behind_another_is_named(tmp_path, files):
    """Without sizes the second is no more than a part of the first one's data."""
    wav = bytearray(files["wav"][0])
    wav[4:8] = wav[40:44] = b"\xff\xff\xff\xff"
    path = tmp_path / "song.wav"
    path.write_bytes(bytes(wav) * 2)
    refused(path)


@pytest.mark.parametrize("kind", [kind for kind in kinds()])
def test_tags_and_padding_alone_are_no_second_sound(tmp_path, files, kind):
    """The sound is as long as without them, and the same."""
    one = files[kind][0]
    path = tmp_path / f"song.{suffix(kind)}"
    path.write_bytes(one)
    alone = decode(path)
    # No player reads an MP4 behind an ID3 tag.
    before = b"" if "m4a" in kind else ID3
    for content in (before + one, one + ID3V1, one + ID3, one + bytes(5000), one + APE):
        path.write_bytes(content)
        assert probe(path).length == alone.length
        assert np.abs(decode(path).samples - alone.samples).max() < 1e-6


def test_the_exact_kinds_keep_every_sample(tmp_path, files):
    for kind in EXACT & set(kinds()):
        path = tmp_path / f"song.{suffix(kind)}"
        path.write_bytes(files[kind][0])
        assert np.abs(decode(path).samples.T - music()).max() <= 2.0**-15, kind


def test_a_picture_of_a_sound_in_the_metadata_is_no_second_sound(tmp_path, files):
    """A FLAC file's block may hold whatever it likes, another FLAC file too."""
    flac = files["flac"][0]
    block = b"\x02" + (4 + len(flac)).to_bytes(3, "big") + b"test" + flac
    path = tmp_path / "song.flac"
    path.write_bytes(flac[:42] + block + flac[42:])
    assert decode(path).length == 22_050

"""Sizes in headers: an open size lets the sound go on to the end of the file, a size that is not
there is a cut."""

import struct

import numpy as np
import pytest

from automix_bench.errors import Rejected
from automix_bench.files import flac as flac_files
from automix_bench.files.decode import decode, probe
from tests.support.container_sounds import FRAMES_ONLY, kinds, music, suffix, write
from tests.support.fuzzed_files import cuts

OPEN_32 = (0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7F000000)
OPEN_64 = (0, 2**64 - 1, 2**63 - 1)


def patched(path, *edits):
    content = bytearray(path.read_bytes())
    for at, new in edits:
        content[at : at + len(new)] = new
    path.write_bytes(content)
    return path


def whole(path):
    audio = decode(path)
    assert probe(path).length == audio.length == 22_050
    assert np.abs(audio.samples.T - music()).max() <= 2.0**-15


@pytest.mark.parametrize("size", OPEN_32)
@pytest.mark.parametrize("riff", [0, 36, 0x7FFFF024, 0xFFFFFFFF])
def test_open_wav(tmp_path, size, riff):
    path = write(tmp_path / "a.wav", "wav")
    whole(patched(path, (4, struct.pack("<I", riff)), (40, struct.pack("<I", size))))


@pytest.mark.parametrize("size", OPEN_32)
def test_open_aiff(tmp_path, size):
    path = write(tmp_path / "a.aiff", "aiff")
    at = path.read_bytes().index(b"SSND") + 4
    whole(patched(path, (4, struct.pack(">I", size)), (at, struct.pack(">I", size))))


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_open_au(tmp_path, size):
    whole(patched(write(tmp_path / "a.au", "au"), (8, struct.pack(">I", size))))


@pytest.mark.parametrize("size", [-1, 0, 4])
def test_open_caf(tmp_path, size):
    path = write(tmp_path / "a.caf", "caf")
    at = path.read_bytes().index(b"data") + 4
    whole(patched(path, (at, struct.pack(">q", size))))


@pytest.mark.parametrize("size", OPEN_64)
def test_open_w64(tmp_path, size):
    path = write(tmp_path / "a.w64", "w64")
    at = path.read_bytes().index(b"data\xf3") + 16
    whole(patched(path, (16, struct.pack("<Q", size)), (at, struct.pack("<Q", size))))


@pytest.mark.parametrize("size", OPEN_64)
def test_open_rf64(tmp_path, size):
    path = write(tmp_path / "a.rf64", "rf64")
    at = path.read_bytes().index(b"ds64") + 8
    whole(patched(path, (at, struct.pack("<QQQ", size, size, size))))


@pytest.mark.skipif("ff.m4a" not in kinds(), reason="ffmpeg is not installed")
def test_open_flac(tmp_path):
    path = write(tmp_path / "a.flac", "flac")
    whole(patched(path, (21, bytes([path.read_bytes()[21] & 0xF0, 0, 0, 0, 0]))))


@pytest.mark.parametrize("kind", ["wav", "aiff", "caf", "w64"])
def test_an_honest_size_of_nothing_stays_one(tmp_path, kind):
    path = write(tmp_path / f"a.{kind}", kind, np.zeros((0, 2), np.float32))
    with pytest.raises(Rejected, match="holds no samples"):
        probe(path)


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind not in FRAMES_ONLY])
def test_a_cut_at_any_tenth_is_seen(tmp_path, kind):
    path = write(tmp_path / f"a.{suffix(kind)}", kind)
    for content in cuts(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(Rejected, match=r"cut short|damaged|no readable audio"):
            decode(path)


@pytest.mark.parametrize("kind", ["wav", "w64", "rf64", "aiff", "caf", "au", "flac", "ogg", "mp3"])
def test_a_cut_of_one_byte_is_seen_when_probed(tmp_path, kind):
    path = write(tmp_path / f"a.{suffix(kind)}", kind)
    content = path.read_bytes()
    path.write_bytes(content[:-2] if kind != "caf" else content[: len(content) - 2])
    with pytest.raises(Rejected, match=r"cut short|damaged"):
        probe(path)


@pytest.mark.parametrize("kind", ["wav", "aiff"])
def test_a_size_that_leaves_out_the_end_is_seen(tmp_path, kind):
    """The file goes on inside its outer chunk with what is no chunk: sound that would be lost."""
    path = write(tmp_path / f"a.{kind}", kind)
    name, order = (b"data", "<I") if kind == "wav" else (b"SSND", ">I")
    at = path.read_bytes().index(name) + 4
    patched(path, (at, struct.pack(order, 40_000)))
    with pytest.raises(Rejected, match="bytes of no chunk follow"):
        probe(path)


def test_a_wav_beyond_its_32_bits_is_refused(tmp_path):
    """Its size wraps round: the first 88,200 bytes would be all of 4 GiB."""
    path = write(tmp_path / "a.wav", "wav")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + (1 << 32))
    with pytest.raises(Rejected, match="larger than the 4 GiB"):
        probe(path)


def test_a_flac_that_states_too_few_samples_is_refused(tmp_path):
    path = write(tmp_path / "a.flac", "flac")
    patched(path, (22, (10_000).to_bytes(4, "big")))
    assert probe(path).length == 10_000
    with pytest.raises(Rejected, match="MD5"):
        decode(path)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("bits", [16, 24])
def test_the_md5_of_flac_is_that_of_its_samples(tmp_path, bits, channels):
    path = write(tmp_path / "a.flac", "flac")
    sound = decode(path)
    content = flac_files.encode(sound.with_samples(sound.samples[:channels]), bits)
    samples = flac_files.decode(content).samples.copy()
    before = samples.copy()
    assert flac_files.agrees_with_md5(content[:42], samples)
    assert np.array_equal(samples, before)
    other = samples.copy()
    other[-1, 20_000] += 2.0 ** (1 - bits)
    assert not flac_files.agrees_with_md5(content[:42], other)
    assert flac_files.agrees_with_md5(content[:26] + bytes(16), other)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_an_ogg_page_that_is_damaged_or_gone_is_seen(tmp_path, kind):
    path = write(tmp_path / f"a.{kind}", kind, music(3.0))
    content = path.read_bytes()
    pages = [at for at in range(len(content)) if content.startswith(b"OggS\0", at)]
    assert len(pages) > 3
    flipped = bytearray(content)
    flipped[pages[3] + 200] ^= 4
    path.write_bytes(flipped)
    with pytest.raises(Rejected, match=f"page at byte {pages[3]} is damaged"):
        probe(path)
    path.write_bytes(content[: pages[2]] + content[pages[3] :])
    with pytest.raises(Rejected, match=f"page before byte {pages[2]} is missing"):
        probe(path)

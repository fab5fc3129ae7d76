"""Audio files: read as they are, or refused with a reason."""

import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from automix_bench.errors import Rejected
from automix_bench.files import mp3_frames
from automix_bench.files.decode import decode, probe

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg is not installed"
)

KINDS = {
    "wav": ("WAV", "PCM_16", 44_100),
    "float.wav": ("WAV", "FLOAT", 96_000),
    "rf64": ("RF64", "PCM_24", 48_000),
    "aiff": ("AIFF", "PCM_16", 44_100),
    "au": ("AU", "PCM_16", 44_100),
    "flac": ("FLAC", "PCM_24", 44_100),
    "ogg": ("OGG", "VORBIS", 44_100),
    "opus": ("OGG", "OPUS", 48_000),
    "mp3": ("MP3", "MPEG_LAYER_III", 44_100),
}
LOSSLESS = {"wav": 2**-15, "float.wav": 0.0, "rf64": 2**-23, "aiff": 2**-15, "au": 2**-15}
LOSSLESS["flac"] = 2**-23


def music(seconds=3.0, rate=44_100, channels=2):
    """A quiet tone, then loud noise: a bit rate that varies where it may."""
    rng = np.random.default_rng(0)
    length = round(seconds * rate)
    time = np.arange(length) / rate
    wave = 0.1 * np.sin(2.0 * np.pi * 440.0 * time)[:, None].repeat(channels, 1)
    wave[length // 2 :] += 0.1 * rng.standard_normal((length - length // 2, channels))
    return wave.astype(np.float32)


def written(folder, kind, samples=None, name="a"):
    container, coding, rate = KINDS[kind]
    path = folder / f"{name}.{kind}"
    samples = music(rate=rate) if samples is None else samples
    soundfile.write(path, samples, rate, format=container, subtype=coding)
    return path


def converted(source, target, *options):
    command = ["ffmpeg", "-v", "error", "-y", "-i", source, *options, target]
    subprocess.run(command, check=True)
    return target


def cut(path, part=0.6):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_header_and_sound_agree(tmp_path, kind):
    path = written(tmp_path, kind)
    header, audio = probe(path), decode(path)
    rate = KINDS[kind][2]
    assert (header.rate, header.channels, header.length) == (rate, 2, 3 * rate)
    assert (audio.rate, audio.channels, audio.length) == (rate, 2, 3 * rate)
    # Noise does not survive lossy coding sample by sample; the tone before it does.
    compared = slice(None) if kind in LOSSLESS else slice(rate)
    error = np.abs(audio.samples.T - music(rate=rate))[compared].max()
    assert error <= LOSSLESS.get(kind, 0.01)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.3, 0.98])
def test_cut_file_is_refused_when_probed(tmp_path, kind, part):
    path = cut(written(tmp_path, kind), part)
    for read in (probe, decode):
        with pytest.raises(Rejected, match=r"cut short|damaged") as error:
            read(path, name="song")
        assert error.value.item == "song"
        assert "get a whole copy" in error.value.reason
        assert str(tmp_path) not in str(error.value)
        assert "\n" not in str(error.value)


def test_tags_are_told(tmp_path):
    path = tmp_path / "a.flac"
    with soundfile.SoundFile(path, "w", 44_100, 1) as file:
        file.artist, file.title = "Björk", " One "
        file.write(music(channels=1)[:, 0])
    header = probe(path)
    assert (header.artist, header.title, header.channels) == ("Björk", "One", 1)


def test_peaks_beyond_full_scale_are_kept(tmp_path):
    path = written(tmp_path, "float.wav", 30.0 * music(rate=96_000))
    assert np.array_equal(decode(path).samples.T, 30.0 * music(rate=96_000))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_first_sample_that_is_not_finite_is_named(tmp_path, value):
    samples = music(rate=96_000)
    samples[960, 1] = value
    samples[961:970] = np.nan
    path = written(tmp_path, "float.wav", samples)
    with pytest.raises(Rejected, match=rf"^x: {value} at sample 960 \(0\.010 s\) of channel 2;"):
        decode(path, name="x")
    assert probe(path).length == len(samples)


def test_empty_missing_and_text_files_are_refused(tmp_path):
    empty, text = tmp_path / "empty.wav", tmp_path / "text.wav"
    empty.write_bytes(b"")
    text.write_text("These are words, no sound.\n" * 50)
    with pytest.raises(Rejected, match="empty file"):
        probe(empty)
    with pytest.raises(Rejected, match="libsndfile cannot read it"):
        probe(text)
    with pytest.raises(Rejected, match=r"gone\.wav: cannot be read: No such file"):
        decode(tmp_path / "gone.wav")


@pytest.mark.parametrize("kind", ["wav", "ogg", "aiff"])
def test_file_without_samples_is_refused(tmp_path, kind):
    path = written(tmp_path, kind, np.zeros((0, 2), np.float32))
    with pytest.raises(Rejected, match="holds no samples"):
        probe(path)


def test_file_without_ffmpeg_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "a.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(Rejected, match="install ffmpeg"):
        decode(path)


def test_wav_whose_length_was_left_open_is_read(tmp_path):
    path = written(tmp_path, "wav")
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:4] + b"\xff" * 4 + content[8:at] + b"\xff" * 4 + content[at + 4 :])
    assert decode(path).length == probe(path).length == 3 * 44_100


def test_wav_with_a_chunk_of_odd_size_before_its_data_is_read(tmp_path):
    path = written(tmp_path, "wav")
    content = path.read_bytes()
    at = content.index(b"data")
    odd = b"note" + struct.pack("<I", 3) + b"abc\0"
    path.write_bytes(
        content[:4] + struct.pack("<I", len(content) + 4) + content[8:at] + odd + content[at:]
    )
    assert decode(path).length == 3 * 44_100
    with pytest.raises(Rejected, match="data chunk promises"):
        decode(cut(path))


def test_ogg_cut_between_two_pages_is_refused(tmp_path):
    path = written(tmp_path, "ogg")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS\0")])
    with pytest.raises(Rejected, match="does not end the stream"):
        probe(path)


def with_last_granule(path, added):
    """An Ogg file whose last page tells a later end than its packets give."""
    content = path.read_bytes()
    at = content.rindex(b"OggS\0")
    page = bytearray(content[at:])
    granule = int.from_bytes(page[6:14], "little") + added
    page[6:14], page[22:26] = granule.to_bytes(8, "little"), bytes(4)
    # CRC-32 of RFC 3533: polynomial 0x04c11db7, not reflected, from zero.
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc >> 31 else crc << 1) & 0xFFFFFFFF
    page[22:26] = crc.to_bytes(4, "little")
    path.write_bytes(content[:at] + page)
    return path


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_ogg_that_tells_a_little_too_much_is_as_long_as_it_decodes(tmp_path, kind):
    path = with_last_granule(written(tmp_path, kind), 5000)
    assert soundfile.info(path).frames == 3 * KINDS[kind][2] + 5000
    header, audio = probe(path), decode(path)
    assert header.length == audio.length < 3 * KINDS[kind][2] + 5000
    assert header.length >= 3 * KINDS[kind][2]


def test_flac_that_tells_more_than_it_holds_is_refused(tmp_path):
    path = written(tmp_path, "flac")
    content = bytearray(path.read_bytes())
    content[22:26] = (3 * 44_100 + 5000).to_bytes(4, "big")
    path.write_bytes(content)
    assert soundfile.info(path).frames == 3 * 44_100 + 5000
    with pytest.raises(Rejected, match=r"damaged|cut short"):
        probe(path)


def test_mp3_glued_to_another_is_refused(tmp_path):
    path = written(tmp_path, "mp3")
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(Rejected, match="glued together"):
        probe(path)


def without_index(path):
    """An MP3 without the Xing frame it begins with."""
    content = path.read_bytes()
    found = mp3_frames.index(content)
    assert found is not None
    second = content.index(content[found.start : found.start + 2], found.start + 4)
    path.write_bytes(content[second:])
    return path


def test_mp3_without_index_is_read_to_its_end(tmp_path):
    container, coding, rate = KINDS["mp3"]
    path = tmp_path / "a.mp3"
    soundfile.write(
        path,
        music(8.0),
        rate,
        format=container,
        subtype=coding,
        compression_level=0.2,
        bitrate_mode="VARIABLE",
    )
    whole = decode(path)
    assert soundfile.info(without_index(path)).frames < 0.9 * whole.length
    assert mp3_frames.index(path.read_bytes()) is None
    audio, header = decode(path), probe(path)
    assert audio.length == header.length
    assert abs(audio.length - whole.length) < 3 * 1152
    lag = int(
        np.argmax(
            np.correlate(audio.samples[0, 300_000:310_000], whole.samples[0, 302_000:307_000])
        )
    )
    shift = 2000 - lag
    assert np.allclose(
        audio.samples[:, 300_000:310_000],
        whole.samples[:, 300_000 + shift : 310_000 + shift],
        atol=1e-4,
    )


def test_mp3_whose_index_counts_no_bytes_is_refused_when_decoded(tmp_path):
    path = without_index(written(tmp_path, "mp3"))
    path.write_bytes(mp3_frames.indexed(path.read_bytes()))
    whole = decode(path).length
    cut(path)
    assert probe(path).length == whole
    with pytest.raises(Rejected, match=rf"promises {whole} samples, \d+ can be decoded"):
        decode(path)


def test_mp3_frames_are_counted_by_hand():
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    padded = b"\xff\xfb\x92\x00" + bytes(414)
    assert len(frame) == 144_000 * 128 // 44_100
    stream = (frame + padded) * 3
    tagged = b"ID3\x04\0\0\0\0\x01\x02" + bytes(130) + stream + b"TAG" + bytes(125)
    counted = mp3_frames.index(mp3_frames.indexed(tagged))
    assert counted is not None
    assert counted.frames == 6
    assert mp3_frames.misfit(tagged) == ""
    # The last frame is one of those with a byte of padding.
    assert "ends within" in mp3_frames.misfit(stream[:-1])
    assert mp3_frames.indexed(mp3_frames.indexed(tagged)) == mp3_frames.indexed(tagged)
    assert mp3_frames.indexed(b"no mp3 at all") == b"no mp3 at all"


@needs_ffmpeg
@pytest.mark.parametrize(("suffix", "kind"), [("m4a", "mov"), ("wma", "asf"), ("mka", "matroska")])
def test_what_libsndfile_does_not_know_goes_through_ffmpeg(tmp_path, suffix, kind):
    wav = tmp_path / "a.wav"
    soundfile.write(wav, music(rate=48_000, channels=1), 48_000)
    tags = ("-metadata", "artist=Ana", "-metadata", "title=Ona")
    path = converted(wav, tmp_path / f"Ünï cödé [x].{suffix}", *tags)
    header, audio = probe(path), decode(path)
    assert (header.format, header.artist, header.title) == (kind, "Ana", "Ona")
    assert (header.rate, header.channels, header.length) == (48_000, 1, audio.length)
    assert (audio.rate, audio.channels) == (48_000, 1)
    assert abs(audio.length - 3 * 48_000) < 5000
    assert 0.05 < float(np.sqrt(np.mean(audio.samples**2))) < 0.2


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "options"), [("m4a", ("-movflags", "+faststart")), ("wma", ()), ("mka", ())]
)
def test_cut_file_for_ffmpeg_is_refused(tmp_path, suffix, options):
    wav = tmp_path / "a.wav"
    soundfile.write(wav, music(), 44_100)
    path = cut(converted(wav, tmp_path / f"a.{suffix}", *options))
    with pytest.raises(Rejected, match=r"cut short|no readable audio") as error:
        probe(path)
    assert str(tmp_path) not in str(error.value)


@needs_ffmpeg
def test_flac_whose_length_was_left_open_goes_through_ffmpeg(tmp_path):
    flac = written(tmp_path, "flac")
    content = bytearray(flac.read_bytes())
    wanted = decode(flac)
    # The 36 bits of STREAMINFO's total samples: the lower half of byte 13, and bytes 14 to 17.
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    flac.write_bytes(content)
    assert probe(flac).length == wanted.length
    assert np.array_equal(decode(flac).samples, wanted.samples)


def test_flac_that_promises_more_than_there_is_memory_for_is_refused(tmp_path):
    """So large that its head might be right: what it says is looked for before it is believed."""
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, (1_500_000, 2)).astype(np.float32)
    flac = written(tmp_path, "flac", noise)
    content = bytearray(flac.read_bytes())
    assert len(content) > 8_400_000
    content[21] |= 0x0F
    content[22:26] = b"\xff\xff\xff\xff"
    flac.write_bytes(content)
    for read in (probe, decode):
        with pytest.raises(Rejected):
            read(flac)

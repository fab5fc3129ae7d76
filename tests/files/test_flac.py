"""FLAC: both decoders give equal samples of what libsndfile writes, and neither hides damage."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from automix_bench.errors import Rejected
from automix_bench.files import flac
from automix_bench.files.decode import decode

STREAM_INFO = 42  # bytes; the blocks of metadata go on behind it


def written(samples, bits=24, rate=44_100, **options):
    """Integers of `bits` bits, `(channels, samples)`, as libsndfile writes them."""
    file = io.BytesIO()
    upper = np.ascontiguousarray(samples.T, dtype=np.int32) << (32 - bits)
    soundfile.write(file, upper, rate, format="FLAC", subtype=f"PCM_{bits}", **options)
    return file.getvalue()


def frames_at(content):
    """Where the first frame begins: behind the last block of metadata."""
    last, at = content[4] >> 7, STREAM_INFO
    while not last:
        last, at = content[at] >> 7, at + 4 + int.from_bytes(content[at + 1 : at + 4], "big")
    return at


def by_dr_flac(content, monkeypatch):
    """What `decode_trusted` gives without any help from libsndfile."""
    with monkeypatch.context() as alone:
        alone.setattr(flac, "decode", None)
        return flac.decode_trusted(content)


def agree(content):
    audio = flac.decode_trusted(content)
    wanted, wanted_rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    assert audio.samples.dtype == np.float32
    assert audio.samples.flags.c_contiguous
    return audio.rate == wanted_rate and np.array_equal(audio.samples, wanted.T)


def sound(kind, channels, length, bits, rng):
    peak = (1 << (bits - 1)) - 1
    if kind == "silence":
        return np.zeros((channels, length), np.int64)
    if kind == "constant":
        return np.full((channels, length), -peak - 1)
    if kind == "noise":  # no predictor helps: verbatim
        return rng.integers(-peak - 1, peak + 1, (channels, length))
    if kind == "square":  # the side of two full scales has a bit more
        side = np.sign(rng.standard_normal((channels, length)))
        return np.where(side > 0, peak, -peak - 1)
    if kind == "clicks":  # long runs of zeros in the code
        return peak * (rng.random((channels, length)) < 0.001)
    if kind == "coarse":  # its lower bits are wasted
        return rng.integers(-(peak >> 8), peak >> 8, (channels, length)) << 8
    phase = np.arange(length) * rng.uniform(0.001, 0.5, (channels, 1))
    wave = np.sin(phase) + (0.1 * rng.standard_normal((1, length)) if kind == "noisy" else 0.0)
    return np.rint(0.8 * peak * wave / np.abs(wave).max().clip(1e-9)).astype(np.int64)


KINDS = ("silence", "constant", "noise", "square", "clicks", "coarse", "tone", "noisy")


@given(
    kind=st.sampled_from(KINDS),
    channels=st.integers(1, 8),
    length=st.integers(1, 9_000),
    bits=st.sampled_from((16, 24)),
    seed=st.integers(0, 1 << 32),
    level=st.sampled_from((0.0, 0.3, 0.5, 1.0)),
)
@settings(deadline=None, max_examples=150)
def test_samples_are_those_of_libsndfile(kind, channels, length, bits, seed, level):
    samples = sound(kind, channels, length, bits, np.random.default_rng(seed))
    content = written(samples, bits, compression_level=level)
    assert agree(content)
    assert np.array_equal(flac.decode_trusted(content).samples * (1 << (bits - 1)), samples)


@pytest.mark.parametrize("kind", KINDS)
def test_what_two_channels_share_is_undone(kind):
    rng = np.random.default_rng(1)
    one = sound(kind, 1, 20_000, 24, rng)
    for other in (one, one // 2, -one // 2, one + 0 * one, np.roll(one, 1)):
        for pair in ((one, other), (other, one)):
            assert agree(written(np.concatenate(pair)))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000, 12_345, 655_350])
def test_every_rate_is_told(rate, monkeypatch):
    samples = sound("noisy", 2, 5_000, 24, np.random.default_rng(2))
    content = written(samples, rate=rate)
    assert agree(content)
    assert agree(memoryview(bytearray(content)))
    assert by_dr_flac(content, monkeypatch).rate == rate


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bits", [16, 24])
def test_what_we_write_needs_no_second_decoder(kind, bits, monkeypatch):
    samples = sound(kind, 2, 20_000, bits, np.random.default_rng(9)) << (24 - bits)
    content = flac.encode_integers(samples.astype(np.int32), 44_100, bits)
    assert np.array_equal(by_dr_flac(content, monkeypatch).samples * (1 << 23), samples)


def test_what_is_cut_short_or_is_not_flac_is_an_error():
    content = written(sound("noisy", 2, 20_000, 24, np.random.default_rng(3)))
    for length in (0, 3, 41, 60, 100, 300, len(content) // 2, len(content) - 300, len(content) - 1):
        for read in (flac.decode, flac.decode_trusted):
            with pytest.raises(soundfile.LibsndfileError):
                read(content[:length])
    for read in (flac.decode, flac.decode_trusted):
        with pytest.raises(soundfile.LibsndfileError):
            read(b"RIFF" + content[4:])
    assert agree(content + b"more")


def test_a_header_that_promises_without_end_reads_no_other_samples():
    content = written(sound("noisy", 2, 20_000, 24, np.random.default_rng(3)))
    endless = bytearray(content)
    endless[21:26] = b"\x0f" + b"\xff" * 4  # 2**36 - 1 samples of 24 bits
    with pytest.raises((soundfile.LibsndfileError, MemoryError)):
        flac.decode_trusted(bytes(endless))


DAMAGED = [
    written(sound(kind, 2, 5_000, bits, np.random.default_rng(4)), bits)
    for bits in (16, 24)
    for kind in ("noise", "noisy", "clicks", "coarse", "tone")
]


def outcome(read, content):
    """The samples, or None for an error."""
    try:
        return read(content).samples
    except soundfile.LibsndfileError:
        return None


@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=200)
def test_damage_anywhere_is_an_error_or_read_as_libsndfile_reads_it(seed):
    rng = np.random.default_rng(seed)
    content = bytearray(DAMAGED[seed % len(DAMAGED)])
    for at in rng.integers(STREAM_INFO, len(content), rng.integers(1, 20)):
        content[at] = rng.integers(256)
    first, second = (outcome(read, bytes(content)) for read in (flac.decode, flac.decode_trusted))
    assert first is None if second is None else np.array_equal(first, second)


@given(seed=st.integers(0, 1 << 32), most=st.sampled_from((1, 1, 1, 3)))
@settings(deadline=None, max_examples=300)
def test_what_was_changed_in_a_frame_is_seen_by_its_checksum(seed, most):
    rng = np.random.default_rng(seed)
    whole = DAMAGED[seed % len(DAMAGED)]
    content, first = bytearray(whole), frames_at(whole)
    for _ in range(most):
        content[rng.integers(first, len(content))] ^= 1 << rng.integers(8)
    if bytes(content) != whole:
        assert outcome(flac.decode, bytes(content)) is None
        assert outcome(flac.decode_trusted, bytes(content)) is None


@pytest.mark.parametrize("place", ["first", "early", "middle", "late", "last"])
@pytest.mark.parametrize("bits", [16, 24])
def test_a_file_with_a_damaged_frame_is_refused_by_name(tmp_path, bits, place):
    """It is never read as a shorter song, nor with silence in the damaged frame's place."""
    samples = sound("noisy", 2, 300_000, bits, np.random.default_rng(6))
    content = bytearray(written(samples, bits))
    first, end = frames_at(content), len(content) - 1
    path = tmp_path / "song.flac"
    path.write_bytes(content)
    assert np.array_equal(decode(path).samples * (1 << (bits - 1)), samples)
    span = end - first
    at = {"first": 0, "early": span // 5, "middle": span // 2, "late": span * 4 // 5, "last": span}
    for offset in (0, -3, -1_000) if place == "last" else (0, 3, 1_000):
        damaged = bytearray(content)
        damaged[first + at[place] + offset] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(Rejected, match=r"^song\.flac: (damaged|cut short)"):
            decode(path)

"""Our FLAC decoder against libsndfile, on whatever libsndfile writes."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from automix_bench.files import flac
from automix_bench.files.flac_decoder.decoder import decoded
from automix_bench.files.flac_decoder.header import stream_info


def written(samples, bits=24, rate=44_100, **options):
    """Integers of `bits` bits, `(channels, samples)`, as libsndfile writes them."""
    file = io.BytesIO()
    upper = np.ascontiguousarray(samples.T, dtype=np.int32) << (32 - bits)
    soundfile.write(file, upper, rate, format="FLAC", subtype=f"PCM_{bits}", **options)
    return file.getvalue()


def agree(content):
    samples, rate = decoded(content)
    wanted, wanted_rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    assert samples.dtype == np.float32
    assert samples.flags.c_contiguous
    return rate == wanted_rate and np.array_equal(samples, wanted.T)


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
    level=st.sampled_from((0.0, 0.3, 0.5)),
)
@settings(deadline=None, max_examples=150)
def test_samples_are_those_of_libsndfile(kind, channels, length, bits, seed, level):
    samples = sound(kind, channels, length, bits, np.random.default_rng(seed))
    assert agree(written(samples, bits, compression_level=level))


@pytest.mark.parametrize("kind", KINDS)
def test_what_two_channels_share_is_undone(kind):
    rng = np.random.default_rng(1)
    one = sound(kind, 1, 20_000, 24, rng)
    for other in (one, one // 2, -one // 2, one + 0 * one, np.roll(one, 1)):
        for pair in ((one, other), (other, one)):
            assert agree(written(np.concatenate(pair)))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000, 12_345, 655_350])
def test_every_rate_is_told(rate):
    samples = sound("noisy", 2, 5_000, 24, np.random.default_rng(2))
    content = written(samples, rate=rate)
    assert agree(content)
    assert agree(memoryview(bytearray(content)))


def test_what_is_cut_short_or_is_not_flac_is_left_to_libsndfile():
    content = written(sound("noisy", 2, 20_000, 24, np.random.default_rng(3)))
    for length in (0, 3, 41, 60, 100, 300, len(content) // 2, len(content) - 300, len(content) - 1):
        assert decoded(content[:length]) is None
        with pytest.raises(soundfile.LibsndfileError):
            flac.decode_trusted(content[:length])
    assert decoded(b"RIFF" + content[4:]) is None
    assert decoded(content + b"more") is None
    endless = bytearray(content)
    endless[21:26] = b"\x0f" + b"\xff" * 4
    assert stream_info(bytes(endless)).length > 1 << 32
    assert decoded(bytes(endless)) is None


@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=200)
def test_damage_is_never_read_beyond_the_end(seed):
    rng = np.random.default_rng(seed)
    content = bytearray(DAMAGED[seed % len(DAMAGED)])
    for at in rng.integers(42, len(content), rng.integers(1, 20)):
        content[at] = rng.integers(256)
    found = decoded(bytes(content))  # samples of some kind, or none: but no crash
    assert found is None or found[0].shape == (2, 5_000)


@given(seed=st.integers(0, 1 << 32), most=st.sampled_from((1, 1, 1, 3)))
@settings(deadline=None, max_examples=300)
def test_what_was_changed_in_a_frame_is_seen_by_its_checksum(seed, most):
    rng = np.random.default_rng(seed)
    whole = DAMAGED[seed % len(DAMAGED)]
    content, frames_at = bytearray(whole), stream_info(whole).frames_at
    assert np.array_equal(decoded(whole, checked=True)[0], decoded(whole)[0])
    for _ in range(most):
        content[rng.integers(frames_at, len(content))] ^= 1 << rng.integers(8)
    if bytes(content) != whole:
        assert decoded(bytes(content), checked=True) is None
        assert flac.decode_checked(bytes(content)) is None


def test_a_head_of_another_length_is_left_to_libsndfile():
    content = bytearray(DAMAGED[0])
    for at in (5, 6, 7):
        content[at] ^= 1
        assert stream_info(bytes(content)) is None
        content[at] ^= 1
    assert decoded(bytes(content)) is not None


@pytest.mark.parametrize("length", [1, 17, 18, 4_096, 9_001])
def test_a_checksum_is_right_whatever_the_length_of_what_it_is_of(length):
    """Eight bytes are taken at a time, and the rest one by one."""
    for channels in (1, 2, 3):
        samples = sound("noise", channels, length, 24, np.random.default_rng(length))
        content = written(samples)
        assert np.array_equal(decoded(content, checked=True)[0] * (1 << 23), samples)


DAMAGED = [
    written(sound(kind, 2, 5_000, 24, np.random.default_rng(4)))
    for kind in ("noise", "noisy", "clicks", "coarse", "tone")
]


def test_predictors_of_a_higher_order_are_left_to_libsndfile():
    rng = np.random.default_rng(5)
    samples = sum(sound("tone", 1, 20_000, 24, rng) // 12 for _ in range(10))
    content = written(samples, compression_level=1.0)
    assert decoded(content) is None or agree(content)
    wanted = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)[0].T
    assert np.array_equal(flac.decode_trusted(content).samples, wanted)

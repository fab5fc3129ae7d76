"""FLAC files of 24 or 16 bits (RFC 9639): the one format in which this package stores audio.

FLAC is lossless, and `encode` gives the same bytes every time. In memory samples of both depths are
24-bit integers; those of 16 bits are multiples of 256.

Two libraries decode. libsndfile reads what users bring: it compares the checksum of every frame
and raises an error at a damaged one. dr_flac, through `miniaudio`, reads data sets and caches in
about three quarters of the time. It skips a frame whose checksum is wrong, so its result counts
only if it is as long as the header says.

Both take memory for as many samples as the header states. So the header is checked first: it can
state no more than the bytes behind it can hold.
"""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass

import numpy as np
import soundfile

from automix_bench.audio import Audio, peak
from automix_bench.files.quantise import Integers, interleaved

_START = 42
"""The length of the mark `fLaC` and the first block, STREAMINFO, with its head."""


class DamagedFlac(soundfile.LibsndfileError):
    """A file is no FLAC, or its header cannot be true. The message says what is wrong."""

    def __init__(self, what: str) -> None:
        super().__init__(1)
        self.what = what

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class FlacHeader:
    """What the header of a FLAC file states; `length` is in samples per channel."""

    rate: int
    channels: int
    bits: int
    length: int


def header(content: bytes | memoryview) -> FlacHeader:
    """The header of a FLAC file, which can be true.

    The shortest frame has 8 bytes, and for every channel a byte and one sample (RFC 9639, section
    9). It holds no more samples than the largest block that the header states.

    Raises:
        DamagedFlac: the content does not begin as a FLAC file does; or it states no length, or more
            samples than its bytes can hold.
    """
    start = bytes(content[:_START])
    if len(start) < _START or start[:4] != b"fLaC" or start[4] & 0x7F != 0:
        raise DamagedFlac("it does not begin as a FLAC file does")
    block, packed = int.from_bytes(start[10:12]), int.from_bytes(start[18:26])
    rate, channels = packed >> 44, (packed >> 41 & 0x7) + 1
    bits, length = (packed >> 36 & 0x1F) + 1, packed & 0xFFFFFFFFF
    frame = 8 + channels * (1 + bits // 8)
    most = (len(content) - _START) // frame * block
    if not 0 < length <= most:
        raise DamagedFlac(
            f"its header states {length} samples, and its {len(content)} bytes hold at most {most}"
        )
    return FlacHeader(rate, channels, bits, length)


def encode(audio: Audio, bits: int = 24) -> bytes:
    """Audio as a FLAC file of 24 bits, or of 16.

    Raises:
        ValueError: a sample lies beyond full scale, or between the steps of 16 bits; or there are
            more than 8 channels.
    """
    return _encoded(interleaved(audio), audio.rate, bits)


def encode_integers(samples: Integers, rate: int, bits: int = 24) -> bytes:
    """24-bit integers as a FLAC file; `decode_integers` gives equal ones back.

    Raises:
        ValueError: `bits` is 16 and a sample is no multiple of 256.
    """
    return _encoded(np.ascontiguousarray(samples.T) << 8, rate, bits)


def _encoded(frames: np.ndarray, rate: int, bits: int) -> bytes:
    """A FLAC file of `frames`, int32 `(samples, channels)` with the sample in the upper bits."""
    if bits == 16 and (frames & 0xFFFF).any():
        raise ValueError(
            "a sound of more than 16 bits does not fit a file of 16: quantise it first"
        )
    buffer = io.BytesIO()
    soundfile.write(buffer, frames, rate, format="FLAC", subtype=f"PCM_{bits}")
    return buffer.getvalue()


def decode(content: bytes) -> Audio:
    """The audio in a FLAC file.

    Raises:
        soundfile.LibsndfileError: it is no FLAC file, is cut short, or has a damaged frame.
    """
    header(content)
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.T), int(rate))


def decode_trusted(content: bytes | memoryview) -> Audio:
    """The same as `decode`, by dr_flac: for files that this package wrote and whose hash is known.

    Where dr_flac finds too few samples or no FLAC at all, libsndfile decides.

    Raises:
        soundfile.LibsndfileError: as for `decode`.
    """
    import miniaudio

    content = bytes(content)
    length = header(content).length
    try:
        sound = miniaudio.flac_read_f32(content)
    except miniaudio.DecodeError:
        return decode(content)
    if sound.num_frames != length:  # a damaged frame
        return decode(content)
    samples = np.frombuffer(sound.samples, np.float32).reshape(-1, sound.nchannels)
    return Audio(np.ascontiguousarray(samples.T), int(sound.sample_rate))


def agrees_with_md5(start: bytes, samples: np.ndarray) -> bool:
    """Whether decoded samples have the MD5 that a FLAC file's header states; true where it states
    none, and for depths other than 8, 16 and 24 bits.

    A header that states too few samples is found out so: a decoder stops there without an error.

    Args:
        start: the first 42 bytes of the file.
        samples: `(channels, samples)`, float32, full scale 1.0.
    """
    stated = start[26:42]
    bits = (int.from_bytes(start[20:22], "big") >> 4 & 31) + 1
    if len(stated) < 16 or not any(stated) or bits not in (8, 16, 24):
        return True
    digest = hashlib.md5(usedforsecurity=False)
    for begin in range(0, samples.shape[1], 1 << 20):
        # Every sample is a whole number of steps, so casting is exact.
        block = samples[:, begin : begin + (1 << 20)].T * np.float32(1 << (bits - 1))
        if bits == 24:
            steps = np.ascontiguousarray(block, "<i4").view(np.uint8).reshape(-1, 4)[:, :3]
        else:
            steps = block.astype("<i2" if bits == 16 else "i1")
        digest.update(np.ascontiguousarray(steps).data)
    return digest.digest() == stated


def decode_integers(content: bytes) -> tuple[Integers, int]:
    """The 24-bit integers in a FLAC file, `(channels, samples)`, and their rate in Hz.

    Raises:
        soundfile.LibsndfileError: as for `decode`.
    """
    header(content)
    samples, rate = soundfile.read(io.BytesIO(content), dtype="int32", always_2d=True)
    return np.ascontiguousarray(samples.T) >> 8, int(rate)


def exponent_for(*parts: Audio) -> int:
    """The smallest k >= 0 for which every sample of every part, times 2**-k, fits 24 bits.

    Scaling by a power of two costs no precision, so audio beyond full scale can be stored.
    """
    highest = max(map(peak, parts))
    limit = 1.0 - 2.0**-23
    return 0 if highest <= limit else math.ceil(math.log2(highest / limit))

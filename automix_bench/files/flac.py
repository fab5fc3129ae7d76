"""FLAC of 24 or 16 bits, the one format that audio is stored in: lossless, and the same bytes every
time. In memory both are 24-bit integers; those of 16 bits are multiples of 256."""

from __future__ import annotations

import io
import math

import numpy as np
import soundfile

from automix_bench.audio import Audio, peak
from automix_bench.files.quantise import Integers, interleaved


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
        ValueError: it is to be of 16 bits, and one of them is no multiple of 256.
    """
    return _encoded(np.ascontiguousarray(samples.T) << 8, rate, bits)


def _encoded(frames: np.ndarray, rate: int, bits: int) -> bytes:
    """Of `(samples, channels)`, in the upper bits of 32, as libsndfile takes them."""
    if bits == 16 and (frames & 0xFFFF).any():
        raise ValueError(
            "a sound of more than 16 bits does not fit a file of 16: quantise it first"
        )
    buffer = io.BytesIO()
    soundfile.write(buffer, frames, rate, format="FLAC", subtype=f"PCM_{bits}")
    return buffer.getvalue()


def decode_trusted(content: bytes | memoryview) -> Audio:
    """What `decode` gives, about twice as fast, of a file that is known to be whole: its checksums
    are not looked at. What `encode` did not write may take as long as ever."""
    from automix_bench.files.flac_decoder.decoder import decoded

    found = decoded(content)
    return decode(bytes(content)) if found is None else Audio(*found)


def decode_checked(content: bytes) -> Audio | None:
    """What `decode` gives, about twice as fast, of a file that was written as `encode` writes; None
    of one that is damaged, has foreign tags at its ends, or is compressed harder."""
    from automix_bench.files.flac_decoder.decoder import decoded

    found = decoded(content, checked=True)
    return None if found is None else Audio(*found)


def decode(content: bytes) -> Audio:
    """The audio in a FLAC file."""
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.T), int(rate))


def decode_integers(content: bytes) -> tuple[Integers, int]:
    """The 24-bit integers in a FLAC file, `(channels, samples)`, and their rate."""
    samples, rate = soundfile.read(io.BytesIO(content), dtype="int32", always_2d=True)
    return np.ascontiguousarray(samples.T) >> 8, int(rate)


def exponent_for(*parts: Audio) -> int:
    """The smallest k >= 0 for which every sample of every part, times 2**-k, fits 24 bits.

    Scaling by a power of two costs no precision, so audio beyond full scale can be stored.
    """
    highest = max(map(peak, parts))
    limit = 1.0 - 2.0**-23
    return 0 if highest <= limit else math.ceil(math.log2(highest / limit))

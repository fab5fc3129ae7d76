"""24-bit FLAC, the one format that audio is stored in: lossless, and the same bytes every time."""

from __future__ import annotations

import io
import math

import numpy as np
import soundfile

from automix_bench.audio import Audio, Integers, integers


def encode(audio: Audio) -> bytes:
    """Audio as a FLAC file of 24 bits.

    Raises:
        ValueError: a sample lies beyond full scale, or there are more than 8 channels.
    """
    return encode_integers(integers(audio), audio.rate)


def encode_integers(samples: Integers, rate: int) -> bytes:
    """24-bit integers as a FLAC file; `decode_integers` gives equal ones back."""
    buffer = io.BytesIO()
    # libsndfile takes 24 bits from the upper end of a 32-bit integer.
    soundfile.write(buffer, samples.T << 8, rate, format="FLAC", subtype="PCM_24")
    return buffer.getvalue()


def decode(content: bytes) -> Audio:
    """The audio in a 24-bit FLAC file."""
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
    peak = max(float(np.abs(part.samples).max()) for part in parts)
    limit = 1.0 - 2.0**-23
    return 0 if peak <= limit else math.ceil(math.log2(peak / limit))

"""Encode and decode a sound with a lossy codec, at the same rate, length and place in time.

A codec takes one or two channels at the rates it has. `coded` brings a sound into that form and
back. It handles what codecs do not take:

* a rate that the codec lacks: the sound is resampled to the next higher one it has, or to its
  highest, and back (soxr, very high quality, linear phase: no delay);
* peaks beyond full scale: the sound is divided by the least power of two that brings them within,
  and multiplied by it afterwards, which is exact, so nothing clips;
* digital silence from beginning to end comes back unchanged. Some decoders give noise for it, far
  below what 24 bits hold.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
import soundfile
import soxr
from jaxtyping import Float32

from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable
from automix_bench.errors import MissingPart

Interleaved = Float32[np.ndarray, "_ channels"]
RoundTrip = Callable[[Interleaved, int], Interleaved]
"""Encodes samples of a rate and decodes them: at least as many samples, without a delay."""

# Resampling twice can lose a sample or two at the end, and all of a very short sound.
_PADDING = 64
# libsndfile's Vorbis encoder puts the samples of one call on its stack.
_WRITTEN_AT_ONCE = 1 << 14


def coded(
    audio: Audio, round_trip: RoundTrip, *, wanted_by: str, rates: tuple[int, ...] = ()
) -> Audio:
    """The sound after a round trip through a codec.

    Args:
        round_trip: encodes and decodes.
        wanted_by: the effect, for messages.
        rates: the rates of the codec, in rising order; empty if it takes any.

    Raises:
        Unsuitable: there are more than two channels.
    """
    if audio.channels > 2:
        raise Unsuitable(f"{wanted_by} wants mono or stereo audio, got {audio.channels} channels")
    peak = float(np.abs(audio.samples).max())
    if peak == 0.0:
        return audio
    scale = 2.0 ** max(0, math.ceil(math.log2(peak)))
    rate = next((r for r in rates if r >= audio.rate), rates[-1]) if rates else audio.rate
    samples = np.ascontiguousarray(audio.samples.T / np.float32(scale))
    if rate == audio.rate:
        decoded = round_trip(samples, rate)
    else:
        padded = np.pad(samples, ((0, _PADDING), (0, 0)))
        there = soxr.resample(padded, audio.rate, rate, quality="VHQ")
        decoded = soxr.resample(
            round_trip(there, rate)[: len(there)], rate, audio.rate, quality="VHQ"
        )
    return audio.with_samples(decoded[: audio.length].T * np.float32(scale))


def through_libsndfile(
    samples: Interleaved,
    rate: int,
    *,
    wanted_by: str,
    format: str,
    subtype: str,
    compression: float,
    bitrate_mode: str | None = None,
) -> Interleaved:
    """Encode and decode in memory, with libsndfile.

    Args:
        wanted_by: the effect, for messages.
        compression: libsndfile's level, from 0 (least) to 1 (most).
        bitrate_mode: `CONSTANT` for MP3; None for other formats.

    Raises:
        MissingPart: libsndfile was built without this codec.
    """
    if subtype not in soundfile.available_subtypes(format):
        raise MissingPart(
            wanted_by, f"libsndfile 1.1 or newer with {subtype}", "pip install --upgrade soundfile"
        )
    file = io.BytesIO()
    with soundfile.SoundFile(
        file,
        "w",
        samplerate=rate,
        channels=samples.shape[1],
        format=format,
        subtype=subtype,
        compression_level=compression,
        bitrate_mode=bitrate_mode,
    ) as encoder:
        for start in range(0, len(samples), _WRITTEN_AT_ONCE):
            encoder.write(samples[start : start + _WRITTEN_AT_ONCE])
    file.seek(0)
    decoded: np.ndarray = soundfile.read(file, dtype="float32", always_2d=True)[0]
    return decoded

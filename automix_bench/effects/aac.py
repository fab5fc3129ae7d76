"""AAC encoding and decoding."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.codec import Interleaved, coded
from automix_bench.effect import Effect, knob
from automix_bench.errors import DataError, MissingPart

__all__ = ["Aac"]

_RATES = (
    *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000),
    *(32_000, 44_100, 48_000, 64_000, 88_200, 96_000),
)
# The encoder's first frame primes the decoder. An ADTS stream does not mark it, so ffmpeg leaves it
# in, and it is removed here.
_DELAY = 1024


@dataclass(frozen=True)
class Aac(Effect):
    """The sound encoded as AAC (low complexity) at an average bit rate, and decoded again.

        bits per frame = 1000 bitrate_kbps 1024 / rate

    The format is ISO/IEC 14496-3, 2009. The `ffmpeg` program encodes and decodes with its own
    codec. `bitrate_kbps` is for all channels together. The standard allows at most 6 bits per
    sample and channel, and the encoder uses fewer where it does not need more (205 kbps of 320 on
    mono noise at 44.1 kHz).

    The sampling rates are 8, 11.025, 12, 16, 22.05, 24, 32, 44.1, 48, 64, 88.2 and 96 kHz. Audio of
    another rate is resampled to the next higher one and back; audio above 96 kHz is resampled to 96
    kHz and back. Peaks beyond full scale do not clip, and silence stays silence: see
    `dsp/codec.py`.

    Latency: 0 samples; the 1024 samples of the first frame are removed. The level and the length
    stay the same. Equal sounds give equal bits with the same version of ffmpeg; another version may
    encode differently. Each call starts ffmpeg twice, which takes a tenth of a second.

    Raises:
        Unsuitable: the audio has more than two channels.
        MissingPart: there is no `ffmpeg` on the PATH.
        DataError: ffmpeg has no AAC encoder, or fails.
    """

    irreversible: ClassVar[str] = "what the codec judges inaudible is thrown away"

    bitrate_kbps: float = knob(32.0, 320.0, "kbps")

    def __call__(self, audio: Audio) -> Audio:
        return coded(audio, self._round_trip, wanted_by="Aac", rates=_RATES)

    def inverse(self) -> None:
        return None

    def _round_trip(self, samples: Interleaved, rate: int) -> Interleaved:
        channels = samples.shape[1]
        form = ("-f", "f32le", "-ar", str(rate), "-ac", str(channels))
        bits = ("-c:a", "aac", "-b:a", str(round(1_000.0 * self.bitrate_kbps)))
        raw = samples.astype("<f4").tobytes()
        packed = _ffmpeg(raw, *form, "-i", "pipe:0", *bits, "-f", "adts", "pipe:1")
        opened = _ffmpeg(packed, "-f", "aac", "-i", "pipe:0", "-f", "f32le", "pipe:1")
        decoded = np.frombuffer(opened, "<f4").astype(np.float32).reshape(-1, channels)
        return np.ascontiguousarray(decoded[_DELAY:])


def _ffmpeg(content: bytes, *arguments: str) -> bytes:
    """Run ffmpeg with `content` as its standard input, and return its standard output."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise MissingPart("Aac", "the program ffmpeg", "apt-get install ffmpeg")
    command = [program, "-v", "error", *arguments]
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[0] if lines else f"exit code {done.returncode}"
        raise DataError(
            f"Aac: ffmpeg failed with the message {reason!r}: install an ffmpeg with an AAC encoder"
        )
    return done.stdout

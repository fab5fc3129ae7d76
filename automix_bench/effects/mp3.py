"""MP3 (MPEG layer III) encoding and decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.codec import Interleaved, coded, through_libsndfile
from automix_bench.effect import Effect, knob

__all__ = ["Mp3"]

_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

# Bit rates in kbps: MPEG-2.5 (8 to 12 kHz), MPEG-2 (16 to 24 kHz) and MPEG-1 (from 32 kHz).
_LOW = (8, 16, 24, 32, 40, 48, 56, 64)
_MIDDLE = (*_LOW, 80, 96, 112, 128, 144, 160)
_HIGH = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)

# libsndfile refuses a compression of exactly 1.
_MOST_COMPRESSION = 0.999
# The encoder (LAME) delays by 576 samples, the decoder by 529.
_DELAY = 576 + 529


@dataclass(frozen=True)
class Mp3(Effect):
    """The sound encoded as MP3 at a constant bit rate, and decoded again.

        bits per frame = 1000 bitrate_kbps samples_per_frame / rate

    The format is ISO/IEC 11172-3 (1993), 13818-3 (1998) and, below 16 kHz, their extension
    MPEG-2.5. LAME encodes and mpg123 decodes it through libsndfile, in joint stereo. The bit rate
    is for all channels together. The nearest bit rate of the standard is used: 32, 40, 48, 56, 64,
    80, 96, 112, 128, 160, 192, 224, 256 or 320 kbps at sampling rates from 32 kHz on, at most 160
    kbps from 16 kHz on, at most 64 kbps below.

    The sampling rates are 8, 11.025, 12, 16, 22.05, 24, 32, 44.1 and 48 kHz. Audio of another rate
    is resampled to the next higher one and back; audio above 48 kHz is resampled to 48 kHz and
    back, so nothing is left above 24 kHz. Peaks beyond full scale do not clip, and silence stays
    silence: see `dsp/codec.py`.

    Latency: 0 samples; the 1105 samples of encoder and decoder are removed. The level and the
    length stay the same. Equal sounds give equal bits with the same version of libsndfile; another
    version may encode differently.

    Raises:
        Unsuitable: the audio has more than two channels.
        MissingPart: libsndfile was built without MP3.
    """

    irreversible: ClassVar[str] = "what the codec judges inaudible is thrown away"

    bitrate_kbps: float = knob(32.0, 320.0, "kbps")

    def __call__(self, audio: Audio) -> Audio:
        return coded(audio, self._round_trip, wanted_by="Mp3", rates=_RATES)

    def inverse(self) -> None:
        return None

    def _round_trip(self, samples: Interleaved, rate: int) -> Interleaved:
        rows = {32_000: _HIGH, 16_000: _MIDDLE, 8_000: _LOW}
        row = next(row for lowest, row in rows.items() if rate >= lowest)
        kbps = min(row, key=lambda one: abs(one - self.bitrate_kbps))
        decoded = through_libsndfile(
            samples,
            rate,
            wanted_by="Mp3",
            format="MP3",
            subtype="MPEG_LAYER_III",
            compression=min((row[-1] - kbps) / (row[-1] - row[0]), _MOST_COMPRESSION),
            bitrate_mode="CONSTANT",
        )
        # At low bit rates a frame has no room for the tag with the delay and the length. The
        # decoder then also returns the delay and at least one frame of padding.
        lost = _DELAY if len(decoded) > len(samples) else 0
        return np.ascontiguousarray(decoded[lost:])

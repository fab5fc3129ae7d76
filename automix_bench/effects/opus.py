"""Opus encoding and decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.codec import Interleaved, coded, through_libsndfile
from automix_bench.effect import Effect, knob

__all__ = ["Opus"]

# The bit rates per channel of libsndfile's most and least compression.
_LOWEST_KBPS, _HIGHEST_KBPS = 6.0, 256.0


@dataclass(frozen=True)
class Opus(Effect):
    """The sound encoded as Opus, and decoded again.

        bits per frame = 1000 bitrate_kbps frame_seconds, on average

    The format is IETF RFC 6716, 2012. libopus encodes and decodes it through libsndfile, set for
    music, with a bit rate that varies with the sound. `bitrate_kbps` is for all channels together.

    Opus works at 48 kHz. Audio of another rate is resampled to 48 kHz and back, and nothing is left
    above 20 kHz. Peaks beyond full scale do not clip, and silence stays silence: see
    `dsp/codec.py`.

    Latency: 0 samples; the pre-skip is removed. Rates below 64 kbps are not offered: there the
    codec uses a model of speech that makes waves early by up to 3 samples, by an amount that
    depends on the sound, so no constant delay could be removed. The length and the level stay the
    same. Equal sounds give equal bits with the same version of libsndfile.

    Raises:
        Unsuitable: the audio has more than two channels.
        MissingPart: libsndfile was built without Opus.
    """

    irreversible: ClassVar[str] = "what the codec judges inaudible is thrown away"

    bitrate_kbps: float = knob(64.0, 256.0, "kbps")

    def __call__(self, audio: Audio) -> Audio:
        return coded(audio, self._round_trip, wanted_by="Opus", rates=(48_000,))

    def inverse(self) -> None:
        return None

    def _round_trip(self, samples: Interleaved, rate: int) -> Interleaved:
        each = self.bitrate_kbps / samples.shape[1]
        return through_libsndfile(
            samples,
            rate,
            wanted_by="Opus",
            format="OGG",
            subtype="OPUS",
            compression=(_HIGHEST_KBPS - each) / (_HIGHEST_KBPS - _LOWEST_KBPS),
        )

"""Ogg Vorbis encoding and decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.codec import Interleaved, coded, through_libsndfile
from automix_bench.effect import Effect, knob

__all__ = ["Vorbis"]


@dataclass(frozen=True)
class Vorbis(Effect):
    """The sound encoded as Ogg Vorbis at a constant quality, and decoded again.

        bit rate = as many bits as `quality` takes, frame by frame

    The format is Xiph.Org Foundation, "Vorbis I specification", 2004. libvorbis encodes and decodes
    it through libsndfile. `quality` is the quality number of Xiph's own encoder. There is no
    constant bit rate. On stereo music at 44.1 kHz quality 0 aims at 64 kbps, 3 at 112, 6 at 192, 10
    at 500; at other rates the numbers are roughly proportional. White noise took 71 kbps at 0, 145
    at 5 and 388 at 10.

    Any rate from 8 to 192 kHz is used as it is. Peaks beyond full scale do not clip, and silence
    stays silence: see `dsp/codec.py`. Latency: 0 samples; the format itself compensates the delay.
    The level and the length stay the same. Equal sounds give equal bits with the same version of
    libsndfile.

    Raises:
        Unsuitable: the audio has more than two channels.
        MissingPart: libsndfile was built without Vorbis.
    """

    irreversible: ClassVar[str] = "what the codec judges inaudible is thrown away"

    quality: float = knob(0.0, 10.0, "(Vorbis quality)")

    def __call__(self, audio: Audio) -> Audio:
        return coded(audio, self._round_trip, wanted_by="Vorbis")

    def inverse(self) -> None:
        return None

    def _round_trip(self, samples: Interleaved, rate: int) -> Interleaved:
        return through_libsndfile(
            samples,
            rate,
            wanted_by="Vorbis",
            format="OGG",
            subtype="VORBIS",
            compression=1.0 - self.quality / 10.0,
        )

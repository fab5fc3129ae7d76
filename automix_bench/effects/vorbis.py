"""What Ogg Vorbis leaves of a sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.codec import Interleaved, coded, through_libsndfile
from automix_bench.effect import Effect, knob

__all__ = ["Vorbis"]


@dataclass(frozen=True)
class Vorbis(Effect):
    """Encoded as Ogg Vorbis at a constant quality, and decoded again.

        bit rate = as many bits as `quality` takes, frame by frame

    Xiph.Org Foundation, "Vorbis I specification", 2004, as libvorbis encodes and decodes it through
    libsndfile. `quality` is that of Xiph's own encoder. There is no constant bit rate: on stereo
    music at 44.1 kHz 0 aims at 64 kbps, 3 at 112, 6 at 192, 10 at 500; it holds for other rates in
    proportion, roughly, and white noise took 71 kbps at 0, 145 at 5 and 388 at 10.

    Takes any rate from 8 to 192 kHz as it is. Peaks beyond full scale do not clip and silence stays
    silence: see `dsp/codec.py`. Latency: 0 samples, which the format itself sees to. The level is
    kept, and the length. Equal sounds give equal bits with the same libsndfile.

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

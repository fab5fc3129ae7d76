"""A stereo position made by delaying one side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.stereo import require_stereo
from automix_bench.effect import Effect, knob

__all__ = ["Haas"]


@dataclass(frozen=True)
class Haas(Effect):
    """Delays one side of a stereo sound, so the sound seems to come from the earlier side.

        left[n] = left[n-D] for delay_ms > 0,  right[n] = right[n-D] for delay_ms < 0

    This is the precedence effect (H. Haas, "Ueber den Einfluss eines Einfachechos auf die
    Hoersamkeit von Sprache", Acustica 1, 1951). As with a `Pan`, positive values move the sound to
    the right: the left side is delayed. D is `|delay_ms| * rate / 1000` rounded to the nearest
    sample, a half to even. Levels stay the same. The length stays the same too, so the end of the
    delayed side is cut off. Latency: 0 samples on the earlier side, D on the other.

    Raises:
        Unsuitable: the audio is not stereo.
    """

    irreversible: ClassVar[str] = "the end of the delayed side is cut off"
    neutral: ClassVar[Mapping[str, float]] = {"delay_ms": 0.0}
    linear: ClassVar[bool] = True
    stereo_only: ClassVar[bool] = True

    delay_ms: float = knob(-40.0, 40.0, "ms")

    def __call__(self, audio: Audio) -> Audio:
        require_stereo(audio, wanted_by="Haas")
        lag = min(round(abs(self.delay_ms) * audio.rate / 1_000.0), audio.length)
        late = 0 if self.delay_ms > 0.0 else 1
        samples = np.zeros_like(audio.samples)
        samples[1 - late] = audio.samples[1 - late]
        samples[late, lag:] = audio.samples[late, : audio.length - lag]
        return audio.with_samples(samples)

    def inverse(self) -> None:
        return None

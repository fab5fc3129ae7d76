"""A gain to a target sample peak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio, peak_db
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.normaliser import Normaliser, knob, option

__all__ = ["Peak"]


@dataclass(frozen=True)
class Peak(Normaliser):
    """A gain that brings the largest sample of all channels to `peak_dbfs` (dB full scale as in
    AES17: a sample of 1.0 is 0 dB).

        gain_db = peak_dbfs + lowered_db - 20 log10 max |x|, limited to -60 to 60 dB

    `lowered_db` is how much the whole example is lowered for its headroom. It counts if `when` is
    "moving". If `when` is "fixed" it does not count; use that inside a strip where a later gain
    lowers the sound again. A silent sound stays as it is.
    """

    peak_dbfs: float = knob(-60.0, 0.0, "dBFS")
    when: str = option("moving", "fixed")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        peak = peak_db(audio)
        if not np.isfinite(peak):
            return Chain()
        target_db = self.peak_dbfs + (lowered_db if self.when == "moving" else 0.0)
        return Chain((Gain(float(np.clip(target_db - peak, -60.0, 60.0))),))

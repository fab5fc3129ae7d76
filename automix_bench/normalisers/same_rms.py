"""A gain back to the original RMS level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio, rms_db
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.normaliser import Normaliser

__all__ = ["SameRms"]


@dataclass(frozen=True)
class SameRms(Normaliser):
    """A gain that restores the RMS level that the sound had at the input of the strip.

        gain_db = RMS_dB(came in) - RMS_dB(x), limited to the range of `Gain`, -60 to 60 dB

    Data for source restoration and style transfer are made this way after each processor (Koo et
    al., ICASSP 2023; RawStems, Zang et al. 2025). A silent sound stays as it is.
    """

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        change_db = rms_db(came_in) - rms_db(audio)
        if not np.isfinite(change_db):
            return Chain()
        return Chain((Gain(float(np.clip(change_db, -60.0, 60.0))),))

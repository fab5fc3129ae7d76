"""A gain to a target loudness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.normaliser import Normaliser, knob

__all__ = ["Loudness"]


@dataclass(frozen=True)
class Loudness(Normaliser):
    """A gain that brings the integrated loudness (ITU-R BS.1770-5) to `lufs`.

        gain_db = lufs + lowered_db - L(x), limited to the range of `Gain`, -60 to 60 dB

    The loudness is measured again after the gain, because the gates of the measurement admit other
    blocks at another level. A sound without a loudness (silent, shorter than 0.4 s, or entirely
    below the absolute gate of -70 LUFS) stays as it is.
    """

    lufs: float = knob(-60.0, 0.0, "LUFS")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        gain_db = gain_to_db(audio, self.lufs + lowered_db)
        if np.isnan(gain_db):
            return Chain()
        return Chain((Gain(gain_db),))

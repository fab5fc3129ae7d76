"""A gain back to the original loudness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.traits import gain_to_db, loudness_lufs
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.normaliser import Normaliser

__all__ = ["SameLoudness"]


@dataclass(frozen=True)
class SameLoudness(Normaliser):
    """A gain that restores the integrated loudness (ITU-R BS.1770-5) that the sound had at the
    input of the strip. Then level alone does not reveal the effects before it.

        gain_db = L(came in) - L(x), limited to the range of `Gain`, -60 to 60 dB

    The loudness is measured again after the gain, because the gates of the measurement admit other
    blocks at another level. A sound that has, or had, no loudness stays as it is.
    """

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        target = loudness_lufs(came_in)
        gain_db = gain_to_db(audio, target) if np.isfinite(target) else np.nan
        if np.isnan(gain_db):
            return Chain()
        return Chain((Gain(gain_db),))

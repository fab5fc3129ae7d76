"""Loudness, brought back to what it was."""

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
    """A gain that gives a sound the integrated loudness (ITU-R BS.1770-5) it had as it entered the
    strip, so that what the effects before it did cannot be told by level alone.

        gain_db = L(came in) - L(x), kept within what a `Gain` can do, -60 to 60 dB

    and measured again after it, as gates let other blocks pass at other levels. A sound that has,
    or had, no loudness is left as it is.
    """

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        target = loudness_lufs(came_in)
        gain_db = gain_to_db(audio, target) if np.isfinite(target) else np.nan
        if np.isnan(gain_db):
            return Chain()
        return Chain((Gain(gain_db),))

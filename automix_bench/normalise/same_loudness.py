"""Loudness, brought back to what it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.effect import Chain
from automix_bench.loudness import integrated_lufs
from automix_bench.normaliser import Normaliser

__all__ = ["SameLoudness"]


@dataclass(frozen=True)
class SameLoudness(Normaliser):
    """A gain that gives a sound the integrated loudness (ITU-R BS.1770-5) it had as it entered the
    strip, so that what the effects before it did cannot be told by level alone.

        gain_db = L(came in) - L(x), kept within what a `Gain` can do, -60 to 60 dB

    A sound that has, or had, no loudness is left as it is.
    """

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        change_db = integrated_lufs(came_in) - integrated_lufs(audio)
        if not np.isfinite(change_db):
            return Chain()
        gain = plugin.load("effects", "gain")
        return Chain((gain(float(np.clip(change_db, -60.0, 60.0))),))

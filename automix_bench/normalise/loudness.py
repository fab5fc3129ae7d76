"""Loudness, brought to a wanted value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.effect import Chain
from automix_bench.loudness import integrated_lufs
from automix_bench.normaliser import Normaliser, knob

__all__ = ["Loudness"]


@dataclass(frozen=True)
class Loudness(Normaliser):
    """A gain that brings the integrated loudness (ITU-R BS.1770-5) to `lufs`.

        gain_db = lufs + lowered_db - L(x), kept within what a `Gain` can do, -60 to 60 dB

    A sound without a loudness (silent, shorter than 0.4 s, all of it below the absolute gate of
    -70 LUFS) is left as it is.
    """

    lufs: float = knob(-60.0, 0.0, "LUFS")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        loudness = integrated_lufs(audio)
        if not np.isfinite(loudness):
            return Chain()
        gain = plugin.load("effects", "gain")
        return Chain((gain(float(np.clip(self.lufs + lowered_db - loudness, -60.0, 60.0))),))

"""Clipping, brought to a wanted signal-to-distortion ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio, decibels
from automix_bench.effect import Chain, Unsuitable
from automix_bench.normaliser import Normaliser, knob

__all__ = ["InputSdr"]

_HALVINGS = 60


@dataclass(frozen=True)
class InputSdr(Normaliser):
    """A hard clip whose threshold t makes the clipped sound as bad as wanted.

        sdr_db = 10 log10 (sum x^2 / sum max(|x| - t, 0)^2)

    The input SDR by which declipping is graded (Zaviska et al., "A survey and an extensive
    evaluation of popular audio declipping methods", IEEE JSTSP 15 (1), 2021), over all channels
    together. It rises with t, so t is found by halving.

    Raises:
        Unsuitable: the sound is silent.
    """

    sdr_db: float = knob(0.5, 60.0, "dB")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        magnitudes = np.abs(audio.samples.astype(np.float64)).ravel()
        power = float(np.sum(np.square(magnitudes)))
        if power == 0.0:
            raise Unsuitable("InputSdr wants a sound, got silence: nothing of it can be clipped")
        low, high = 0.0, float(magnitudes.max())
        for _ in range(_HALVINGS):
            threshold = (low + high) / 2.0
            loud = magnitudes[magnitudes > threshold]
            lost = float(np.sum(np.square(loud - threshold)))
            if lost * 10.0 ** (self.sdr_db / 10.0) > power:
                low = threshold
            else:
                high = threshold
        clip = plugin.load("effects", "hard_clip")
        return Chain((clip(decibels(high)),))

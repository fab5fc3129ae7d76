"""Clipping to a target signal-to-distortion ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.effect import Chain, Unsuitable
from automix_bench.effects.gain import Gain
from automix_bench.effects.hard_clip import HardClip
from automix_bench.normaliser import Normaliser, knob

__all__ = ["InputSdr"]

_HALVINGS = 60
_MOVED_TO_DB = -20.0


@dataclass(frozen=True)
class InputSdr(Normaliser):
    """A hard clip whose threshold t gives the clipped sound the target SDR.

        sdr_db = 10 log10 (sum x^2 / sum max(|x| - t, 0)^2)

    This input SDR is the usual grade of difficulty in declipping (Zaviska et al., "A survey and an
    extensive evaluation of popular audio declipping methods", IEEE JSTSP 15 (1), 2021), over all
    channels together. It rises with t, so t is found by bisection. If t lies above full scale, or
    more than 60 dB below it, the clip stands between a gain and the opposite gain.

    Raises:
        Unsuitable: the sound is silent, or t is beyond the reach of that gain: -80 to 40 dB.
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
        return _clip_at(decibels(high))


def _clip_at(threshold_db: float) -> Chain:
    if HardClip.knobs()["threshold_db"].low <= threshold_db <= 0.0:
        return Chain((HardClip(threshold_db),))
    if not -80.0 <= threshold_db <= 40.0:
        raise Unsuitable(
            f"InputSdr wants a threshold of -80 to 40 dB full scale, got {threshold_db:.0f}: "
            "bring the sound to another level first"
        )
    moved_db = _MOVED_TO_DB - threshold_db
    return Chain((Gain(moved_db), HardClip(_MOVED_TO_DB), Gain(-moved_db)))

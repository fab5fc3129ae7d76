"""Equalisation that gives a sound a target spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.traits import CENTRES_HZ, spectrum_db
from automix_bench.effect import Chain
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.normaliser import Normaliser, knob

__all__ = ["Equalisation"]


@dataclass(frozen=True)
class Equalisation(Normaliser):
    """A graphic equaliser that brings the long-term spectrum, in third octaves, to a target.

        gains_db[b] = spectrum_db[b] - S_b(x) - (mean of that over audible b), within +-12 dB

    S_b is `traits.spectrum_db`. This is the second step of FxNorm-Automix's normalisation (Martinez
    Ramirez et al., ISMIR 2022). FxNorm-Automix filters by the smoothed difference of mean magnitude
    spectra; the third octaves are the smoothing here. The mean is removed, because loudness is a
    step of its own. Bands more than 60 dB below the whole, in the sound or in the target, stay as
    they are, so that no noise is raised. The band at half the rate and all bands above stay as they
    are too.
    """

    spectrum_db: tuple[float, ...] = knob(-80.0, 0.0, "dB", count=31)

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        spectrum, target = spectrum_db(audio), np.array(self.spectrum_db)
        audible = (
            (spectrum > -60.0) & (target > -60.0) & (audio.rate / 2.0 > CENTRES_HZ * 10.0**0.05)
        )
        if not audio.samples.any() or not audible.any():
            return Chain()
        difference = np.where(audible, target - spectrum, 0.0)
        difference[audible] -= difference[audible].mean()
        gains_db = tuple(float(gain) for gain in np.clip(difference, -12.0, 12.0))
        return Chain((GraphicEQ(gains_db=gains_db),))

"""How far a mix is from what released music has in common, told without any target."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.long_term import third_octave_powers
from automix_bench.mixing_rules.spectral_balance import BANDS_HZ, released_music_db

BALANCE_WEIGHT = 1.0

Bands = Float64[np.ndarray, " bands"]


def band_levels_db(audio: Audio) -> Bands:
    """The level of the third octaves from 25 Hz to 20 kHz, in dB; -inf for those without power or
    above half the rate."""
    levels = np.full(BANDS_HZ.size - 1, -math.inf)
    powers = third_octave_powers(audio)[: levels.size]
    with np.errstate(divide="ignore"):
        levels[: powers.size] = 10.0 * np.log10(powers)
    return levels


def shape_distance_db(levels: Bands, target: Bands, range_db: float = 50.0) -> float:
    """The standard deviation of the difference of two spectra, in dB, over the bands within
    `range_db` of the loudest: 0 for spectra of one shape. NaN where there is no such band."""
    usable = levels > levels.max() - range_db if np.isfinite(levels.max()) else levels > math.inf
    return float(np.std(levels[usable] - target[usable])) if usable.any() else math.nan


def lean_db(audio: Audio) -> float:
    """How much more power lies right than left, in dB; 0 for one channel."""
    if audio.channels != 2:
        return 0.0
    left, right = (float(np.mean(np.square(side, dtype=np.float64))) for side in audio.samples)
    return 10.0 * math.log10((right + 1e-20) / (left + 1e-20))


def unlikeness_db(audio: Audio) -> float:
    """The distance of a mix to released music, in dB: that of its spectrum's shape to the mean of
    commercial recordings (`spectral_balance.released_music_db`), and how far it leans to one side.
    """
    shape = shape_distance_db(band_levels_db(audio), released_music_db(BANDS_HZ[1:]))
    return shape + BALANCE_WEIGHT * abs(lean_db(audio))

"""The long-term spectrum of the mix moves towards that of released music."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.long_term import third_octave_powers
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.mixing_rules.session import Session

BANDS_HZ = 1_000.0 * 10.0 ** (np.arange(-17, 14) / 10.0)
"""The bands of `GraphicEQ`, 20 Hz to 20 kHz."""

_CORNERS_HZ = (20.0, 60.0, 100.0, 4_000.0, 20_000.0)
_CORNERS_DB = (-15.0, 0.0, 0.0, -10.6, -24.0)

Bands = Float64[np.ndarray, " bands"]


def released_music_db(hz: Bands) -> Bands:
    """The level of a third octave in released music, in dB, relative to 100 Hz.

    P. Pestana, Z. Ma, J. Reiss, A. Barbosa and D. Black, "Spectral characteristics of popular
    commercial recordings 1950-2010", AES 135, 2013: a plateau around 60 to 100 Hz, then a straight
    fall of about 5 dB an octave to 4 kHz, and a steeper one above. A third octave gets wider by 3
    dB an octave, so its level falls by 2. The two ends are a guess.
    """
    curve: Bands = np.interp(np.log2(hz), np.log2(_CORNERS_HZ), _CORNERS_DB)
    return curve


def correction_db(audio: Audio, target_db: Bands, share: float, most_db: float) -> Bands:
    """The gain of each band of a `GraphicEQ` that moves a sound's long-term spectrum towards a
    target, up to a constant.

    Levels are smoothed over an octave. A band more than 50 dB below the loudest, or near half the
    rate, stays as it is. Gains have a mean of 0 dB over the bands that the sound has.

    Args:
        target_db: the level of each band of `BANDS_HZ`, up to a constant.
        share: the part of the difference that is made up.
        most_db: the largest gain, either way.
    """
    powers = np.zeros(BANDS_HZ.size)
    measured = third_octave_powers(audio)
    powers[1 : 1 + measured.size] = measured[: BANDS_HZ.size - 1]
    usable = (powers > powers.max() * 1e-5) & (audio.rate / 2.0 > BANDS_HZ * 2.0**0.25)
    gains = np.zeros(BANDS_HZ.size)
    if usable.any():
        difference = target_db[usable] - 10.0 * np.log10(powers[usable])
        smooth = _smoothed(difference)
        centred = share * (smooth - smooth.mean())
        gains[usable] = np.clip(centred, -most_db, most_db)
    return gains


def _smoothed(levels: Bands) -> Bands:
    """The mean of each band and its neighbours: three bands, an octave. The ends repeat."""
    padded = np.pad(levels, 1, mode="edge")
    smooth: Bands = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    return smooth


@dataclass(frozen=True)
class SpectralBalance:
    """An equaliser on the bus that moves the mix towards the spectrum of released music.

    Z. Ma, J. Reiss and D. Black, "Implementation of an intelligent equalization tool using
    Yule-Walker for music mixing and mastering", AES 134, 2013, equalise towards such a target. A
    graphic equaliser in third octaves takes the place of their Yule-Walker filter.

    Attributes:
        share: the part of the difference that is made up.
        most_db: the largest gain of a band, either way.
    """

    share: float = 0.25
    most_db: float = 4.0

    def __call__(self, session: Session) -> Session:
        mix = session.mix
        if not session.audible:
            return session
        gains = correction_db(mix, released_music_db(BANDS_HZ), self.share, self.most_db)
        return session.on_bus(GraphicEQ(tuple(float(gain) for gain in gains)))

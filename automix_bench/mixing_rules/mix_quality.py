"""How far a mix is from what released music has in common, told without any target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.spectra.long_term import third_octave_powers
from automix_bench.mixing_rules.random_settings import Setting
from automix_bench.mixing_rules.session import Track
from automix_bench.mixing_rules.spectral_balance import BANDS_HZ, released_music_db

Bands = Float64[np.ndarray, " bands"]


def band_levels_db(audio: Audio) -> Bands:
    """The level of the third octaves from 25 Hz to 20 kHz, in dB; -inf for those without power or
    above half the rate."""
    return _levels_db(third_octave_powers(audio))


def shape_distance_db(levels: Bands, target: Bands, range_db: float = 50.0) -> float:
    """The standard deviation of the difference of two spectra, in dB, over the bands within
    `range_db` of the loudest: 0 for spectra of one shape. NaN where there is no such band."""
    usable = levels > levels.max() - range_db if np.isfinite(levels.max()) else levels > math.inf
    return float(np.std(levels[usable] - target[usable])) if usable.any() else math.nan


@dataclass(frozen=True, eq=False)
class TrackPowers:
    """What tells how a mix of tracks will sound, without mixing them.

        P(b) = sum_m g_m^2 P_m(b)

    This holds for tracks that are uncorrelated; a place keeps the power of a mono track.

    Attributes:
        bands: the power of each track in third octaves.
        sides: the power of each track at the left and at the right.
    """

    names: tuple[str, ...]
    bands: Float64[np.ndarray, "tracks bands"]
    sides: Float64[np.ndarray, "tracks 2"]

    def unlikeness_db(self, settings: Mapping[str, Setting]) -> float:
        """The distance of a mix to released music, in dB: of its spectrum's shape to the mean of
        commercial recordings (`spectral_balance.released_music_db`), and how far it leans to one
        side."""
        chosen = [settings[name] for name in self.names]
        gains = np.array([amplitude(setting.gain_db) ** 2 for setting in chosen])
        angles = np.array([(setting.pan + 1.0) * math.pi / 4.0 for setting in chosen])
        places = 2.0 * np.stack([np.cos(angles) ** 2, np.sin(angles) ** 2], axis=1)
        left, right = (gains[:, np.newaxis] * places * self.sides).sum(axis=0).tolist()
        levels = _levels_db((gains[:, np.newaxis] * self.bands).sum(axis=0))
        lean_db = 10.0 * math.log10((right + 1e-20) / (left + 1e-20))
        return shape_distance_db(levels, released_music_db(BANDS_HZ[1:])) + abs(lean_db)


def powers_of(tracks: Sequence[Track]) -> TrackPowers:
    """The powers of one or more tracks."""
    sides = [np.mean(np.square(t.audio.samples, dtype=np.float64), axis=1) for t in tracks]
    return TrackPowers(
        tuple(track.name for track in tracks),
        np.stack([third_octave_powers(track.audio) for track in tracks]),
        np.stack([side[[0, -1]] for side in sides]),
    )


def _levels_db(powers: Float64[np.ndarray, " measured"]) -> Bands:
    levels = np.full(BANDS_HZ.size - 1, -math.inf)
    fitting = powers[: levels.size]
    with np.errstate(divide="ignore"):
        levels[: fitting.size] = 10.0 * np.log10(fitting)
    return levels

"""The compressor that a sound most likely went through, by a search over its settings.

H. Sun, D. Fourer and H. Maaref, "Blind estimation and inversion of dynamic range compression",
arXiv 2411.04337, identify one of 30 profiles of the compressor of Gorlow and Reiss by a network,
and invert it. Here each setting of a grid over the published ranges is inverted, and the inverse is
chosen whose output looks most like a recorded stem. Two measures tell: the peak, which the data of
this problem have at a known level before compression, and the level of the loudest moments,

    cost = ((P - peak) / 1 dB)^2 + ((L - (peak - 10.5 dB)) / 2 dB)^2,

where P is the sample peak of the inverse's output and L the level that 98 % of its stretches of
50 ms stay below (mean square over the channels). On eight composed stems before compression, L was
10.5 dB below the peak with a deviation of 1.8 dB (`docs/removal.md`). Settings that are too weak
leave the loudest moments far below the peak, as fast attacks pass a slow compressor; settings that
are too strong take the peak beyond it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from automix_bench.audio import Audio, peak_db
from automix_bench.dsp.dynamics.gorlow_reiss import drc_model
from automix_bench.dsp.dynamics.gorlow_reiss_inverse import recovered

__all__ = ["CompressorGuess", "likeliest_compressor", "uncompressed"]

THRESHOLDS_DB = (-20.0, -30.0, -40.0, -50.0, -60.0)
RATIOS = (2.0, 3.0, 4.5, 6.7, 10.0, 15.0)
GAIN_ATTACKS_MS = (40.0, 110.0, 300.0)
GAIN_RELEASES_MS = (50.0, 220.0, 1_000.0)
DETECTOR_MS = (25.0, 31.0)
"""Attack and release of the detector: the geometric means of the published ranges. The result
depends little on them."""

_CREST_DB = 10.5
_PEAK_SPREAD_DB, _CREST_SPREAD_DB = 1.0, 2.0
_STRETCH_SECONDS = 0.05
_LOUDEST_PERCENT = 98.0
_AT_PEAK_DB = 0.005


class CompressorGuess(NamedTuple):
    """Settings of the compressor of Gorlow and Reiss with an RMS detector, as `effects.drc`."""

    threshold_db: float
    ratio: float
    gain_attack_ms: float
    gain_release_ms: float


def uncompressed(audio: Audio, peak_dbfs: float) -> Audio:
    """The sound through the inverse of the compressor that it most likely went through.

    Args:
        peak_dbfs: the sample peak before the compressor.
    """
    guess = likeliest_compressor(audio, peak_dbfs)
    return _inverted(audio, guess) if guess else audio


def likeliest_compressor(audio: Audio, peak_dbfs: float) -> CompressorGuess | None:
    """The settings of least cost; None for silence, and for a sound with a peak at `peak_dbfs` or
    above, which the compressor, whose gain is never above 1, left as it was."""
    if not -np.inf < peak_db(audio) < peak_dbfs - _AT_PEAK_DB:
        return None
    return min(_grid(), key=lambda guess: _cost(_inverted(audio, guess), peak_dbfs))


def _grid() -> Iterator[CompressorGuess]:
    axes = (THRESHOLDS_DB, RATIOS, GAIN_ATTACKS_MS, GAIN_RELEASES_MS)
    return (CompressorGuess(*settings) for settings in itertools.product(*axes))


def _inverted(audio: Audio, guess: CompressorGuess) -> Audio:
    times_ms = (*DETECTOR_MS, guess.gain_attack_ms, guess.gain_release_ms)
    model = drc_model(guess.threshold_db, 1.0 - 1.0 / guess.ratio, 2.0, times_ms, audio.rate)
    return recovered(audio, model)


def _cost(audio: Audio, peak_dbfs: float) -> float:
    excess_db = (peak_db(audio) - peak_dbfs) / _PEAK_SPREAD_DB
    crest_db = (_loudest_db(audio) - (peak_dbfs - _CREST_DB)) / _CREST_SPREAD_DB
    return excess_db**2 + crest_db**2


def _loudest_db(audio: Audio) -> float:
    """The level that 98 % of the stretches of 50 ms stay below, in dB full scale."""
    length = min(max(1, round(_STRETCH_SECONDS * audio.rate)), audio.length)
    whole = audio.length // length * length
    powers = np.square(audio.samples[:, :whole], dtype=np.float64).mean(axis=0)
    stretches = powers.reshape(-1, length).mean(axis=1)
    return 10.0 * float(np.log10(np.percentile(stretches, _LOUDEST_PERCENT) + 1e-20))

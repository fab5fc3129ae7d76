"""The gain of a compressor with unknown settings, by a search over them.

H. Sun, D. Fourer and H. Maaref, "Blind estimation and inversion of dynamic range compression",
arXiv 2411.04337, identify one of 30 profiles of the compressor of Gorlow and Reiss by a network,
and invert it. Here each setting of a grid over the published ranges is inverted, without training,
and the output is judged by how much it looks like a recorded stem,

    cost = ((P - peak) / 1)^2 + ((L98 - peak + 10) / 2.5)^2
           + ((L90 - peak + 13) / 4)^2 + ((L50 - L90 + 9) / 6)^2,  all in dB,

where P is the sample peak, and L98, L90 and L50 are percentiles of the level in stretches of 50 ms
(mean square over the channels), of those stretches that lie within 50 dB of the loudest one in the
compressed sound. `peak` is the sample peak before compression, which the data of this problem have
at a known level. The means and deviations are those of 28 composed stems, rounded
(`docs/removal.md`). The gains of all settings, in dB, are averaged with the weights
exp(-cost / 2): where many settings are as plausible, the mean errs less than any of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from automix_bench.audio import Audio, peak_db
from automix_bench.dsp.dynamics.gorlow_reiss import drc_model
from automix_bench.dsp.dynamics.gorlow_reiss_inverse import recovered

__all__ = ["uncompressed"]

THRESHOLDS_DB = (-20.0, -30.0, -40.0, -50.0, -60.0)
RATIOS = (2.0, 3.0, 4.5, 6.7, 10.0, 15.0)
GAIN_ATTACKS_MS = (40.0, 110.0, 300.0)
GAIN_RELEASES_MS = (50.0, 220.0, 1_000.0)
DETECTOR_MS = (25.0, 31.0)
"""Attack and release of the detector: the geometric means of the published ranges. The result
depends little on them."""

Row = Float64[np.ndarray, " blocks"]

_PEAK_SPREAD_DB = 1.0
_BELOW_PEAK_DB = ((98.0, 10.0, 2.5), (90.0, 13.0, 4.0))
"""Percentile, its level below the peak, and the deviation of that."""
_MEDIAN_BELOW_DB, _MEDIAN_SPREAD_DB = 9.0, 6.0
_STRETCH_SECONDS = 0.05
_SOUNDING_DB = 50.0
_AT_PEAK_DB = 0.005
_BLOCKS_PER_SECOND = 690.0
_QUIETEST = 1e-13


class CompressorSettings(NamedTuple):
    """Settings of the compressor of Gorlow and Reiss with an RMS detector, as in `effects.drc`."""

    threshold_db: float
    ratio: float
    gain_attack_ms: float
    gain_release_ms: float


def uncompressed(audio: Audio, peak_dbfs: float) -> Audio:
    """The sound through the mean of the inverses of all compressors that it may have gone through.

    Silence is returned as it is, and so is a sound with a peak at `peak_dbfs` or above, because a
    compressor lowers the peak.

    Args:
        peak_dbfs: the sample peak before the compressor.
    """
    if not -np.inf < peak_db(audio) < peak_dbfs - _AT_PEAK_DB:
        return audio
    gain_db = _mean_gain_db(audio, peak_dbfs)
    centres = (np.arange(len(gain_db)) + 0.5) * _block(audio) - 0.5
    gains = 10.0 ** (np.interp(np.arange(audio.length), centres, gain_db) / 20.0)
    return audio.with_samples(audio.samples * gains)


def _mean_gain_db(audio: Audio, peak_dbfs: float) -> Row:
    """The gains of the inverses in blocks of 1.4 ms, averaged with their weights."""
    levels_db = _levels_db(audio)
    sounding = levels_db > levels_db.max() - _SOUNDING_DB
    powers = _block_powers(audio)
    weighted, weights, least = np.zeros_like(powers), 0.0, np.inf
    for settings in _grid():
        inverse = _inverted(audio, settings)
        cost = _cost(inverse, sounding, peak_dbfs)
        gain_db = 10.0 * np.log10((_block_powers(inverse) + _QUIETEST) / (powers + _QUIETEST))
        # All weights are relative to that of the least cost so far.
        if cost < least:
            shrunk = np.exp((cost - least) / 2.0)
            weighted, weights, least = weighted * shrunk, weights * shrunk, cost
        weight = np.exp((least - cost) / 2.0)
        weighted, weights = weighted + weight * gain_db, weights + weight
    return np.asarray(weighted / weights)


def _grid() -> Iterator[CompressorSettings]:
    axes = (THRESHOLDS_DB, RATIOS, GAIN_ATTACKS_MS, GAIN_RELEASES_MS)
    return (CompressorSettings(*settings) for settings in itertools.product(*axes))


def _inverted(audio: Audio, settings: CompressorSettings) -> Audio:
    times_ms = (*DETECTOR_MS, settings.gain_attack_ms, settings.gain_release_ms)
    steepness = 1.0 - 1.0 / settings.ratio
    return recovered(audio, drc_model(settings.threshold_db, steepness, 2.0, times_ms, audio.rate))


def _cost(audio: Audio, sounding: Bool[np.ndarray, " stretches"], peak_dbfs: float) -> float:
    levels_db = _levels_db(audio)[sounding]
    cost = ((peak_db(audio) - peak_dbfs) / _PEAK_SPREAD_DB) ** 2
    for percent, below_db, spread_db in _BELOW_PEAK_DB:
        level_db = float(np.percentile(levels_db, percent))
        cost += ((level_db - (peak_dbfs - below_db)) / spread_db) ** 2
    fall_db = level_db - float(np.median(levels_db))
    return cost + ((fall_db - _MEDIAN_BELOW_DB) / _MEDIAN_SPREAD_DB) ** 2


def _levels_db(audio: Audio) -> Float64[np.ndarray, " stretches"]:
    """The level of each whole stretch of 50 ms, in dB full scale."""
    powers = _mean_powers(audio, max(1, round(_STRETCH_SECONDS * audio.rate)))
    return 10.0 * np.log10(powers + 1e-20)


def _block(audio: Audio) -> int:
    """Samples in a block."""
    return min(max(1, round(audio.rate / _BLOCKS_PER_SECOND)), audio.length)


def _block_powers(audio: Audio) -> Row:
    return _mean_powers(audio, _block(audio))


def _mean_powers(audio: Audio, length: int) -> Row:
    """The mean square of each whole stretch of `length` samples; of all, if there are fewer."""
    length = min(length, audio.length)
    whole = audio.samples[:, : audio.length // length * length]
    powers = np.square(whole, dtype=np.float64).mean(axis=0)
    return np.asarray(powers.reshape(-1, length).mean(axis=1))

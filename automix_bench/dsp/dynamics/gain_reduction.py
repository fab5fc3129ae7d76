"""Gain reduction that follows the level of the sound, in decibels.

The reduction r follows the level x of the linked channels,

    w[n] = min(range, c(d (x[n] - T))),  r[n] = a r[n-1] + (1 - a) w[n],  gain = makeup - r[n]

with d = +1 for processors that work above the threshold T, -1 for those that work below it, and c
the curve of `Law`. The pole a has one value while w[n] > r[n-1] and another otherwise. This is the
log-domain design with the smooth branching detector of D. Giannoulis, M. Massberg and J. D. Reiss,
"Digital dynamic range compressor design: a tutorial and analysis", JAES 60 (6), 2012."""

from __future__ import annotations

from typing import NamedTuple, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.blocks import BLOCK, mean_into, multiplied_into, peaks_into
from automix_bench.dsp.dynamics.log_exp import DB_PER_OCTAVE, OCTAVES_PER_DB, log2, power_of_2
from automix_bench.dsp.loops import SILENCE, doubles

__all__ = [
    "CEILING_DB",
    "PEAK",
    "QUIETEST_POWER",
    "Law",
    "fit_for_loops",
    "peak_levels_db",
    "reduced",
    "target_db",
]

# Level, in dB full scale, at which every curve ends. Without an end, the inverse of a steep curve
# would exceed the range of float32 when it is given a sound that no compressor has made.
CEILING_DB = 40.0
# In place of the pole of an averaging detector: the detector follows the peak of each sample.
PEAK = -1.0
# An averaged power below this counts as none.
QUIETEST_POWER = SILENCE * SILENCE
_NARROWEST_DB = 1e-9


class Law(NamedTuple):
    """The reduction for each level, and how fast it comes and goes.

    With e = direction (x - threshold_db), the distance in dB beyond the threshold, c is 0 up to e =
    -knee_db / 2, then slope (e + knee_db / 2)^2 / (2 knee_db), and from e = knee_db / 2 on slope e.

    Attributes:
        direction: +1.0 works above the threshold, -1.0 below.
        range_db: the largest reduction.
        rising: pole while the reduction grows.
        falling: pole while it shrinks.
        averaging: pole of the mean square, or `PEAK`.
    """

    threshold_db: float
    slope: float
    knee_db: float
    direction: float
    range_db: float
    rising: float
    falling: float
    averaging: float
    makeup_db: float


def reduced(audio: Audio, key: Audio, law: Law) -> Audio:
    """`audio` with the gain of `law` for the level of `key`, which has the same shape."""
    samples = doubles(audio)
    followed = samples if key is audio else doubles(key)
    return audio.with_samples(_reduce(samples, followed, fit_for_loops(law)))


def fit_for_loops(law: Law) -> Law:
    """The same law, with no knee in place of one too narrow to divide by."""
    return law if law.knee_db >= _NARROWEST_DB else law._replace(knee_db=0.0)


@compiled
@no_type_check
def target_db(level_db: float, law: Law) -> float:
    """The target of the reduction at a level: w."""
    over = law.direction * (level_db - law.threshold_db)
    inside = min(max(over + 0.5 * law.knee_db, 0.0), law.knee_db)
    beyond = max(over - 0.5 * law.knee_db, 0.0)
    per_knee = np.divide(0.5, law.knee_db) if law.knee_db > 0.0 else 0.0
    return min(law.slope * (inside * inside * per_knee + beyond), law.range_db)


@compiled
@no_type_check
def peak_levels_db(block: np.ndarray, samples: np.ndarray, start: int) -> None:
    """Fill `block` with the levels of the peaks from sample `start` on."""
    peaks_into(block, samples, start)
    for i in range(block.size):
        block[i] = DB_PER_OCTAVE * log2(block[i])


@compiled
@no_type_check
def _power_levels_db(
    block: np.ndarray, samples: np.ndarray, start: int, power: float, pole: float
) -> float:
    """Fill `block` with the levels of the power, averaged by `pole`; `power` is the average before.
    Returns the average at the end."""
    mean_into(block, samples, start, 2.0)
    for i in range(block.size):
        power = pole * power + (1.0 - pole) * block[i]
        power = power if power >= QUIETEST_POWER else 0.0
        block[i] = power
    for i in range(block.size):
        block[i] = 0.5 * DB_PER_OCTAVE * log2(block[i])
    return power


@compiled
@no_type_check
def _reduce(samples: np.ndarray, key: np.ndarray, law: Law) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(BLOCK)
    reduction = power = 0.0
    for start in range(0, length, BLOCK):
        block = buffer[: min(BLOCK, length - start)]
        if law.averaging == PEAK:
            peak_levels_db(block, key, start)
        else:
            power = _power_levels_db(block, key, start, power, law.averaging)
        for i in range(block.size):
            block[i] = target_db(block[i], law)
        for i in range(block.size):
            grown = law.rising * reduction + (1.0 - law.rising) * block[i]
            shrunk = law.falling * reduction + (1.0 - law.falling) * block[i]
            reduction = grown if block[i] > reduction else shrunk
            reduction = reduction if reduction >= SILENCE else 0.0
            block[i] = reduction
        for i in range(block.size):
            block[i] = power_of_2(OCTAVES_PER_DB * (law.makeup_db - block[i]))
        multiplied_into(out, samples, start, block)
    return out

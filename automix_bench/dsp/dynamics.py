"""Reduction of the gain that follows the level of the sound, forwards and backwards, in decibels.

The reduction r follows the level x of the linked channels,

    w[n] = min(range, c(d (x[n] - T))),  r[n] = a r[n-1] + (1 - a) w[n],  gain = makeup - r[n]

with d = +1 for what works above the threshold T, -1 for what works below it, and c the curve of
`Law`. The pole a is one while w[n] > r[n-1] and another otherwise. This is the log-domain design
with the smooth branching detector of D. Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic
range compressor design: a tutorial and analysis", JAES 60 (6), 2012.

Backwards, the level y[n] = x[n] + makeup - r[n] of what came out is known and x[n] is not, nor the
w[n] that follows from it; r[n-1] is known, sample by sample from the start. As y[n] rises strictly
with x[n] there is one answer. For the peak of one sample it has a closed form, as the curve is
straight, then quadratic, then straight; for the power averaged over time it is the root of a
function that rises strictly, found by Newton steps inside a bracket.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import SILENCE, compiled, doubles

__all__ = ["CEILING_DB", "PEAK", "Law", "reduced", "restored"]

# Level, in dB full scale, above which no curve goes on: without an end, the inverse of a steep one
# would leave what float32 can hold when it is given a sound that no compressor has made.
CEILING_DB = 40.0
# In place of the pole of an averaging detector: the detector follows the peak of each sample.
PEAK = -1.0

_TO_LOG = math.log(10.0) / 20.0
_QUIETEST_POWER = SILENCE * SILENCE
_CLOSE_DB = 1e-9
_EXACT_DB = 1e-12
_MOST_STEPS = 200
_BLOCK = 512


class Law(NamedTuple):
    """Which reduction a level calls for, and how it comes and goes.

    With e = direction (x - threshold_db), the dB into the side on which something happens, c is 0
    up to -knee_db / 2, then slope (e + knee_db / 2)^2 / (2 knee_db), from knee_db / 2 on slope e.

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
    """`audio` with the gain that `law` finds on `key`, which is of the same shape."""
    samples = doubles(audio)
    followed = samples if key is audio else doubles(key)
    return audio.with_samples(_reduce(samples, followed, law))


def restored(audio: Audio, law: Law) -> Audio:
    """What `reduced` with the same law, on itself for a key, made `audio` of."""
    backwards: Any = _restore_from_peaks if law.averaging == PEAK else _restore_from_powers
    return audio.with_samples(backwards(doubles(audio), law))


@compiled
@no_type_check
def _wanted(level: float, edge: float, law: Law) -> tuple[float, float]:
    """The reduction wanted, in dB, at a linear level, and by how many dB it changes for 1 dB of
    it. `edge` is the level at which the knee begins."""
    if level <= 0.0:
        return (0.0 if law.direction > 0.0 else law.range_db), 0.0
    if law.direction * (level - edge) <= 0.0:
        return 0.0, 0.0
    over = law.direction * (math.log(level) / _TO_LOG - law.threshold_db)
    if 2.0 * over < law.knee_db:
        # Not below its beginning, where the rounding of `edge` may have let it come.
        inside = max(0.0, over + law.knee_db / 2.0)
        wanted = law.slope * (inside * inside) / (2.0 * law.knee_db)
        change = law.slope * inside / law.knee_db
    else:
        wanted, change = law.slope * over, law.slope
    if wanted >= law.range_db:
        return law.range_db, 0.0
    return wanted, law.direction * change


@compiled
@no_type_check
def _edge(law: Law) -> float:
    return 10.0 ** ((law.threshold_db - law.direction * law.knee_db / 2.0) / 20.0)


@compiled
@no_type_check
def _peak(samples: np.ndarray, n: int) -> float:
    peak = 0.0
    for channel in range(samples.shape[0]):
        peak = max(peak, abs(samples[channel, n]))
    return peak


@compiled
@no_type_check
def _power(samples: np.ndarray, n: int) -> float:
    power = 0.0
    for channel in range(samples.shape[0]):
        power += samples[channel, n] * samples[channel, n]
    return power / samples.shape[0]


@compiled
@no_type_check
def _levels(key: np.ndarray, start: int, levels: np.ndarray, power: float, law: Law) -> float:
    """Fill `levels` with the linear level from sample `start` on; returns the averaged power."""
    levels[:] = 0.0
    if law.averaging == PEAK:
        for channel in range(key.shape[0]):
            row = key[channel, start : start + levels.size]
            for i in range(levels.size):
                levels[i] = max(levels[i], abs(row[i]))
        return power
    for i in range(levels.size):
        power = law.averaging * power + (1.0 - law.averaging) * _power(key, start + i)
        if power < _QUIETEST_POWER:
            power = 0.0
        levels[i] = math.sqrt(power)
    return power


@compiled
@no_type_check
def _reduce(samples: np.ndarray, key: np.ndarray, law: Law) -> np.ndarray:
    """Block by block, a step of the work at a time, which the processor overlaps better."""
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    makeup, edge = 10.0 ** (law.makeup_db / 20.0), _edge(law)
    buffer = np.empty(_BLOCK)
    reduction = power = 0.0
    for start in range(0, length, _BLOCK):
        block = buffer[: min(_BLOCK, length - start)]
        power = _levels(key, start, block, power, law)
        for i in range(block.size):
            block[i], _ = _wanted(block[i], edge, law)
        for i in range(block.size):
            pole = law.rising if block[i] > reduction else law.falling
            reduction = pole * reduction + (1.0 - pole) * block[i]
            if reduction < SILENCE:
                reduction = 0.0
            block[i] = reduction
        for i in range(block.size):
            block[i] = makeup * math.exp(-_TO_LOG * block[i]) if block[i] > 0.0 else makeup
        for channel in range(channels):
            dry = samples[channel, start : start + block.size]
            wet = out[channel, start : start + block.size]
            for i in range(block.size):
                wet[i] = block[i] * dry[i]
    return out


@compiled
@no_type_check
def _wanted_before(rest_db: float, share: float, law: Law) -> float:
    """The w that solves e - direction share w(e) = rest_db, that is: `share` of w and what
    `rest_db` holds give the level that came out."""
    knee = law.knee_db
    bend = law.direction * share * law.slope
    if rest_db <= -knee / 2.0:
        return 0.0
    if rest_db >= knee / 2.0 * (1.0 - bend):
        wanted = law.slope * rest_db / (1.0 - bend)
    else:
        start = rest_db + knee / 2.0
        inside = 2.0 * start / (1.0 + math.sqrt(max(0.0, 1.0 - 2.0 * bend * start / knee)))
        wanted = law.slope * inside * inside / (2.0 * knee)
    return min(wanted, law.range_db)


@compiled
@no_type_check
def _restore_from_peaks(samples: np.ndarray, law: Law) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    makeup, edge = 10.0 ** (law.makeup_db / 20.0), _edge(law)
    reduction, gain = 0.0, makeup
    for n in range(length):
        peak, before = _peak(samples, n), reduction
        if peak <= 0.0 or (reduction == 0.0 and law.direction * (peak - edge * makeup) <= 0.0):
            wanted, _ = _wanted(peak / makeup, edge, law)
            pole = law.rising if wanted > before else law.falling
        else:
            level_db = math.log(peak) / _TO_LOG - law.makeup_db - law.threshold_db
            # The answer of the wrong pole lies on the same side of r[n-1] as that of the right one.
            pole = law.rising
            rest_db = law.direction * (level_db + pole * before)
            wanted = _wanted_before(rest_db, 1.0 - pole, law)
            if wanted <= before:
                pole = law.falling
                rest_db = law.direction * (level_db + pole * before)
                wanted = _wanted_before(rest_db, 1.0 - pole, law)
        reduction = pole * before + (1.0 - pole) * wanted
        if reduction < SILENCE:
            reduction = 0.0
        if reduction != before:
            gain = makeup * math.exp(-_TO_LOG * reduction)
        for channel in range(channels):
            out[channel, n] = samples[channel, n] / gain
    return out


@compiled
@no_type_check
def _excess(
    reduction: float, before: float, kept: float, added: float, edge: float, law: Law
) -> tuple[float, float, float]:
    """How far a guess of r[n] lies above the reduction that follows from it, in dB; how fast that
    grows with the guess (never below 1 - slope, so always); the power that goes with it."""
    now = added * math.exp(2.0 * _TO_LOG * reduction)
    power = kept + now
    if power < _QUIETEST_POWER:
        power = 0.0
    wanted, change = _wanted(math.sqrt(power), edge, law)
    pole = law.rising if wanted > before else law.falling
    rate = 1.0 - (1.0 - pole) * change * now / max(power, _QUIETEST_POWER)
    return reduction - pole * before - (1.0 - pole) * wanted, rate, power


@compiled
@no_type_check
def _restore_from_powers(samples: np.ndarray, law: Law) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    makeup, edge = 10.0 ** (law.makeup_db / 20.0), _edge(law)
    reduction = power = 0.0
    for n in range(length):
        kept, before = law.averaging * power, reduction
        added = (1.0 - law.averaging) * _power(samples, n) / (makeup * makeup)
        low, high = 0.0, law.range_db
        excess, rate, power = _excess(reduction, before, kept, added, edge, law)
        for _ in range(_MOST_STEPS):
            if abs(excess) <= _EXACT_DB:
                break
            low, high = (low, reduction) if excess > 0.0 else (reduction, high)
            guess = reduction - excess / rate
            if not low <= guess <= high:
                guess = 0.5 * (low + high)
            step, reduction = abs(guess - reduction), guess
            worse = abs(excess)
            excess, rate, power = _excess(reduction, before, kept, added, edge, law)
            if step <= _CLOSE_DB:
                break
            if abs(excess) > 0.5 * worse:
                low, high = (low, reduction) if excess > 0.0 else (reduction, high)
                reduction = 0.5 * (low + high)
                excess, rate, power = _excess(reduction, before, kept, added, edge, law)
        if reduction < SILENCE:
            reduction = 0.0
        gain = makeup * math.exp(-_TO_LOG * reduction)
        for channel in range(channels):
            out[channel, n] = samples[channel, n] / gain
    return out

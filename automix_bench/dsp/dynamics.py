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
from automix_bench.dsp.log_exp import DB_PER_OCTAVE, OCTAVES_PER_DB, log2, power_of_2

__all__ = ["CEILING_DB", "PEAK", "Law", "reduced", "restored"]

# Level, in dB full scale, above which no curve goes on: without an end, the inverse of a steep one
# would leave what float32 can hold when it is given a sound that no compressor has made.
CEILING_DB = 40.0
# In place of the pole of an averaging detector: the detector follows the peak of each sample.
PEAK = -1.0

_PER_DB = math.log(10.0) / 20.0
_QUIETEST_POWER = SILENCE * SILENCE
_CLOSE_DB = 1e-7
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
def _wanted(level_db: float, law: Law) -> float:
    """The reduction wanted at a level, in dB."""
    over = law.direction * (level_db - law.threshold_db)
    inside = min(max(over + 0.5 * law.knee_db, 0.0), law.knee_db)
    beyond = max(over - 0.5 * law.knee_db, 0.0)
    per_knee = np.divide(0.5, law.knee_db) if law.knee_db > 0.0 else 0.0
    return min(law.slope * (inside * inside * per_knee + beyond), law.range_db)


@compiled
@no_type_check
def _levels_db(key: np.ndarray, start: int, levels_db: np.ndarray, power: float, law: Law) -> float:
    """Fill `levels_db` from sample `start` on; returns the averaged power."""
    levels_db[:] = 0.0
    for channel in range(key.shape[0]):
        row = key[channel, start : start + levels_db.size]
        if law.averaging == PEAK:
            for i in range(levels_db.size):
                levels_db[i] = max(levels_db[i], abs(row[i]))
        else:
            for i in range(levels_db.size):
                levels_db[i] += row[i] * row[i]
    per_log = DB_PER_OCTAVE
    if law.averaging != PEAK:
        per_log = 0.5 * DB_PER_OCTAVE
        share = (1.0 - law.averaging) / key.shape[0]
        for i in range(levels_db.size):
            power = law.averaging * power + share * levels_db[i]
            if power < _QUIETEST_POWER:
                power = 0.0
            levels_db[i] = power
    for i in range(levels_db.size):
        levels_db[i] = per_log * log2(levels_db[i])
    return power


@compiled
@no_type_check
def _apply(gains_db: np.ndarray, samples: np.ndarray, out: np.ndarray, start: int) -> None:
    """Into `out`, from sample `start` on, `samples` with those gains, which become linear on the
    way."""
    for i in range(gains_db.size):
        gains_db[i] = power_of_2(OCTAVES_PER_DB * gains_db[i])
    for channel in range(samples.shape[0]):
        dry = samples[channel, start : start + gains_db.size]
        wet = out[channel, start : start + gains_db.size]
        for i in range(gains_db.size):
            wet[i] = gains_db[i] * dry[i]


@compiled
@no_type_check
def _reduce(samples: np.ndarray, key: np.ndarray, law: Law) -> np.ndarray:
    """Block by block, a step of the work at a time: all but one are free of feedback, so the
    compiler makes vector instructions of them."""
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(_BLOCK)
    reduction = power = 0.0
    for start in range(0, length, _BLOCK):
        block = buffer[: min(_BLOCK, length - start)]
        power = _levels_db(key, start, block, power, law)
        for i in range(block.size):
            block[i] = _wanted(block[i], law)
        for i in range(block.size):
            grown = law.rising * reduction + (1.0 - law.rising) * block[i]
            shrunk = law.falling * reduction + (1.0 - law.falling) * block[i]
            reduction = grown if block[i] > reduction else shrunk
            reduction = reduction if reduction >= SILENCE else 0.0
            block[i] = reduction
        for i in range(block.size):
            block[i] = law.makeup_db - block[i]
        _apply(block, samples, out, start)
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
        wanted = law.slope * np.divide(1.0, 1.0 - bend) * rest_db
    else:
        start = rest_db + knee / 2.0
        root = math.sqrt(max(0.0, 1.0 - 2.0 * bend * start * np.divide(1.0, knee)))
        inside = np.divide(2.0 * start, 1.0 + root)
        wanted = law.slope * inside * inside * np.divide(0.5, knee)
    return min(wanted, law.range_db)


@compiled
@no_type_check
def _restore_from_peaks(samples: np.ndarray, law: Law) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(_BLOCK)
    reduction = 0.0
    silence_db = DB_PER_OCTAVE * log2(0.0)
    for start in range(0, length, _BLOCK):
        block = buffer[: min(_BLOCK, length - start)]
        _levels_db(samples, start, block, 0.0, law)
        for i in range(block.size):
            over = law.direction * (block[i] - law.makeup_db - law.threshold_db)
            held = law.direction * reduction
            # The answer of the wrong pole lies on the same side of r[n-1] as that of the right one.
            pole = law.rising
            wanted = _wanted_before(over + pole * held, 1.0 - pole, law)
            if wanted <= reduction:
                pole = law.falling
                wanted = _wanted_before(over + pole * held, 1.0 - pole, law)
            if block[i] <= silence_db:
                # Silence came from silence, whatever the gain.
                wanted = _wanted(silence_db, law)
                pole = law.rising if wanted > reduction else law.falling
            reduction = pole * reduction + (1.0 - pole) * wanted
            reduction = reduction if reduction >= SILENCE else 0.0
            block[i] = reduction - law.makeup_db
        _apply(block, samples, out, start)
    return out


@compiled
@no_type_check
def _change(level_db: float, wanted: float, law: Law) -> float:
    """By how many dB the reduction wanted changes for 1 dB of level."""
    over = law.direction * (level_db - law.threshold_db)
    if wanted >= law.range_db or over <= -0.5 * law.knee_db:
        return 0.0
    if over >= 0.5 * law.knee_db:
        return law.direction * law.slope
    return law.direction * law.slope * np.divide(over + 0.5 * law.knee_db, law.knee_db)


@compiled
@no_type_check
def _excess(
    reduction: float, before: float, kept: float, now: float, law: Law
) -> tuple[float, float]:
    """How far a guess of r[n] lies above the reduction that follows from it, in dB, with `now` the
    power that it adds to what is `kept`; and how fast that grows with the guess (never below
    1 - slope, so always)."""
    power = kept + now
    if power < _QUIETEST_POWER:
        power, now = 0.0, 0.0
    level_db = 0.5 * DB_PER_OCTAVE * log2(power)
    wanted = _wanted(level_db, law)
    pole = law.rising if wanted > before else law.falling
    part = np.divide(now, max(power, _QUIETEST_POWER))
    rate = 1.0 - (1.0 - pole) * _change(level_db, wanted, law) * part
    return reduction - pole * before - (1.0 - pole) * wanted, rate


@compiled
@no_type_check
def _root(
    before: float, growth: float, kept: float, added: float, law: Law
) -> tuple[float, float, float]:
    """r[n], 10^(r[n] / 20), and the power averaged. `growth` is that of `before`."""
    reduction, low, high, worse = before, 0.0, law.range_db, math.inf
    for _ in range(_MOST_STEPS):
        now = added * growth * growth
        excess, rate = _excess(reduction, before, kept, now, law)
        step = -np.divide(excess, rate)
        if abs(step) <= _CLOSE_DB:
            # The last step, in a straight line.
            reduction, grown = max(0.0, reduction + step), _PER_DB * step
            return reduction, growth * (1.0 + grown), kept + now * (1.0 + 2.0 * grown)
        low, high = (low, reduction) if excess > 0.0 else (reduction, high)
        guess = reduction + step
        halved = abs(excess) > 0.5 * worse or not low <= guess <= high
        reduction, worse = 0.5 * (low + high) if halved else guess, abs(excess)
        growth = power_of_2(OCTAVES_PER_DB * reduction)
    return reduction, growth, kept + added * growth * growth


@compiled
@no_type_check
def _restore_from_powers(samples: np.ndarray, law: Law) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    per_makeup = power_of_2(-OCTAVES_PER_DB * law.makeup_db)
    share = (1.0 - law.averaging) * per_makeup * per_makeup / channels
    reduction, growth, power = 0.0, 1.0, 0.0
    for n in range(length):
        added = 0.0
        for channel in range(channels):
            added += samples[channel, n] * samples[channel, n]
        kept = law.averaging * power
        reduction, growth, power = _root(reduction, growth, kept, share * added, law)
        if power < _QUIETEST_POWER:
            power = 0.0
        if reduction < SILENCE:
            reduction, growth = 0.0, 1.0
        for channel in range(channels):
            out[channel, n] = samples[channel, n] * (growth * per_makeup)
    return out

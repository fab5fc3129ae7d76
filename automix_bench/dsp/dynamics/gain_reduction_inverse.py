"""The inverse of `gain_reduction`.

The level y[n] = x[n] + makeup - r[n] of the output is known; x[n] and w[n], which follows from it,
are not. r[n-1] is known, sample by sample from the start. As y[n] rises strictly with x[n], there
is one solution. For the peak of one sample it has a closed form, as the curve is straight, then
quadratic, then straight. For the power averaged over time it is the root of a function of r[n] that
rises strictly. It is found by a Newton step from r[n-1], and a correction from the curve at the
place where that step leads, without a new logarithm. Where these are not small, Newton steps inside
a bracket come first.
"""

from __future__ import annotations

import math
from typing import Any, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.blocks import BLOCK, mean_into, multiplied_into
from automix_bench.dsp.dynamics.gain_reduction import (
    PEAK,
    QUIETEST_POWER,
    Law,
    fit_for_loops,
    peak_levels_db,
    target_db,
)
from automix_bench.dsp.dynamics.log_exp import DB_PER_OCTAVE, OCTAVES_PER_DB, log2, power_of_2
from automix_bench.dsp.loops import SILENCE, doubles

__all__ = ["restored"]

_PER_DB = math.log(10.0) / 20.0
# The level that `log2` gives for digital silence.
_SILENCE_DB = -1_022.0 * DB_PER_OCTAVE
_CLOSE_DB = 1e-6
_MOST_STEPS = 200


def restored(audio: Audio, law: Law) -> Audio:
    """The input from which `reduced`, with the same law and itself as key, makes `audio`."""
    backwards: Any = _restore_from_peaks if law.averaging == PEAK else _restore_from_powers
    return audio.with_samples(backwards(doubles(audio), fit_for_loops(law)))


@compiled
@no_type_check
def _target_for(rest_db: float, share: float, law: Law) -> float:
    """The w that solves e - direction share w(e) = rest_db: `share` of w and `rest_db` together
    give the level of the output."""
    knee = law.knee_db
    bend = law.direction * share * law.slope
    if rest_db <= -knee / 2.0:
        return 0.0
    if rest_db >= knee / 2.0 * (1.0 - bend):
        target = law.slope * np.divide(1.0, 1.0 - bend) * rest_db
    else:
        start = rest_db + knee / 2.0
        root = math.sqrt(max(0.0, 1.0 - 2.0 * bend * start * np.divide(1.0, knee)))
        inside = np.divide(2.0 * start, 1.0 + root)
        target = law.slope * inside * inside * np.divide(0.5, knee)
    return min(target, law.range_db)


@compiled
@no_type_check
def _restore_from_peaks(samples: np.ndarray, law: Law) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(BLOCK)
    reduction = 0.0
    for start in range(0, length, BLOCK):
        block = buffer[: min(BLOCK, length - start)]
        peak_levels_db(block, samples, start)
        for i in range(block.size):
            over = law.direction * (block[i] - law.makeup_db - law.threshold_db)
            held = law.direction * reduction
            # The solution for the wrong pole lies on the same side of r[n-1] as that for the right
            # one.
            pole = law.rising
            target = _target_for(over + pole * held, 1.0 - pole, law)
            if target <= reduction:
                pole = law.falling
                target = _target_for(over + pole * held, 1.0 - pole, law)
            if block[i] <= _SILENCE_DB:
                # Silence came from silence, whatever the gain.
                target = target_db(_SILENCE_DB, law)
                pole = law.rising if target > reduction else law.falling
            reduction = pole * reduction + (1.0 - pole) * target
            reduction = reduction if reduction >= SILENCE else 0.0
            block[i] = reduction - law.makeup_db
        for i in range(block.size):
            block[i] = power_of_2(OCTAVES_PER_DB * block[i])
        multiplied_into(out, samples, start, block)
    return out


@compiled
@no_type_check
def _change(level_db: float, target: float, law: Law) -> float:
    """The change of the target in dB for 1 dB of level."""
    over = law.direction * (level_db - law.threshold_db)
    if target >= law.range_db or over <= -0.5 * law.knee_db:
        return 0.0
    if over >= 0.5 * law.knee_db:
        return law.direction * law.slope
    return law.direction * law.slope * np.divide(over + 0.5 * law.knee_db, law.knee_db)


@compiled
@no_type_check
def _grown(change_db: float) -> float:
    """The linear gain of a small change."""
    x = _PER_DB * change_db
    return 1.0 + x * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0))))


@compiled
@no_type_check
def _root(
    before: float, growth: float, decayed: float, added: float, law: Law
) -> tuple[float, float, float]:
    """r[n], 10^(r[n] / 20), and the averaged power. The power is `decayed` plus `added` times the
    square of the second; `growth` is the second for r = `before`."""
    reduction, low, high, worse = before, 0.0, law.range_db, math.inf
    for _ in range(_MOST_STEPS):
        power = decayed + added * growth * growth
        power = power if power >= QUIETEST_POWER else 0.0
        level_db = 0.5 * DB_PER_OCTAVE * log2(power)
        part = np.divide(power - decayed, power) if power > 0.0 else 0.0
        target = target_db(level_db, law)
        change = part * _change(level_db, target, law)
        share = 1.0 - (law.rising if target > before else law.falling)
        # The distance of the guess above the value that follows from it. It grows with the guess,
        # as its derivative is never below 1 - slope.
        excess = reduction - before + share * (before - target)
        per_rate = np.divide(1.0, 1.0 - share * change)
        step = -excess * per_rate
        # The place where that step leads: to the second order in the level, exactly in the curve.
        ahead_db = level_db + part * step * (1.0 + _PER_DB * (1.0 - part) * step)
        ahead = target_db(ahead_db, law)
        correction = share * (ahead - target - change * step) * per_rate
        if (
            abs(correction) <= _CLOSE_DB
            and share * law.slope * abs(step * step * step) <= _CLOSE_DB
            and (ahead > before) == (target > before)
        ):
            reduction = max(0.0, reduction + step + correction)
            growth *= _grown(step + correction)
            break
        low, high = (low, reduction) if excess > 0.0 else (reduction, high)
        guess = reduction + step
        halved = abs(excess) > 0.5 * worse or not low <= guess <= high
        reduction, worse = 0.5 * (low + high) if halved else guess, abs(excess)
        growth = power_of_2(OCTAVES_PER_DB * reduction)
    power = decayed + added * growth * growth
    return reduction, growth, power if power >= QUIETEST_POWER else 0.0


@compiled
@no_type_check
def _restore_from_powers(samples: np.ndarray, law: Law) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(BLOCK)
    share = (1.0 - law.averaging) * power_of_2(-2.0 * OCTAVES_PER_DB * law.makeup_db)
    reduction = power = 0.0
    for start in range(0, length, BLOCK):
        block = buffer[: min(BLOCK, length - start)]
        growth = power_of_2(OCTAVES_PER_DB * reduction)
        mean_into(block, samples, start, 2.0)
        for i in range(block.size):
            decayed, added = law.averaging * power, share * block[i]
            reduction, growth, power = _root(reduction, growth, decayed, added, law)
            if reduction < SILENCE:
                reduction, growth = 0.0, 1.0
            block[i] = reduction - law.makeup_db
        for i in range(block.size):
            block[i] = power_of_2(OCTAVES_PER_DB * block[i])
        multiplied_into(out, samples, start, block)
    return out

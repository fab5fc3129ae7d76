"""The inverse of Gorlow and Reiss's model of dynamic range control.

With q = 1 / g[n] the input is |x[n]| = q |y[n]|, so v[n] and f[n] are functions of q, and

    q (c f(q) + (1 - c) g[n-1]) = 1

has one root, as the product a g(a)^p rises strictly with a = |x[n]|^p: its logarithm rises by at
least 1 - S times the rise of ln a, and it is continuous at the two places where b and c change.
Newton steps from the q of the sample before find the root, mostly the first one, as g changes
slowly. In them f is a short binomial series around some v^p not far away,

    f(v^p) = f(o) (1 + u)^(-S/p),  u = v^p / o - 1,  |u| <= 1/20,

to a relative error of 1e-10. Where those steps do not converge at once (a gain that jumps), Newton
steps on ln a inside a bracket follow.
"""

from __future__ import annotations

import math
from typing import NamedTuple, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.blocks import BLOCK, mean_into, multiplied_into
from automix_bench.dsp.dynamics.gain_reduction import QUIETEST_POWER
from automix_bench.dsp.dynamics.gorlow_reiss import DrcModel, followed, smoothed, static_gain
from automix_bench.dsp.dynamics.log_exp import log2, power_of_2
from automix_bench.dsp.loops import SILENCE, doubles

__all__ = ["recovered"]

_CLOSE = 1e-10
_FEW_STEPS = 4
_MOST_STEPS = 200
_LN_2 = math.log(2.0)
_PER_LN_2 = 1.0 / _LN_2


class Stretch(NamedTuple):
    """A range of v^p from `low` to `high`, in which f is `static` (1 + (v^p - origin)
    per_origin)^(-S/p).

    Attributes:
        per_origin: 1 / origin, or 0 where f is constant.
        bend: S, or 0 where f is constant.
    """

    low: float
    high: float
    origin: float
    per_origin: float
    static: float
    bend: float


def recovered(audio: Audio, model: DrcModel) -> Audio:
    """The input from which `controlled`, with the same model, makes `audio`."""
    return audio.with_samples(_recover(doubles(audio), model))


@compiled
@no_type_check
def _powered(gain: float, p: float) -> float:
    return gain * gain if p == 2.0 else gain


@compiled
@no_type_check
def _stretch(envelope: float, model: DrcModel) -> Stretch:
    """The stretch around v^p = `envelope` > 0."""
    compressing = model.exponent < 0.0
    if envelope >= model.most or (envelope > model.edge) != compressing:
        low = model.most if envelope >= model.most else 0.0 if compressing else model.edge
        high = model.edge if envelope <= model.edge else math.inf
        return Stretch(low, high, 0.0, 0.0, static_gain(envelope, model), 0.0)
    low, high = envelope * (1.0 - model.reach), envelope * (1.0 + model.reach)
    low = max(low, model.edge if compressing else QUIETEST_POWER)
    high = min(high, model.most if compressing else model.edge)
    bend = -model.exponent * model.p
    return Stretch(
        low, high, envelope, np.divide(1.0, envelope), static_gain(envelope, model), bend
    )


@compiled
@no_type_check
def _series(u: float, series: tuple[float, ...]) -> float:
    """(1 + u)^(-S/p), with its terms in pairs, as the processor computes several at a time."""
    a, b, c, d, e, f, g = series
    uu = u * u
    return ((1.0 + a * u) + uu * (b + c * u)) + (uu * uu) * ((d + e * u) + uu * (f + g * u))


@compiled
@no_type_check
def _newton(
    size: float, made: float, envelope_before: float, gain_before: float, model: DrcModel
) -> float:
    """The Newton step on ln |x|^p from `size`, towards |y|^p = `made`."""
    envelope = followed(size, envelope_before, model)
    static = static_gain(envelope, model)
    gain = smoothed(static, gain_before, model)
    follow = model.v_attack if size > envelope_before else model.v_release
    speed = model.g_attack if static < gain_before else model.g_release
    bent = static < 1.0 and envelope < model.most
    bend = -model.exponent * model.p * speed * static * follow * size if bent else 0.0
    whole = gain * envelope
    off = size * np.divide(_powered(gain, model.p), made)
    off = _LN_2 * log2(off)
    # ln |y|^p off, over d ln |y|^p / d ln |x|^p = 1 - bend / (gain envelope)
    return -off * np.divide(whole, whole - bend) if whole > bend else -off


@compiled
@no_type_check
def _solved(
    made: float, guess: float, envelope_before: float, gain_before: float, model: DrcModel
) -> tuple[float, float]:
    """The v^p and g for |y|^p = `made`; `guess` is a guess of |x|^p."""
    size = 0.0
    if made > 0.0:
        low, high = 0.5 * made, 2.0 * max(model.loud, model.bound * made)
        size = min(guess, high)
        for _ in range(_MOST_STEPS):
            step = _newton(size, made, envelope_before, gain_before, model)
            low, high = (low, size) if step < 0.0 else (size, high)
            grown = size * power_of_2(min(step, 600.0) * _PER_LN_2)
            inside = low < grown < high
            size = grown if inside else math.sqrt(low) * math.sqrt(high)
            if inside and abs(step) < _CLOSE:
                break
    envelope = followed(size, envelope_before, model)
    return envelope, smoothed(static_gain(envelope, model), gain_before, model)


@compiled
@no_type_check
def _stepped(
    made: float, before: float, gain: float, q: float, stretch: Stretch, model: DrcModel
) -> tuple[bool, float, float, Stretch]:
    """Newton steps on q = 1/g, starting from the q of the sample before; mostly one is enough.
    `before` is v^p, and `gain` g, of the sample before. Returns whether the steps converge, v^p, q,
    and the stretch of f in which they end.

    The next sample has to wait for this one, so both branches are computed before it is known which
    is taken, and divisions are avoided.
    """
    curvature = abs(model.exponent) * model.p + 2.0 * model.p + 1.0
    envelope = before
    for _ in range(_FEW_STEPS):
        powered = _powered(q, model.p)
        rising = made * powered > before
        follow = model.v_attack if rising else model.v_release
        added, remaining = follow * made, (1.0 - follow) * before
        attacked = (1.0 - model.v_attack) * before + (model.v_attack * made) * powered
        released = (1.0 - model.v_release) * before + (model.v_release * made) * powered
        guess = max(attacked if rising else released, QUIETEST_POWER)
        if not stretch.low <= guess <= stretch.high:
            stretch = _stretch(guess, model)
        power = _series((guess - stretch.origin) * stretch.per_origin, model.series)
        falling = (model.g_attack * stretch.static) * power + (1.0 - model.g_attack) * gain
        growing = (model.g_release * stretch.static) * power + (1.0 - model.g_release) * gain
        down = stretch.static * power < gain
        led, speed = (falling, model.g_attack) if down else (growing, model.g_release)
        # d led / d ln q
        share = np.divide(added * powered, guess)
        turn = (stretch.bend * stretch.static * share * speed) * power
        step = np.divide(1.0 - q * led, led - turn)
        part = abs(step) * led
        q += step
        powered = _powered(q, model.p)
        envelope = max(remaining + added * powered, QUIETEST_POWER)
        if turn > 0.5 * led or before <= 0.0 or q * SILENCE > 1.0:
            break
        # The error after a step is of the size of its square.
        ended = curvature * part < 0.5 and abs(turn) * curvature * part * part < _CLOSE * led
        same = rising == (made * powered > before) and stretch.low <= envelope <= stretch.high
        if ended and same:
            return True, envelope, q, stretch
    return False, envelope, q, stretch


@compiled
@no_type_check
def _recover(samples: np.ndarray, model: DrcModel) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(BLOCK)
    envelope, gain, per_gain = 0.0, 1.0, 1.0
    stretch = Stretch(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    for start in range(0, length, BLOCK):
        block = buffer[: min(BLOCK, length - start)]
        mean_into(block, samples, start, model.p)
        for i in range(block.size):
            made = block[i]
            if stretch.bend == 0.0:
                # Where f is constant, g does not depend on the sample.
                led = smoothed(stretch.static, gain, model)
                q = np.divide(1.0, max(led, SILENCE))
                moved = followed(made * _powered(q, model.p), envelope, model)
                if led > 0.0 and stretch.low <= moved <= stretch.high:
                    envelope, gain, per_gain, block[i] = moved, led, q, q
                    continue
            ended, moved, q, stretch = _stepped(made, envelope, gain, per_gain, stretch, model)
            if ended:
                envelope, gain, per_gain = moved, np.divide(1.0, q), q
            else:
                guess = made * _powered(per_gain, model.p)
                envelope, gain = _solved(made, guess, envelope, gain, model)
                per_gain = np.divide(1.0, max(gain, SILENCE))
            block[i] = per_gain if gain > 0.0 else 0.0
        multiplied_into(out, samples, start, block)
    return out

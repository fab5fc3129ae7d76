"""The model of dynamic range control of Gorlow and Reiss, forwards and backwards.

With p 1 or 2, l the linear threshold, and |x|^p the mean over the linked channels,

    v[n]^p = b |x[n]|^p + (1 - b) v[n-1]^p,   b the attack's while |x[n]| > v[n-1],
    f[n] = (v[n] / l)^-S beyond l, else 1,
    g[n] = c f[n] + (1 - c) g[n-1],           c the attack's while f[n] < g[n-1],
    y[n] = g[n] x[n],                         b, c = 1 - exp(-2.2 / (time rate)),

from v = 0 and g = 1, where beyond is above l for S > 0 and below l for S < 0 (S. Gorlow and J. D.
Reiss, "Model-based inversion of dynamic range compression", IEEE TASLP 21 (7), 2013). On one
channel the mean is |x|^p itself, so this is the model as published; on more, all get one gain.

Backwards, a = |x[n]|^p is the one root of a g(a)^p = |y[n]|^p. The left side rises strictly with a,
and in logarithms by 1 - S or more of what a does, through the two places at which b and c change,
where it is continuous. So b follows from where |y[n]| lies beside what a = v[n-1]^p would give, c
is taken as a stands, and Newton steps on ln a inside a bracket find the root.
"""

from __future__ import annotations

import math
from typing import NamedTuple, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import SILENCE, compiled, doubles
from automix_bench.dsp.dynamics import CEILING_DB
from automix_bench.dsp.log_exp import log2, power_of_2

__all__ = ["Model", "controlled", "model", "recovered"]

_QUIETEST_POWER = SILENCE * SILENCE
_CLOSE = 1e-10
_MOST_STEPS = 200
_FEW_STEPS = 4
_BLOCK = 512
_LN_2 = math.log(2.0)
_PER_LN_2 = 1.0 / _LN_2


class Model(NamedTuple):
    """The parameters, as the loops take them.

    Attributes:
        p: 1.0 or 2.0.
        edge: l^p.
        exponent: -S/p; S is 1 - 1/R for a compressor, 1 for a limiter, 1 - R for an expander.
        per_edge: 1 / l^p.
        most: v^p from which on f stays as it is there.
        bound: |x|^p over |y|^p is below that, or |x|^p below `loud`.
        v_attack: b while the detector rises.
        v_release: b while it falls.
        g_attack: c while the gain falls.
        g_release: c while it rises.
        reach: how far the binomial series reaches, as a part of v^p.
        series: its coefficients but for the first, which is 1.
    """

    p: float
    edge: float
    exponent: float
    per_edge: float
    most: float
    bound: float
    loud: float
    v_attack: float
    v_release: float
    g_attack: float
    g_release: float
    reach: float
    series: tuple[float, ...]


class Stretch(NamedTuple):
    """Where v^p is from `low` to `high`, f is `static` (1 + (v^p - origin) per_origin)^(-S/p).

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


def model(
    threshold_db: float,
    steepness: float,
    p: float,
    times_ms: tuple[float, float, float, float],
    rate: int,
) -> Model:
    """The model at a rate; the times are attack and release of v, then those of g."""
    # 10 % to 90 % of a step are gone in a time.
    speeds = [-math.expm1(-2_200.0 / (time_ms * rate)) for time_ms in times_ms]
    edge, most = (10.0 ** (level_db * p / 20.0) for level_db in (threshold_db, CEILING_DB))
    bound = (most / edge) ** steepness if steepness > 0.0 else min(speeds[2:]) ** (-p)
    loud = edge / min(speeds[:2])
    exponent = -steepness / p
    reach = min(0.05, 0.25 / max(abs(exponent), 1.0))
    series = tuple(_binomial(exponent, k) for k in range(1, 8))
    return Model(p, edge, exponent, 1.0 / edge, most, bound, loud, *speeds, reach, series)


def _binomial(exponent: float, k: int) -> float:
    return math.prod((exponent - j) / (j + 1.0) for j in range(k))


def controlled(audio: Audio, model: Model) -> Audio:
    """`audio` through the model."""
    return audio.with_samples(_control(doubles(audio), model))


def recovered(audio: Audio, model: Model) -> Audio:
    """What `controlled` with the same model made `audio` of."""
    return audio.with_samples(_recover(doubles(audio), model))


@compiled
@no_type_check
def _sizes(samples: np.ndarray, start: int, sizes: np.ndarray, p: float) -> None:
    """Fill `sizes` with |x|^p, its mean over the channels, from sample `start` on."""
    sizes[:] = 0.0
    for channel in range(samples.shape[0]):
        row = samples[channel, start : start + sizes.size]
        for i in range(sizes.size):
            sizes[i] += row[i] * row[i] if p == 2.0 else abs(row[i])
    for i in range(sizes.size):
        sizes[i] *= 1.0 / samples.shape[0]


@compiled
@no_type_check
def _apply(gains: np.ndarray, samples: np.ndarray, out: np.ndarray, start: int) -> None:
    """Into `out`, from sample `start` on, `samples` times those gains."""
    for channel in range(samples.shape[0]):
        dry = samples[channel, start : start + gains.size]
        wet = out[channel, start : start + gains.size]
        for i in range(gains.size):
            wet[i] = gains[i] * dry[i]


@compiled
@no_type_check
def _powered(gain: float, p: float) -> float:
    return gain * gain if p == 2.0 else gain


@compiled
@no_type_check
def _followed(size: float, before: float, model: Model) -> float:
    """v^p, where |x|^p is `size`."""
    rising = model.v_attack * size + (1.0 - model.v_attack) * before
    falling = model.v_release * size + (1.0 - model.v_release) * before
    envelope = rising if size > before else falling
    # Kept from denormal numbers, and from 0, at which the gain would jump back to 1.
    return max(envelope, _QUIETEST_POWER) if before > 0.0 else envelope


@compiled
@no_type_check
def _static(envelope: float, model: Model) -> float:
    """f. Beyond l and nowhere else the power is below 0."""
    power = model.exponent * log2(min(envelope, model.most) * model.per_edge)
    return power_of_2(min(power, 0.0)) if envelope > 0.0 else 1.0


@compiled
@no_type_check
def _smoothed(static: float, before: float, model: Model) -> float:
    """g."""
    falling = model.g_attack * static + (1.0 - model.g_attack) * before
    rising = model.g_release * static + (1.0 - model.g_release) * before
    gain = falling if static < before else rising
    return gain if gain > SILENCE else 0.0


@compiled
@no_type_check
def _control(samples: np.ndarray, model: Model) -> np.ndarray:
    """Block by block, a step of the work at a time: of those without feedback the compiler makes
    vector instructions."""
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(_BLOCK)
    envelope, gain = 0.0, 1.0
    for start in range(0, length, _BLOCK):
        block = buffer[: min(_BLOCK, length - start)]
        _sizes(samples, start, block, model.p)
        for i in range(block.size):
            envelope = _followed(block[i], envelope, model)
            block[i] = envelope
        for i in range(block.size):
            block[i] = _static(block[i], model)
        for i in range(block.size):
            gain = _smoothed(block[i], gain, model)
            block[i] = gain
        _apply(block, samples, out, start)
    return out


@compiled
@no_type_check
def _stretch(envelope: float, model: Model) -> Stretch:
    """The one around v^p = `envelope` > 0."""
    compressing = model.exponent < 0.0
    if envelope >= model.most or (envelope > model.edge) != compressing:
        low = model.most if envelope >= model.most else 0.0 if compressing else model.edge
        high = model.edge if envelope <= model.edge else math.inf
        return Stretch(low, high, 0.0, 0.0, _static(envelope, model), 0.0)
    low, high = envelope * (1.0 - model.reach), envelope * (1.0 + model.reach)
    low = max(low, model.edge if compressing else _QUIETEST_POWER)
    high = min(high, model.most if compressing else model.edge)
    bend = -model.exponent * model.p
    return Stretch(low, high, envelope, np.divide(1.0, envelope), _static(envelope, model), bend)


@compiled
@no_type_check
def _series(u: float, series: tuple[float, ...]) -> float:
    """(1 + u)^(-S/p), from terms in pairs, of which the processor works out several at a time."""
    a, b, c, d, e, f, g = series
    uu = u * u
    return ((1.0 + a * u) + uu * (b + c * u)) + (uu * uu) * ((d + e * u) + uu * (f + g * u))


@compiled
@no_type_check
def _newton(
    size: float, made: float, envelope_before: float, gain_before: float, model: Model
) -> float:
    """The Newton step on ln |x|^p from `size`, towards |y|^p = `made`."""
    envelope = _followed(size, envelope_before, model)
    static = _static(envelope, model)
    gain = _smoothed(static, gain_before, model)
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
    made: float, guess: float, envelope_before: float, gain_before: float, model: Model
) -> tuple[float, float]:
    """The v^p and g that go with `made` = |y|^p; `guess` is of |x|^p."""
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
    envelope = _followed(size, envelope_before, model)
    return envelope, _smoothed(_static(envelope, model), gain_before, model)


@compiled
@no_type_check
def _recover(samples: np.ndarray, model: Model) -> np.ndarray:
    """Newton steps on q = 1/g from that of the sample before, mostly one, on a stretch of f that is
    known; what the next sample waits for is kept short. Where they may not end, `_solved` does it.
    """
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(_BLOCK)
    envelope, gain, per_gain = 0.0, 1.0, 1.0
    stretch = Stretch(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    curvature = abs(model.exponent) * model.p + 2.0 * model.p + 1.0
    for start in range(0, length, _BLOCK):
        block = buffer[: min(_BLOCK, length - start)]
        _sizes(samples, start, block, model.p)
        for i in range(block.size):
            made, before, q, solved = block[i], envelope, per_gain, False
            for _ in range(_FEW_STEPS):
                powered = _powered(q, model.p)
                rising = made * powered > before
                follow = model.v_attack if rising else model.v_release
                added, kept = follow * made, (1.0 - follow) * before
                attacked = (1.0 - model.v_attack) * before + (model.v_attack * made) * powered
                released = (1.0 - model.v_release) * before + (model.v_release * made) * powered
                guess = max(attacked if rising else released, _QUIETEST_POWER)
                if not stretch.low <= guess <= stretch.high:
                    stretch = _stretch(guess, model)
                power = _series((guess - stretch.origin) * stretch.per_origin, model.series)
                falling = (model.g_attack * stretch.static) * power + (1.0 - model.g_attack) * gain
                growing = (model.g_release * stretch.static) * power + (1.0 - model.g_release) * gain
                down = stretch.static * power < gain
                led = falling if down else growing
                speed = model.g_attack if down else model.g_release
                # d led / d ln q
                share = np.divide(added * powered, guess)
                turn = (stretch.bend * stretch.static * share * speed) * power
                step = np.divide(1.0 - q * led, led - turn)
                part = abs(step) * led
                q += step
                powered = _powered(q, model.p)
                envelope = max(kept + added * powered, _QUIETEST_POWER)
                if turn > 0.5 * led or before <= 0.0 or q * SILENCE > 1.0:
                    break
                if (
                    curvature * part < 0.5
                    and abs(turn) * curvature * part * part < _CLOSE * led
                    and rising == (made * powered > before)
                    and stretch.low <= envelope <= stretch.high
                ):
                    solved = True
                    break
            if solved:
                gain, per_gain = np.divide(1.0, q), q
            else:
                guess = made * _powered(per_gain, model.p)
                envelope, gain = _solved(made, guess, before, gain, model)
                per_gain = np.divide(1.0, max(gain, SILENCE))
            block[i] = per_gain if gain > 0.0 else 0.0
        _apply(block, samples, out, start)
    return out

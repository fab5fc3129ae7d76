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

__all__ = ["Model", "controlled", "model", "recovered"]

_QUIETEST_POWER = SILENCE * SILENCE
_CLOSE = 1e-8
_NEAR = 1e-2
_THIRD = 1.0 / 3.0
_MOST_STEPS = 200


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
    return Model(p, edge, -steepness / p, 1.0 / edge, most, bound, loud, *speeds)


def controlled(audio: Audio, model: Model) -> Audio:
    """`audio` through the model."""
    return audio.with_samples(_control(doubles(audio), model))


def recovered(audio: Audio, model: Model) -> Audio:
    """What `controlled` with the same model made `audio` of."""
    return audio.with_samples(_recover(doubles(audio), model))


@compiled
@no_type_check
def _size(samples: np.ndarray, n: int, p: float) -> float:
    """|x|^p, its mean over the channels."""
    size = 0.0
    for channel in range(samples.shape[0]):
        value = abs(samples[channel, n])
        size += value * value if p == 2.0 else value
    return size / samples.shape[0]


@compiled
@no_type_check
def _powered(gain: float, p: float) -> float:
    return gain * gain if p == 2.0 else gain


@compiled
@no_type_check
def _next(
    size: float, envelope_before: float, gain_before: float, model: Model
) -> tuple[float, float, float, float, float, float]:
    """With |x|^p = `size`: b, the new v^p, c, f, g, and -d ln f / d ln v."""
    follow = model.v_attack if size > envelope_before else model.v_release
    envelope = follow * size + (1.0 - follow) * envelope_before
    if envelope_before > 0.0:
        # Kept from denormal numbers, and from 0, at which the gain would jump back to 1.
        envelope = max(envelope, _QUIETEST_POWER)
    static, steepness = 1.0, 0.0
    if envelope > 0.0 and (envelope > model.edge) == (model.exponent < 0.0):
        counted = min(envelope, model.most)
        static = math.exp(model.exponent * math.log(counted * model.per_edge))
        steepness = -model.exponent * model.p if counted == envelope else 0.0
    speed = model.g_attack if static < gain_before else model.g_release
    gain = speed * static + (1.0 - speed) * gain_before
    return follow, envelope, speed, static, gain if gain > SILENCE else 0.0, steepness


@compiled
@no_type_check
def _control(samples: np.ndarray, model: Model) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    envelope, gain = 0.0, 1.0
    for n in range(length):
        size = _size(samples, n, model.p)
        _, envelope, _, _, gain, _ = _next(size, envelope, gain, model)
        for channel in range(channels):
            out[channel, n] = gain * samples[channel, n]
    return out


@compiled
@no_type_check
def _solved(
    made: float,
    per_made: float,
    guess: float,
    envelope_before: float,
    gain_before: float,
    model: Model,
) -> tuple[float, float, float]:
    """The |x|^p, v^p and g that go with `made` = |y|^p > 0; `guess` is of the first, `per_made` is
    1 / `made`.

    What the next sample waits for is kept short: hence no division where there is another way.
    """
    low, high = 0.5 * made, 2.0 * max(model.loud, model.bound * made)
    size = min(guess, high)
    for _ in range(_MOST_STEPS):
        follow, envelope, speed, static, gain, steepness = _next(
            size, envelope_before, gain_before, model
        )
        off = size * _powered(gain, model.p) * per_made - 1.0
        # ln(1 + off), over d ln |y|^p / d ln |x|^p = 1 - bend / (gain envelope)
        off = off - off * off * (0.5 - off * _THIRD) if abs(off) < _NEAR else math.log1p(off)
        share = follow * size
        bend, whole = steepness * speed * static * share, gain * envelope
        step = -off * (whole / (whole - bend)) if whole > bend else -off
        grown = size + size * (step + 0.5 * step * step)
        if (
            abs(step) < _NEAR
            and step * step * speed * max(1.0, steepness * steepness) < _CLOSE
            and (size > envelope_before) == (grown > envelope_before)
        ):
            break
        low, high = (low, size) if off > 0.0 else (size, high)
        size = size * math.exp(min(step, 600.0))
        size = size if low < size < high else math.sqrt(low) * math.sqrt(high)
    # The last step, which leaves an error of its square; f follows in a straight line.
    moved = follow * (grown - size)
    if steepness != 0.0:
        static += static * model.exponent / envelope * moved
    speed = model.g_attack if static < gain_before else model.g_release
    return grown, envelope + moved, speed * static + (1.0 - speed) * gain_before


@compiled
@no_type_check
def _recover(samples: np.ndarray, model: Model) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    envelope, gain, ratio = 0.0, 1.0, 1.0
    for n in range(length):
        made = _size(samples, n, model.p)
        if made > 0.0:
            per_made = 1.0 / made
            size, envelope, gain = _solved(made, per_made, ratio * made, envelope, gain, model)
            ratio = size * per_made
        else:
            _, envelope, _, _, gain, _ = _next(0.0, envelope, gain, model)
            ratio = 1.0 / _powered(max(gain, SILENCE), model.p)
        for channel in range(channels):
            out[channel, n] = samples[channel, n] / gain if gain > 0.0 else 0.0
    return out

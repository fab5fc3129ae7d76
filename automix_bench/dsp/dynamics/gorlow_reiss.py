"""Gorlow and Reiss's model of dynamic range control.

With p 1 or 2, l the linear threshold, and |x|^p the mean over the linked channels,

    v[n]^p = b |x[n]|^p + (1 - b) v[n-1]^p,   b the attack's while |x[n]| > v[n-1],
    f[n] = (v[n] / l)^-S beyond l, else 1,
    g[n] = c f[n] + (1 - c) g[n-1],           c the attack's while f[n] < g[n-1],
    y[n] = g[n] x[n],                         b, c = 1 - exp(-2.2 / (time rate)),

from v = 0 and g = 1. "Beyond" means above l for S > 0, below l for S < 0 (S. Gorlow and J. D.
Reiss, "Model-based inversion of dynamic range compression", IEEE TASLP 21 (7), 2013). On one
channel the mean is |x|^p itself, so this is the model as published; more channels get one gain.
"""

from __future__ import annotations

import math
from typing import NamedTuple, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.blocks import BLOCK, mean_into, multiplied_into
from automix_bench.dsp.dynamics.gain_reduction import CEILING_DB, QUIETEST_POWER
from automix_bench.dsp.dynamics.log_exp import log2, power_of_2
from automix_bench.dsp.loops import SILENCE, doubles

__all__ = ["DrcModel", "controlled", "drc_model", "followed", "smoothed", "static_gain"]


class DrcModel(NamedTuple):
    """The parameters of the model, in the form that the loops take.

    Attributes:
        p: 1.0 or 2.0.
        edge: l^p.
        exponent: -S/p; S is 1 - 1/R for a compressor, 1 for a limiter, 1 - R for an expander.
        per_edge: 1 / l^p.
        most: v^p above which f is constant.
        bound: |x|^p over |y|^p is below it, or |x|^p is below `loud`.
        v_attack: b while the detector rises.
        v_release: b while it falls.
        g_attack: c while the gain falls.
        g_release: c while it rises.
        reach: the range of the binomial series, as a part of v^p.
        series: its coefficients without the first, which is 1.
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


def drc_model(
    threshold_db: float,
    steepness: float,
    p: float,
    times_ms: tuple[float, float, float, float],
    rate: int,
) -> DrcModel:
    """The model at a rate. The times are attack and release of v, then those of g."""
    # In one time a step response goes from 10 % to 90 %.
    v_attack, v_release, g_attack, g_release = (
        -math.expm1(-2_200.0 / (time_ms * rate)) for time_ms in times_ms
    )
    edge, most = (10.0 ** (level_db * p / 20.0) for level_db in (threshold_db, CEILING_DB))
    bound = (most / edge) ** steepness if steepness > 0.0 else min(g_attack, g_release) ** (-p)
    loud = edge / min(v_attack, v_release)
    exponent = -steepness / p
    reach = min(0.05, 0.25 / max(abs(exponent), 1.0))
    series = tuple(_binomial(exponent, k) for k in range(1, 8))
    return DrcModel(
        p,
        edge,
        exponent,
        1.0 / edge,
        most,
        bound,
        loud,
        v_attack,
        v_release,
        g_attack,
        g_release,
        reach,
        series,
    )


def _binomial(exponent: float, k: int) -> float:
    return math.prod((exponent - j) / (j + 1.0) for j in range(k))


def controlled(audio: Audio, model: DrcModel) -> Audio:
    """`audio` through the model."""
    return audio.with_samples(_control(doubles(audio), model))


@compiled
@no_type_check
def followed(size: float, before: float, model: DrcModel) -> float:
    """v^p, where |x|^p is `size`."""
    rising = model.v_attack * size + (1.0 - model.v_attack) * before
    falling = model.v_release * size + (1.0 - model.v_release) * before
    envelope = rising if size > before else falling
    # Not denormal, and not 0, at which the gain would jump back to 1.
    return max(envelope, QUIETEST_POWER) if before > 0.0 else envelope


@compiled
@no_type_check
def static_gain(envelope: float, model: DrcModel) -> float:
    """f. The power of 2 is below 0 beyond l and nowhere else."""
    power = model.exponent * log2(min(envelope, model.most) * model.per_edge)
    return power_of_2(min(power, 0.0)) if envelope > 0.0 else 1.0


@compiled
@no_type_check
def smoothed(static: float, before: float, model: DrcModel) -> float:
    """g."""
    falling = model.g_attack * static + (1.0 - model.g_attack) * before
    rising = model.g_release * static + (1.0 - model.g_release) * before
    gain = falling if static < before else rising
    return gain if gain > SILENCE else 0.0


@compiled
@no_type_check
def _control(samples: np.ndarray, model: DrcModel) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(BLOCK)
    envelope, gain = 0.0, 1.0
    for start in range(0, length, BLOCK):
        block = buffer[: min(BLOCK, length - start)]
        mean_into(block, samples, start, model.p)
        for i in range(block.size):
            envelope = followed(block[i], envelope, model)
            block[i] = envelope
        for i in range(block.size):
            block[i] = static_gain(block[i], model)
        for i in range(block.size):
            gain = smoothed(block[i], gain, model)
            block[i] = gain
        multiplied_into(out, samples, start, block)
    return out

"""Pairs of plain sounds for which the value of a published metric can be worked out by hand. Each
pair serves all metrics that compare one property of it."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio
from automix_bench.sampling import rng_for

Pair = tuple[Audio, Audio]


def clicks_of_one_and_two() -> Pair:
    """One click a frame, and one of two samples: |X| is 1, and cos(w / 2)."""
    samples = np.zeros((2, 2, 65_536), np.float32)
    samples[:, :, 512::4096] = 1.0
    samples[1, :, 513::4096] = 1.0
    return Audio(samples[0], 44_100), Audio(samples[1], 44_100)


def near_full_scale() -> Pair:
    """A constant at -0.1 dB, and 0.9 dB lower."""
    loud, lower = (np.full((2, 96_000), 10.0 ** (db / 20.0), np.float32) for db in (-0.1, -1.0))
    return Audio(loud, 48_000), Audio(lower, 48_000)


def noise_and_half(length: int = 65_536) -> Pair:
    """Noise in two channels, and half of it."""
    noise = rng_for(0, "legacy").standard_normal((2, length)).astype(np.float32)
    return Audio(noise, 44_100), Audio(0.5 * noise, 44_100)


def left_noise() -> Audio:
    """Noise in the left of two channels, which is as much mid as side."""
    samples = np.zeros((2, 65_536), np.float32)
    samples[0] = rng_for(0, "legacy").standard_normal(65_536)
    return Audio(samples, 44_100)


def noise_panned() -> Pair:
    """Noise on the left, and on the right at half, then a quarter of it."""
    noise = rng_for(0, "legacy").standard_normal(65_536)
    half, quarter = (np.stack([noise, part * noise]).astype(np.float32) for part in (0.5, 0.25))
    return Audio(half, 44_100), Audio(quarter, 44_100)


def sine_and_square() -> Pair:
    """A sine and a square wave, a period a frame."""
    sine = np.sin(2.0 * np.pi * (np.arange(65_536) + 0.5) / 4096)
    sine, square = (np.tile(one, (2, 1)).astype(np.float32) for one in (sine, np.sign(sine)))
    return Audio(sine, 44_100), Audio(square, 44_100)


def tone_and_half() -> Pair:
    """997 Hz at -20 dB in two channels, which is -20 LUFS, and at half of it."""
    wave = 0.1 * np.sin(2.0 * np.pi * 997.0 * np.arange(2 * 48_000) / 48_000)
    loud, soft = (np.tile(gain * wave, (2, 1)).astype(np.float32) for gain in (1.0, 0.5))
    return Audio(loud, 48_000), Audio(soft, 48_000)

"""Sounds so plain that what a metric must say of them can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from automix_bench.audio import Audio

RATE = 48_000
"""Of all of them, in Hz."""


def clicks(*places: int, length: int = RATE, channels: int = 1, size: float = 0.5) -> Audio:
    """Single samples of one size in silence: as much power at every frequency."""
    samples = np.zeros((channels, length), dtype=np.float32)
    samples[:, list(places)] = size
    return Audio(samples, RATE)


def on_the_left(audio: Audio) -> Audio:
    """A mono sound on the left of two channels, silence on the right."""
    return audio.with_samples(np.concatenate([audio.samples, np.zeros_like(audio.samples)]))


def tones(hz: Sequence[float], *, seconds: float = 4.0, sizes: Sequence[float] = ()) -> Audio:
    """Sines of constant pitch together, mono, that swell and fade over the whole length, in the
    shape of a Hann window: no edge that would spread their spectrum."""
    time = np.arange(round(seconds * RATE)) / RATE
    swell = 0.5 - 0.5 * np.cos(2.0 * np.pi * time / seconds)
    waves = [
        size * np.sin(2.0 * np.pi * one * time)
        for one, size in zip(hz, sizes or [0.1] * len(hz), strict=True)
    ]
    return Audio((swell * np.sum(waves, axis=0)).astype(np.float32)[np.newaxis], RATE)

"""The sounds that are played through effects for the docs, and their levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.effect import Effect

RATE = 48_000
FLOOR_DB = -100.0


def impulse(length: int, at: int = 0) -> Audio:
    """One in two channels."""
    samples = np.zeros((2, length), np.float32)
    samples[:, at] = 1.0
    return Audio(samples, RATE)


def sine(hz: float, seconds: float, level_db: float = 0.0) -> Audio:
    """A sine in two channels, its peak at the level."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = amplitude(level_db) * np.sin(2.0 * np.pi * hz * time)
    return Audio(np.tile(wave, (2, 1)).astype(np.float32), RATE)


def pink(seconds: float, level_db: float) -> Audio:
    """Seeded pink noise, another in each channel."""
    length = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal((2, length)))
    spectrum[:, 1:] /= np.sqrt(np.arange(1, spectrum.shape[1]))
    spectrum[:, 0] = 0.0
    noise = np.fft.irfft(spectrum, length)
    noise *= amplitude(level_db) / np.sqrt(np.mean(np.square(noise)))
    return Audio(noise.astype(np.float32), RATE)


def db(power: Any) -> np.ndarray:
    """Powers in dB, no lower than `FLOOR_DB`."""
    return np.asarray(10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR_DB / 10.0))))


def wide(audio: Audio) -> np.ndarray:
    """The samples in double precision."""
    return audio.samples.astype(np.float64)


def moments(one: Effect, length: int, count: int = 160, seconds: float = 4.0) -> Any:
    """The answers to impulses that come one at a time, in each of two channels: the whole sound is
    played for each, so that what swings stands where it does at that moment."""
    at = np.round(np.linspace(0.0, seconds, count, endpoint=False) * RATE).astype(int)
    whole = round(seconds * RATE) + length
    return at / RATE, np.array([wide(one(impulse(whole, k)))[:, k : k + length] for k in at])

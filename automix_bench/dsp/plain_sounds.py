"""Plain sounds, for which the value of a metric can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from automix_bench.audio import Audio

RATE = 48_000
"""The rate of these sounds in Hz, unless their docstring gives another."""


def clicks(*places: int, length: int = RATE, channels: int = 1, size: float = 0.5) -> Audio:
    """Single samples of one size in silence: equal power at every frequency."""
    samples = np.zeros((channels, length), dtype=np.float32)
    samples[:, list(places)] = size
    return Audio(samples, RATE)


def on_the_left(audio: Audio) -> Audio:
    """A mono sound on the left of two channels, silence on the right."""
    return side_by_side(audio, audio.with_samples(np.zeros_like(audio.samples)))


def side_by_side(left: Audio, right: Audio) -> Audio:
    """Two sounds of one channel as left and right."""
    return left.with_samples(np.concatenate([left.samples, right.samples]))


def tone(*amplitudes: float, hz: float = 1_000.0, seconds: float = 1.0) -> Audio:
    """A sine in as many channels as there are amplitudes; negative amplitudes reverse its
    polarity."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = np.sin(2.0 * np.pi * hz * time)
    return Audio((np.array(amplitudes)[:, np.newaxis] * wave).astype(np.float32), RATE)


def square_wave(left: float, right: float) -> Audio:
    """A second in two channels at these levels; the sign changes with every sample."""
    wave = np.tile(np.array([1.0, -1.0], np.float32), RATE // 2)
    return Audio(np.stack([left * wave, right * wave]), RATE)


def begun(seconds: float) -> Audio:
    """A tone of 4 s in two channels, followed by silence after the first `seconds`."""
    whole = tone(0.1, 0.1, seconds=4.0)
    return whole.with_samples(whole.samples * (np.arange(whole.length) < seconds * whole.rate))


def softer_half(by: float, *, seconds: float) -> Audio:
    """A tone in two channels; its second half is multiplied by `by`."""
    whole = tone(0.1, 0.1, seconds=seconds)
    second = np.arange(whole.length) >= whole.length // 2
    return whole.with_samples(whole.samples * np.where(second, by, 1.0))


def swelling_tones(
    hz: Sequence[float], *, seconds: float = 4.0, sizes: Sequence[float] = ()
) -> Audio:
    """Sines of constant pitch together, mono. They swell and fade over the whole length, in the
    shape of a Hann window, so that no edge spreads their spectrum."""
    time = np.arange(round(seconds * RATE)) / RATE
    swell = 0.5 - 0.5 * np.cos(2.0 * np.pi * time / seconds)
    waves = [
        size * np.sin(2.0 * np.pi * one * time)
        for one, size in zip(hz, sizes or [0.1] * len(hz), strict=True)
    ]
    return Audio((swell * np.sum(waves, axis=0)).astype(np.float32)[np.newaxis], RATE)


def growing(db_a_second: float) -> Audio:
    """A constant, mono, at 8 kHz, of 18 s, whose power grows to -3 dB at the end."""
    levels = -3.0 - db_a_second * (18.0 - np.arange(18 * 8_000) / 8_000)
    return Audio((10.0 ** (levels / 20.0)).astype(np.float32)[np.newaxis], 8_000)


def faint_noise(length: int, rate: int) -> Audio:
    """White noise at -20 dB, mono, the same each time."""
    noise = np.random.Generator(np.random.PCG64(5)).standard_normal((1, length))
    return Audio((0.1 * noise).astype(np.float32), rate)


def written(*channels: tuple[float, ...]) -> Audio:
    """These samples, one tuple for each channel."""
    return Audio(np.array(channels, np.float32), RATE)


def hiss_in_halves(
    first: float, second: float, *, below_db: float | None = None
) -> tuple[Audio, Audio]:
    """White noise of 4 s and the same with its halves multiplied, both in mono at -20 dBFS.

    Args:
        below_db: how far other noise in the second sound lies below this one; None for none.
    """
    rng = np.random.default_rng(20)
    hiss, other = rng.standard_normal((2, 1, 4 * RATE)) * 0.1
    halves = np.where(np.arange(hiss.shape[1]) < hiss.shape[1] // 2, first, second)
    added = 0.0 if below_db is None else other * 10.0 ** (-below_db / 20.0)
    return (
        Audio(hiss.astype(np.float32), RATE),
        Audio((hiss * halves + added).astype(np.float32), RATE),
    )

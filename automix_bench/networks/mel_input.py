"""What a network hears of a sound: stretches of equal length, and their spectra on a mel scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from automix_bench.audio import Audio, Samples
from automix_bench.dsp.resampled import resampled
from automix_bench.networks.checkpoints import Weights, torch_for, wanted

HIGHEST_DB, LOWEST_DB = 40.0, -80.0


def in_mono(audio: Audio, rate: int) -> np.ndarray:
    """`(samples)` at `rate`: the mean of the channels."""
    mono: np.ndarray = resampled(audio, rate).samples.mean(axis=0)
    return mono


def in_stereo(audio: Audio, rate: int) -> Samples:
    """`(2, samples)` at `rate`; of a mono sound, twice the same.

    Raises:
        ValueError: the sound has more than two channels.
    """
    if audio.channels > 2:
        raise ValueError(f"wanted a mono or a stereo sound, got {audio.channels} channels")
    samples = resampled(audio, rate).samples
    return samples if len(samples) == 2 else np.repeat(samples, 2, axis=0)


def stretches(values: np.ndarray, length: int, hop: int) -> list[np.ndarray]:
    """Whole stretches along the last axis; of what is shorter than one, one with zeros behind."""
    lacking = length - values.shape[-1]
    if lacking > 0:
        values = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, lacking)])
    return [
        values[..., start : start + length]
        for start in range(0, values.shape[-1] - length + 1, hop)
    ]


def log_mels(weights: Weights, waves: Any, hop: int, of: str) -> Any:
    """Mel spectra in decibels, from -80 to 40 dB as from -1 to 1: `(waves, frames, bins)`.

    Windows are Hann's, as long as the checkpoint's own filters `logmel_extractor.melW` say, centred
    on every `hop`th sample of the reflected sound.

    Args:
        waves: `(waves, samples)`.
    """
    torch = torch_for(of)
    filters = wanted(weights, "logmel_extractor.melW", of)
    size = 2 * (filters.shape[0] - 1)
    spectra = torch.stft(
        waves,
        size,
        hop,
        window=torch.hann_window(size),
        center=True,
        pad_mode="reflect",
        return_complex=True,
    )
    powers = (spectra.abs() ** 2).transpose(1, 2) @ filters
    levels = 10.0 * torch.log10(powers.clamp(min=1e-10))
    share = (levels.clamp(LOWEST_DB, HIGHEST_DB) - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB)
    return 2.0 * share - 1.0

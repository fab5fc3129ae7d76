"""The input of networks: stretches of equal length of a sound, and their spectra on a mel scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from automix_bench.audio import Audio, Samples
from automix_bench.dsp.resampled import resampled
from automix_bench.networks.checkpoints import Weights, tensor, torch_for

HIGHEST_DB, LOWEST_DB = 40.0, -80.0


def in_mono(audio: Audio, rate: int) -> np.ndarray:
    """`(samples)` at `rate`: the mean of the channels."""
    mono: np.ndarray = resampled(audio, rate).samples.mean(axis=0)
    return mono


def in_stereo(audio: Audio, rate: int) -> Samples:
    """`(2, samples)` at `rate`; a mono sound is repeated.

    Raises:
        ValueError: the sound has more than two channels.
    """
    if audio.channels > 2:
        raise ValueError(f"wanted a mono or a stereo sound, got {audio.channels} channels")
    samples = resampled(audio, rate).samples
    return samples if len(samples) == 2 else np.repeat(samples, 2, axis=0)


def stretches(values: np.ndarray, length: int, hop: int) -> list[np.ndarray]:
    """Whole stretches along the last axis; values shorter than one stretch give one, padded with
    zeros at the end."""
    lacking = length - values.shape[-1]
    if lacking > 0:
        values = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, lacking)])
    return [
        values[..., start : start + length]
        for start in range(0, values.shape[-1] - length + 1, hop)
    ]


def log_mels(weights: Weights, waves: Any, hop: int, of: str) -> Any:
    """Mel spectra in decibels, mapped from [-80, 40] dB to [-1, 1]: `(waves, frames, bins)`.

    Hann windows, of the length given by the checkpoint's own filters `logmel_extractor.melW`, are
    centred on every `hop`th sample; the sound is reflected at its ends.

    Args:
        waves: `(waves, samples)`.
        of: the embedding, for messages.
    """
    torch = torch_for(of)
    filters = tensor(weights, "logmel_extractor.melW", of)
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

"""What learned models hear of a sound: power in bands that are the same at every rate."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse
from jaxtyping import Float32

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.hearing_bands import mel_corners, triangle_weights
from automix_bench.dsp.spectra.short_time import sound_spectra

__all__ = ["BANDS", "mel_frames", "middle_and_side"]

BANDS, HIGHEST_HZ = 64, 16_000.0
"""Bands above half the rate are silent."""
WINDOW_SECONDS = 2_048 / 44_100


def mel_frames(audio: Audio) -> Float32[np.ndarray, "channels frames bands"]:
    """The power in each of 64 mel bands up to 16 kHz, of Hann windows of 46 ms that overlap by
    half, over the squared length of a window."""
    width = 2 * round(audio.rate * WINDOW_SECONDS / 2.0)
    triangles = _triangles(audio.rate, width)
    blocks = []
    for powers in sound_spectra(audio, width=width, hop=width // 2):
        channels, frames, bins = powers.shape
        in_bands = (triangles @ powers.reshape(channels * frames, bins).T).T
        blocks.append(in_bands.reshape(channels, frames, BANDS))
    bands: Float32[np.ndarray, "channels frames bands"] = (
        np.concatenate(blocks, axis=1) / width**2
    ).astype(np.float32)
    return bands


def middle_and_side(audio: Audio) -> Audio:
    """The middle and the side of a stereo sound, at equal power; of a mono one the sound and
    silence."""
    left, right = audio.samples[0], audio.samples[-1]
    half = np.float32(np.sqrt(0.5))
    return audio.with_samples(np.stack([half * (left + right), half * (left - right)]))


@lru_cache(maxsize=8)
def _triangles(rate: int, width: int) -> Any:
    bins_hz = np.arange(width // 2 + 1) * (rate / width)
    weights = triangle_weights(mel_corners(BANDS, HIGHEST_HZ), bins_hz)
    return scipy.sparse.csr_array(weights.astype(np.float32))

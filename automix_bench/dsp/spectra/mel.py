"""Power spectrograms in mel bands."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse
from jaxtyping import Float

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.hearing_bands import mel_corners, triangle_weights
from automix_bench.dsp.spectra.short_time import sound_spectra

MelPowers = Float[np.ndarray, "channels frames bands"]


@shared
def mel_powers(audio: Audio, *, fft_size: int, hop: int, bands: int) -> MelPowers:
    """The power in every band of every frame: Hann frames of `fft_size` samples centred on samples
    0, hop, 2 hop, …, with silence beyond the ends. Read-only.

    The bands are triangles of height 1 that overlap by half, equally wide in mel, 2595 log10(1 + f
    / 700 Hz), from 0 to half the rate.
    """
    triangles = _triangles(audio.rate, fft_size, bands)
    blocks = [
        _in_bands(powers, triangles) for powers in sound_spectra(audio, width=fft_size, hop=hop)
    ]
    spectrogram = np.concatenate(blocks, axis=1)
    spectrogram.flags.writeable = False
    return spectrogram


@lru_cache(maxsize=16)
def _triangles(rate: int, fft_size: int, bands: int) -> Any:
    bins_hz = np.arange(fft_size // 2 + 1) * (rate / fft_size)
    return scipy.sparse.csr_array(triangle_weights(mel_corners(bands, rate / 2.0), bins_hz))


def _in_bands(powers: Float[np.ndarray, "channels frames bins"], triangles: Any) -> MelPowers:
    # A sparse product adds in one order on every machine; the order of a dense one depends on the
    # number of threads.
    channels, frames, bins = powers.shape
    flat = powers.reshape(channels * frames, bins)
    in_bands: MelPowers = (triangles.astype(powers.dtype) @ flat.T).T.reshape(channels, frames, -1)
    return in_bands

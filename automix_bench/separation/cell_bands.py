"""Short-time spectra in bands, and masks played: what a small separator hears and does."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.signal
from jaxtyping import Complex, Float, Float32

from automix_bench.audio import Samples
from automix_bench.dsp.spectra.short_time import hann

__all__ = ["BANDS", "RATE", "band_powers", "bins_in_bands", "played_masks", "spectra"]

RATE = 44_100
WIDTH, HOP = 2_048, 512
_SINGLE = 48
"""Up to this bin, 1 kHz, every bin is a band of its own; above, bands grow with frequency."""
_GROWTH = 1.06

Spectra = Complex[np.ndarray, "2 frames bins"]


@lru_cache(maxsize=1)
def _edges() -> tuple[int, ...]:
    """The first bin of every band, and the end of the last one."""
    edges, last = list(range(_SINGLE + 1)), WIDTH // 2 + 1
    while edges[-1] < last:
        edges.append(min(max(edges[-1] + 1, round(edges[-1] * _GROWTH)), last))
    return tuple(edges)


BANDS = len(_edges()) - 1


def bins_in_bands() -> Float32[np.ndarray, " bands"]:
    """How many bins each band has."""
    return np.diff(np.array(_edges())).astype(np.float32)


def spectra(samples: Samples) -> Spectra:
    """The spectra of two channels at 44.1 kHz: Hann windows of 46 ms, one each 12 ms."""
    padded = np.zeros((2, max(samples.shape[1], WIDTH)))
    padded[:, : samples.shape[1]] = samples
    turned: Spectra = _transform().stft(padded).transpose(0, 2, 1)
    return turned


def band_powers(of: Spectra) -> Float32[np.ndarray, "2 frames bands"]:
    """The power of middle and side in every band, over the squared length of a window."""
    both = np.stack([of[0] + of[1], of[0] - of[1]]) * np.sqrt(0.5)
    powers = np.add.reduceat(np.square(np.abs(both)), _edges()[:-1], axis=-1)
    small: Float32[np.ndarray, "2 frames bands"] = (powers / WIDTH**2).astype(np.float32)
    return small


def played_masks(
    of: Spectra, masks: Float[np.ndarray, "sources frames bands"], length: int
) -> Float32[np.ndarray, "sources 2 samples"]:
    """What masks leave of spectra, the same in both channels. Between the middles of bands, masks
    are straight lines; masks that sum to 1 give sounds that sum to the whole.

    Args:
        length: in samples.
    """
    whole = max(length, WIDTH)
    parts = [
        _transform().istft((of * (mask @ _lines())).transpose(0, 2, 1), k1=whole)[:, :length]
        for mask in masks
    ]
    sounds: Float32[np.ndarray, "sources 2 samples"] = np.stack(parts).astype(np.float32)
    return sounds


@lru_cache(maxsize=1)
def _lines() -> Float32[np.ndarray, "bands bins"]:
    edges = np.array(_edges())
    middles = 0.5 * (edges[:-1] + edges[1:] - 1)
    bins = np.arange(edges[-1])
    return np.stack([np.interp(bins, middles, row) for row in np.eye(BANDS)]).astype(np.float32)


@lru_cache(maxsize=1)
def _transform() -> Any:
    return scipy.signal.ShortTimeFFT(hann(WIDTH), HOP, RATE)

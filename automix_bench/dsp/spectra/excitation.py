"""Excitation along the basilar membrane: how much of a sound reaches each place of the inner ear.

A simple ear. Four stages turn a short-time power spectrum into excitation, in units of the power of
0 dB SPL:

1. Playback level: a full-scale sine is played at 92 dB SPL (the level that ITU-R BS.1387-1 assumes
   where nothing is known).
2. The outer and middle ear (BS.1387-1, 2.1.4, after Terhardt 1979), f in kHz:
   -2.184 f^-0.8 + 6.5 exp(-0.6 (f - 3.3)^2) - 0.001 f^3.6 dB.
3. Bands of half a Bark from 20 Hz to 20 kHz, or to half the rate, on the scale z = 7 asinh(f / 650
   Hz); a bin is shared between bands as it overlaps them.
4. Spreading to other bands (Schroeder, Atal & Hall, J. Acoust. Soc. Am. 66(6), 1979), dz in Bark
   upwards from the masker: 15.81 + 7.5 (dz + 0.474) - 17.5 sqrt(1 + (dz + 0.474)^2) dB, scaled so
   that a masker's power stays.

A fifth stage, for short windows, is forward masking: excitation dies away with a time constant of 8
ms + 22 ms x 100 Hz / f, at most 30 ms (the constants of BS.1387-1, 2.1.9).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, no_type_check

import numpy as np
import scipy.fft
import scipy.sparse
from jaxtyping import Float, Float64

from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.spectra.short_time import Signals, centred_spectra, hann

FULL_SCALE_SINE_DB_SPL = 92.0
BARK_PER_BAND = 0.5
LOWEST_HZ, HIGHEST_HZ = 20.0, 20_000.0
FRAMES_PER_WINDOW = 4

Excitation = Float[np.ndarray, "signals frames bands"]
Bands = Float64[np.ndarray, " bands"]
Edges = Float64[np.ndarray, " edges"]

# Spreading below this share of a masker's power is left out.
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, eq=False)
class Ear:
    """What turns the spectra of one window length at one rate into excitation.

    Attributes:
        width: of the Hann window, in samples.
        hop: samples from one frame to the next.
        fft_size: points of the transform.
        in_bands: the power of 0 dB SPL in each band for |X|^2 = 1 in each bin, `(bands, bins)`,
            sparse.
        spread: from the band of the masker (column) to every band, `(bands, bands)`, sparse.
        threshold: the excitation of a sound that can just be heard in quiet.
        decay: what is left of excitation one frame later.
    """

    width: int
    hop: int
    fft_size: int
    in_bands: Any
    spread: Any
    threshold: Bands
    decay: Bands


@lru_cache(maxsize=16)
def ear(rate: int, seconds: float) -> Ear:
    """The ear for sounds of a rate, in Hz, and windows of a length in seconds."""
    width = 2 * max(round(rate * seconds / 2.0), FRAMES_PER_WINDOW)
    hop, fft_size = width // FRAMES_PER_WINDOW, scipy.fft.next_fast_len(width, real=True)
    edges = _edges(rate)
    centres_hz = _hz((edges[1:] + edges[:-1]) / 2.0)
    return Ear(
        width,
        hop,
        fft_size,
        _sparse(_in_bands(_hz(edges), rate, width, fft_size)),
        _sparse(_spreading(len(centres_hz))),
        # Terhardt's threshold in quiet without what the outer and middle ear have taken already.
        threshold=10.0 ** (0.1456 * (centres_hz / 1000.0) ** -0.8),
        decay=np.exp(-hop / rate / np.minimum(0.008 + 0.022 * 100.0 / centres_hz, 0.030)),
    )


def excitation(signals: Signals, ear: Ear, *, forward_masking: bool) -> Iterator[Excitation]:
    """The excitation of every frame, some frames at a time. Frames are centred on samples 0, hop, 2
    hop, …, with silence beyond the ends.

    Args:
        forward_masking: whether excitation falls no faster than it dies away in the ear.
    """
    powers = centred_spectra(
        signals, width=ear.width, hop=ear.hop, fft_size=ear.fft_size, ends="constant"
    )
    lasting = np.zeros((len(signals), len(ear.decay)))
    for block in powers:
        excited = _excited(block, ear)
        if forward_masking:
            _die_away(excited, ear.decay, lasting)
        yield excited


def _excited(powers: Float[np.ndarray, "signals frames bins"], ear: Ear) -> Excitation:
    signals, frames, bins = powers.shape
    # Sparse products add in one order on every machine.
    in_bands = ear.in_bands @ powers.reshape(signals * frames, bins).T
    spread = (ear.spread @ in_bands).T
    excited: Excitation = np.ascontiguousarray(spread).reshape(signals, frames, -1)
    return excited


def _sparse(weights: Float64[np.ndarray, "rows columns"]) -> Any:
    """In single precision, so that a product has the precision of what is multiplied."""
    return scipy.sparse.csr_array(weights.astype(np.float32))


def _edges(rate: int) -> Edges:
    """The edges of the bands, in Bark."""
    lowest, highest = (7.0 * np.arcsinh(hz / 650.0) for hz in (LOWEST_HZ, HIGHEST_HZ))
    highest = min(highest, 7.0 * np.arcsinh(rate / 2.0 / 650.0))
    count = max(round((highest - lowest) / BARK_PER_BAND), 1)
    edges: Edges = lowest + BARK_PER_BAND * np.arange(count + 1)
    return edges


def _hz(bark: Edges) -> Edges:
    hz: Edges = 650.0 * np.sinh(bark / 7.0)
    return hz


def _in_bands(
    edges_hz: Edges, rate: int, width: int, fft_size: int
) -> Float64[np.ndarray, "bands bins"]:
    """The weights of stages 1 to 3."""
    spacing = rate / fft_size
    bins_hz = np.arange(fft_size // 2 + 1) * spacing
    upper = np.minimum(bins_hz + spacing / 2.0, edges_hz[1:, np.newaxis])
    lower = np.maximum(bins_hz - spacing / 2.0, edges_hz[:-1, np.newaxis])
    share = np.maximum(upper - lower, 0.0) / spacing
    # The mean square of a sound is 2 sum |X|^2 / (N sum w^2), that of a full-scale sine is a half.
    mean_square = 2.0 / (fft_size * float(np.sum(np.square(hann(width)))))
    played = 2.0 * mean_square * 10.0 ** (FULL_SCALE_SINE_DB_SPL / 10.0)
    weights: Float64[np.ndarray, "bands bins"] = share * (_outer_and_middle_ear(bins_hz) * played)
    return weights


def _outer_and_middle_ear(hz: Float64[np.ndarray, " bins"]) -> Float64[np.ndarray, " bins"]:
    khz = np.maximum(hz, 1.0) / 1000.0
    db = -2.184 * khz**-0.8 + 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) - 0.001 * khz**3.6
    weights: Float64[np.ndarray, " bins"] = 10.0 ** (db / 10.0)
    return weights


def _spreading(bands: int) -> Float64[np.ndarray, "bands bands"]:
    away = BARK_PER_BAND * (np.arange(bands)[:, np.newaxis] - np.arange(bands)) + 0.474
    shares = 10.0 ** ((15.81 + 7.5 * away - 17.5 * np.sqrt(1.0 + np.square(away))) / 10.0)
    shares /= shares.sum(axis=0)
    spread: Float64[np.ndarray, "bands bands"] = np.where(shares < _LEAST_SPREAD, 0.0, shares)
    return spread


@compiled
@no_type_check
def _die_away(excited: np.ndarray, decay: np.ndarray, lasting: np.ndarray) -> None:
    """Raise excitation to what lasts of the frames before, in place. `lasting`, of shape `(signals,
    bands)`, is carried from block to block."""
    signals, frames, bands = excited.shape
    for signal in range(signals):
        for frame in range(frames):
            for band in range(bands):
                fresh = excited[signal, frame, band]
                left = decay[band] * lasting[signal, band] + (1.0 - decay[band]) * fresh
                lasting[signal, band] = left
                if left > fresh:
                    excited[signal, frame, band] = left

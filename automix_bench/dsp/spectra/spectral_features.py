"""The shape of the spectrum, frame by frame: its centre, width, roll-off, flatness and contrast.

Frames last about 46 ms (2048 samples at 44.1 and 48 kHz, the nearest power of two at other rates),
begin a quarter of that apart, and are Hann-windowed, with silence beyond the ends. Powers are
summed over channels, so panning has no effect. Definitions are librosa's: centroid, bandwidth and
roll-off of magnitudes, flatness and contrast of powers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float64

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.short_time import sound_spectra

Frames = Float64[np.ndarray, " frames"]
Block = Float[np.ndarray, "frames bins"]

RANGE_DB = 80.0
"""Before logarithms are taken, bins are raised to no less than this far under the loudest of their
frame. What lies lower is the noise of a converter, or what a codec removed."""

LOWEST_HZ = 20.0
"""Lower frequencies are inaudible and count as this one."""

_GATE_DB = 60.0
_FRAME_SECONDS = 0.046
_ROLLED_OFF = 0.85
_CONTRAST_FROM_HZ = 200.0
_CONTRAST_OCTAVES = 6
_CONTRAST_PART = 0.02


@dataclass(frozen=True, eq=False)
class Features:
    """Features of the frames within 60 dB of the loudest one; there are none for silence.

    Attributes:
        centroid_hz: the mean frequency.
        bandwidth_hz: the standard deviation around it.
        rolloff_hz: the lowest bin up to which lie 85 % of the magnitudes.
        flatness_db: the geometric over the arithmetic mean of powers; 0 for a click, low for tones.
        contrast_db: the level of the loudest fiftieth of the bins of a band over that of the
            quietest, in the bands up to 200, 400, 800, … 6400 Hz and beyond, as far as the rate
            reaches.
    """

    centroid_hz: Frames
    bandwidth_hz: Frames
    rolloff_hz: Frames
    flatness_db: Frames
    contrast_db: Float64[np.ndarray, "frames bands"]


@dataclass(frozen=True)
class _ContrastBand:
    """The bins of a band, and how many of them make a peak and a valley."""

    bins: slice
    few: int


def frame_length(rate: int) -> int:
    """The power of two nearest to 46 ms, in samples."""
    return int(2 ** round(np.log2(_FRAME_SECONDS * rate)))


@shared
def spectral_features(audio: Audio) -> Features:
    """The features of a sound."""
    length = frame_length(audio.rate)
    hz = (np.arange(length // 2 + 1) * (audio.rate / length)).astype(np.float32)
    bands = _contrast_bands(audio.rate)
    levels, rows = [], []
    for powers in sound_spectra(audio, width=length, hop=length // 4):
        block = powers.sum(axis=0)
        levels.append(block.sum(axis=1, dtype=np.float64))
        rows.append(_of_block(block, hz, bands))
    level = np.concatenate(levels)
    audible = (level > 0.0) & (level >= level.max() * 10.0 ** (-_GATE_DB / 10.0))
    features = np.concatenate(rows)[audible]
    return Features(
        np.maximum(features[:, 0], LOWEST_HZ),
        np.maximum(features[:, 1], LOWEST_HZ),
        np.maximum(features[:, 2], LOWEST_HZ),
        features[:, 3],
        features[:, 4:],
    )


def floored(powers: Block) -> Block:
    """Powers relative to the loudest of their frame, at least `RANGE_DB` under it. Silent frames
    come out flat."""
    loudest = powers.max(axis=1, keepdims=True)
    relative = powers / np.where(loudest > 0.0, loudest, 1.0)
    result: Block = np.maximum(relative, powers.dtype.type(10.0 ** (-RANGE_DB / 10.0)))
    return result


def _contrast_bands(rate: int) -> list[_ContrastBand]:
    """The bands as librosa counts bins: a band begins with the last bin under its edge and ends
    before the last one within it; the highest band has all the rest."""
    length = frame_length(rate)
    hz = np.arange(length // 2 + 1) * (rate / length)
    edges = [0.0, *(_CONTRAST_FROM_HZ * 2.0 ** np.arange(_CONTRAST_OCTAVES + 1))]
    bands = []
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = np.flatnonzero((hz >= low) & (hz <= high))
        if low < rate / 2.0 and inside.size:
            first = int(inside[0]) - (number > 0)
            end = len(hz) if number == _CONTRAST_OCTAVES else int(inside[-1]) + 1
            few = max(round(_CONTRAST_PART * (end - first)), 1)
            if number < _CONTRAST_OCTAVES:
                end = max(end - 1, first + 1)
            bands.append(_ContrastBand(slice(first, end), few))
    return bands


def _of_block(
    powers: Block, hz: Float[np.ndarray, " bins"], bands: Sequence[_ContrastBand]
) -> Float64[np.ndarray, "frames features"]:
    """Centroid, bandwidth, roll-off, flatness and the contrast of every band, for every frame."""
    magnitudes = np.sqrt(powers)
    total = magnitudes.sum(axis=1)
    safe = np.where(total > 0.0, total, 1.0)
    centroid = (magnitudes * hz).sum(axis=1) / safe
    apart = np.square(hz - centroid[:, np.newaxis])
    bandwidth = np.sqrt((magnitudes * apart).sum(axis=1) / safe)
    reached = np.cumsum(magnitudes, axis=1, dtype=np.float64)
    below = (reached < _ROLLED_OFF * reached[:, -1:]).sum(axis=1)
    relative = floored(powers)
    flatness = 10.0 * (np.log10(relative).mean(axis=1) - np.log10(relative.mean(axis=1)))
    features = [centroid, bandwidth, hz[below], flatness]
    features += [_contrast(relative[:, band.bins], band.few) for band in bands]
    return np.stack(features, axis=1).astype(np.float64)


def _contrast(band: Block, few: int) -> Float[np.ndarray, " frames"]:
    count = band.shape[1]
    ordered = np.partition(band, [few - 1, count - few], axis=1)
    valley, top = ordered[:, :few].mean(axis=1), ordered[:, count - few :].mean(axis=1)
    contrast: Float[np.ndarray, " frames"] = 10.0 * np.log10(top / valley)
    return contrast

"""Bands as wide as those of hearing: the mel and Bark scales, and triangles on them."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

Corners = Float64[np.ndarray, " corners"]
Weights = Float64[np.ndarray, "bands bins"]


def mel_corners(bands: int, highest_hz: float) -> Corners:
    """The corners, in Hz, of bands that are equally wide in mel, 2595 log10(1 + f / 700 Hz), from 0
    Hz."""
    highest_mel = 2595.0 * math.log10(1.0 + highest_hz / 700.0)
    corners: Corners = 700.0 * (10.0 ** (np.linspace(0.0, highest_mel, bands + 2) / 2595.0) - 1.0)
    return corners


def bark(hz: float) -> float:
    """Traunmüller's Bark scale, J. Acoust. Soc. Am. 88(1), 1990, with his corrections at both
    ends."""
    bark = 26.81 * hz / (1960.0 + hz) - 0.53
    if bark < 2.0:
        return bark + 0.15 * (2.0 - bark)
    return bark + 0.22 * (bark - 20.1) if bark > 20.1 else bark


def triangle_weights(corners_hz: Corners, bins_hz: Float64[np.ndarray, " bins"]) -> Weights:
    """The weight of every bin in every band: 0 at a corner, 1 at the next, 0 at the one after."""
    below, top, above = (corners_hz[first : len(corners_hz) - 2 + first] for first in range(3))
    rising = (bins_hz - below[:, np.newaxis]) / (top - below)[:, np.newaxis]
    falling = (above[:, np.newaxis] - bins_hz) / (above - top)[:, np.newaxis]
    weights: Weights = np.maximum(np.minimum(rising, falling), 0.0)
    return weights

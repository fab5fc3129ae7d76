"""Inner products of many sounds, on blocks that are spread over a song."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.music.stem_sum import spread_blocks

Gram = Float64[np.ndarray, "sounds sounds"]


_BLOCK = 1 << 14
_BLOCKS = 64


def gram(sounds: Sequence[Audio]) -> Gram:
    """<x_a, x_b> over all channels, for every two of sounds of one shape.

    They are taken over 64 blocks of 0.4 s at 44.1 kHz, evenly spread over the sounds; over the
    whole of sounds that are shorter than that. They are not taken by BLAS: its sums depend on the
    number of threads, and its threads wait for each other on a busy machine.
    """
    products = np.zeros((len(sounds), len(sounds)))
    for block in spread_blocks(sounds[0].length, _BLOCK, _BLOCKS):
        rows = np.stack([sound.samples[:, block].ravel() for sound in sounds]).astype(np.float64)
        products += np.einsum("an,bn->ab", rows, rows)
    return products


def error_share(products: Gram, target: int, weights: Float64[np.ndarray, " sounds"]) -> float:
    """|x_target - sum of weights x|^2 / |x_target|^2; the target's own weight must be 0."""
    whole = products[target, target]
    mixed = weights @ products @ weights - 2.0 * weights @ products[target]
    return max(float(1.0 + mixed / whole), 0.0) if whole > 0.0 else 0.0

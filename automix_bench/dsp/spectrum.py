"""Short-time power spectra, block by block, so that the length of a song does not set the memory.

Frames lie along the last axis but one, bins along the last: `(channels, frames, bins)`. Nothing is
padded here: who wants frames beyond the ends pads first, and says how.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.fft
from jaxtyping import Float64

from automix_bench.audio import Samples

Powers = Float64[np.ndarray, "channels frames bins"]
Window = Float64[np.ndarray, " length"]

# A block of this many bins stays in a core's cache from the transform to the last sum.
_BINS_PER_BLOCK = 1 << 16


def hann(length: int) -> Window:
    """The periodic Hann window, 0.5 - 0.5 cos(2 pi n / length)."""
    window: Window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    return window


def power_spectra(samples: Samples, *, window: Window, hop: int, fft_size: int) -> Iterator[Powers]:
    """|X|^2 of every frame, in order, some frames at a time; computed in double precision.

    Frame t is `samples[:, t * hop : t * hop + len(window)]` times the window, with zeros behind it
    up to `fft_size`: X_k = sum_n w_n x_n exp(-2 pi i k n / fft_size). A last frame that is not full
    is left out.

    Args:
        samples: the sound, padded as the caller likes; at least as long as the window.
        window: one weight a sample; not longer than `fft_size`.
        hop: samples from one frame to the next.
        fft_size: points of the transform; there are `fft_size // 2 + 1` bins.
    """
    views = np.lib.stride_tricks.sliding_window_view(samples, len(window), axis=1)[:, ::hop]
    bins = samples.shape[0] * (fft_size // 2 + 1)
    step = max(1, _BINS_PER_BLOCK // bins)
    for first in range(0, views.shape[1], step):
        spectrum = scipy.fft.rfft(views[:, first : first + step] * window, fft_size)
        yield np.square(spectrum.real) + np.square(spectrum.imag)

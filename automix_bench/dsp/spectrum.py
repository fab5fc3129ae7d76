"""Short-time power spectra, block by block, so that the length of a song does not set the memory.

Frames lie along the last axis but one, bins along the last: `(channels, frames, bins)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import scipy.fft
from jaxtyping import Float

Powers = Float[np.ndarray, "channels frames bins"]
Window = Float[np.ndarray, " length"]
Signals = Float[np.ndarray, "channels samples"]

# A block of this many bins stays in a core's cache from the transform to the last sum.
_BINS_PER_BLOCK = 1 << 16

# Beyond these amplitudes the sums of squares of a transform leave the range of single precision.
_QUIETEST, _LOUDEST = 1e-8, 1e8


def hann(length: int) -> Window:
    """The periodic Hann window, 0.5 - 0.5 cos(2 pi n / length)."""
    window: Window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    return window


def power_spectra(samples: Signals, *, window: Window, hop: int, fft_size: int) -> Iterator[Powers]:
    """|X|^2 of every frame, in order, some frames at a time; in double precision, or in single if
    both samples and window are. Nothing is padded: who wants frames beyond the ends pads first.

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


def centred_spectra(
    samples: Signals, *, width: int, hop: int, fft_size: int, ends: Literal["reflect", "constant"]
) -> Iterator[Powers]:
    """|X|^2 of Hann frames of `width` samples centred on samples 0, hop, 2 hop, …, up to the last
    one; in single precision, unless the sound is so quiet or so loud that it needs double.

    Args:
        width: of the window, even.
        ends: what lies beyond the ends: the sound reflected (it must be longer than half a window
            then), or "constant", silence.
    """
    peak = float(np.abs(samples).max())
    exact = np.float32 if _QUIETEST < peak < _LOUDEST else np.float64
    around = ((0, 0), (width // 2, width // 2))
    padded = np.pad(samples.astype(exact, copy=False), around, ends)
    window = hann(width).astype(exact)
    return power_spectra(padded, window=window, hop=hop, fft_size=fft_size)

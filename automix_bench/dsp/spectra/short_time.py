"""Short-time power spectra, block by block, so that memory does not grow with the length of a song.

Their shape is `(channels, frames, bins)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, no_type_check

import numpy as np
import scipy.fft
from jaxtyping import Float, Int64

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.memo import shared

Powers = Float[np.ndarray, "channels frames bins"]
Frames = Int64[np.ndarray, " frames"]
Window = Float[np.ndarray, " length"]
Signals = Float[np.ndarray, "channels samples"]

# A block of this many bins fits in a core's cache from the transform to the last sum.
_BINS_PER_BLOCK = 1 << 16

# The largest spectra that are shared between metrics: those of ten seconds of stereo.
_SHARED_BYTES = 1 << 23

# Beyond these amplitudes the sums of squares of a transform leave the range of single precision.
_QUIETEST, _LOUDEST = 1e-8, 1e8


def hann(length: int) -> Window:
    """The periodic Hann window, 0.5 - 0.5 cos(2 pi n / length)."""
    window: Window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    return window


def power_spectra(
    samples: Signals, *, window: Window, hop: int, fft_size: int, frames: Frames | None = None
) -> Iterator[Powers]:
    """|X|^2 of every frame, in order, some frames at a time; in double precision, or in single if
    both samples and window are. Nothing is padded: to get frames beyond the ends, pad first.

    Frame t is `samples[:, t * hop : t * hop + len(window)]` times the window, with zeros behind it
    up to `fft_size`: X_k = sum_n w_n x_n exp(-2 pi i k n / fft_size). An incomplete last frame is
    left out.

    Args:
        samples: the sound, padded as the caller likes; at least as long as the window.
        window: one weight a sample; not longer than `fft_size`.
        hop: samples from one frame to the next.
        fft_size: points of the transform; there are `fft_size // 2 + 1` bins.
        frames: the numbers of the frames to return; None for all of them.
    """
    views = np.lib.stride_tricks.sliding_window_view(samples, len(window), axis=1)[:, ::hop]
    bins = samples.shape[0] * (fft_size // 2 + 1)
    step = max(1, _BINS_PER_BLOCK // bins)
    for first in range(0, views.shape[1] if frames is None else len(frames), step):
        these = slice(first, first + step)
        spectrum = scipy.fft.rfft(
            views[:, these if frames is None else frames[these]] * window, fft_size
        )
        powers = np.empty(spectrum.shape, spectrum.real.dtype)
        _square(spectrum.ravel(), powers.ravel())
        yield powers


def centred_spectra(
    samples: Signals, *, width: int, hop: int, fft_size: int, ends: Literal["reflect", "constant"]
) -> Iterator[Powers]:
    """|X|^2 of Hann frames of `width` samples centred on samples 0, hop, 2 hop, …, up to the last
    one; in single precision, unless the sound is so quiet or so loud that it needs double.

    Args:
        width: of the window, even.
        ends: beyond the ends lies the sound reflected ("reflect"; it must be longer than half a
            window) or silence ("constant").
    """
    peak = float(np.abs(samples).max())
    exact = np.float32 if _QUIETEST < peak < _LOUDEST else np.float64
    around = ((0, 0), (width // 2, width // 2))
    padded = np.pad(samples.astype(exact, copy=False), around, ends)
    window = hann(width).astype(exact)
    return power_spectra(padded, window=window, hop=hop, fft_size=fft_size)


def sound_spectra(audio: Audio, *, width: int, hop: int) -> Iterator[Powers]:
    """`centred_spectra` of a sound, with silence beyond its ends and transforms as long as the
    window; read-only. Shared within `sharing` where four frames lie in a window, as in several
    metrics, unless the sound is long."""
    frames, bins = 1 + audio.length // hop, width // 2 + 1
    if 4 * hop != width or 4 * audio.channels * frames * bins > _SHARED_BYTES:
        return _sound_spectra(audio, width, hop)
    return iter(_shared_spectra(audio, width, hop))


@shared
def _shared_spectra(audio: Audio, width: int, hop: int) -> tuple[Powers, ...]:
    return tuple(_sound_spectra(audio, width, hop))


def _sound_spectra(audio: Audio, width: int, hop: int) -> Iterator[Powers]:
    for powers in centred_spectra(
        audio.samples, width=width, hop=hop, fft_size=width, ends="constant"
    ):
        powers.flags.writeable = False
        yield powers


@compiled
@no_type_check
def _square(spectrum: np.ndarray, powers: np.ndarray) -> None:
    """Fill `powers` with the squared magnitudes, in one pass instead of numpy's three."""
    for n in range(powers.size):
        powers[n] = spectrum[n].real * spectrum[n].real + spectrum[n].imag * spectrum[n].imag

"""How two sounds go together at each lag, block by block: the length of a song sets no memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import no_type_check

import numpy as np
import scipy.fft
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled

Correlations = Float64[np.ndarray, "still moved lags"]

# Blocks this many times as long as the lags waste little, and stay in a core's cache.
_BLOCKS_PER_LAG = 8
_SHORTEST_BLOCK = 1 << 13


def correlations(
    still: Sequence[Audio], moved: Sequence[Audio], *, first: int, count: int
) -> Correlations:
    """r_ab[l] = sum over n of x_a[n] y_b[n + first + l], for l from 0 to `count - 1`.

    Sounds are 0 beyond their ends. By fast convolution in double precision: right to within the
    rounding of that, relative to the largest.

    Args:
        still: sounds of equal length; the x_a are their channels, one after the other.
        moved: sounds of that length; the y_b are their channels.
        first: the first lag, in samples; positive where y comes later than x.
        count: how many lags.
    """
    length = still[0].length
    size = scipy.fft.next_fast_len(
        min(max(_BLOCKS_PER_LAG * count, _SHORTEST_BLOCK), length + count - 1), real=True
    )
    step = size - count + 1
    rows = [sum(audio.channels for audio in sounds) for sounds in (still, moved)]
    spectrum = np.zeros((rows[0], rows[1], size // 2 + 1), np.complex128)
    for start in range(0, length, step):
        blocks = np.zeros((sum(rows), size))
        _read(still, blocks[: rows[0]], start, min(start + step, length))
        _read(moved, blocks[rows[0] :], start + first, start + first + size)
        spectra = scipy.fft.rfft(blocks)
        _gather(spectrum, spectra[: rows[0]], spectra[rows[0] :])
    lags: Correlations = scipy.fft.irfft(spectrum, size)[:, :, :count]
    return lags


def _read(sounds: Sequence[Audio], block: Float64[np.ndarray, "_ _"], start: int, end: int) -> None:
    """Write the samples from `start` to `end` to the front of a block of zeros, as far as they lie
    within the sounds."""
    begin, stop = max(start, 0), min(end, sounds[0].length)
    row = 0
    for audio in sounds:
        if begin < stop:
            block[row : row + audio.channels, begin - start : stop - start] = audio.samples[
                :, begin:stop
            ]
        row += audio.channels


@compiled
@no_type_check
def _gather(spectrum: np.ndarray, still: np.ndarray, moved: np.ndarray) -> None:
    """Add conj(X_a) Y_b of one block."""
    for a in range(still.shape[0]):
        for b in range(moved.shape[0]):
            for f in range(spectrum.shape[2]):
                spectrum[a, b, f] += np.conj(still[a, f]) * moved[b, f]

"""Correlations of sounds at each lag, block by block, so that memory does not grow with the
length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import no_type_check

import numpy as np
import scipy.fft
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled

Correlations = Float64[np.ndarray, "still moved lags"]

Span = tuple[int, int]

# Blocks this many times as long as the lags waste little work and fit in a core's cache.
_BLOCKS_PER_LAG = 6
_SHORTEST_BLOCK = 1 << 11


def correlations(
    still: Sequence[Audio],
    moved: Sequence[Audio],
    *,
    first: int,
    count: int,
    span: Span | None = None,
    reach: Span | None = None,
) -> Correlations:
    """r_ab[l] = sum over n of x_a[n] y_b[n + first + l], for l from 0 to `count - 1`.

    Sounds are 0 beyond their ends. Computed by fast convolution in double precision: the error is
    the rounding of that, relative to the root of the product of the energies.

    Args:
        still: sounds of equal length; the x_a are their channels, one after the other.
        moved: sounds of that length; the y_b are their channels.
        first: the first lag, in samples; positive where y comes later than x.
        count: the number of lags.
        span: the first sample of the x_a that counts and the one after the last; all by default.
        reach: the same for the y_b.
    """
    begin, end = span or (0, still[0].length)
    step, size = _block_lengths(end - begin, count)
    rows = [sum(audio.channels for audio in sounds) for sounds in (still, moved)]
    spectrum = np.zeros((rows[0], rows[1], size // 2 + 1), np.complex128)
    blocks = np.zeros((sum(rows), size))
    for start in range(begin, end, step):
        _read(still, blocks[: rows[0]], start, (start, min(start + step, end)))
        _read(moved, blocks[rows[0] :], start + first, reach or (0, moved[0].length))
        spectra = scipy.fft.rfft(blocks)
        _gather(spectrum, spectra[: rows[0]], spectra[rows[0] :])
    lags: Correlations = scipy.fft.irfft(spectrum, size)[:, :, :count].copy()
    return lags


def _block_lengths(length: int, count: int) -> tuple[int, int]:
    """The step from block to block, and the length of their transforms."""
    longest = max(_BLOCKS_PER_LAG * count, _SHORTEST_BLOCK)
    blocks = -(-length // (longest - count + 1))
    step = -(-length // blocks)
    return step, int(scipy.fft.next_fast_len(step + count - 1, real=True))


def _read(
    sounds: Sequence[Audio], block: Float64[np.ndarray, "_ _"], start: int, within: Span
) -> None:
    """Fill a block with the samples from `start` on; with zeros outside of the span `within` and
    beyond the ends of the sounds."""
    begin = max(start, within[0], 0)
    stop = max(begin, min(start + block.shape[1], within[1], sounds[0].length))
    front, back = min(begin - start, block.shape[1]), stop - start
    block[:, :front] = 0.0
    block[:, back:] = 0.0
    row = 0
    for samples in (audio.samples for audio in sounds):
        block[row : row + len(samples), front:back] = samples[:, begin:stop]
        row += len(samples)


@compiled
@no_type_check
def _gather(spectrum: np.ndarray, still: np.ndarray, moved: np.ndarray) -> None:
    """Add conj(X_a) Y_b of one block."""
    for a in range(still.shape[0]):
        for b in range(moved.shape[0]):
            for f in range(spectrum.shape[2]):
                spectrum[a, b, f] += np.conj(still[a, f]) * moved[b, f]

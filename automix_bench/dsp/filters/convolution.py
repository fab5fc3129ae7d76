"""Fast convolution with impulse responses, block by block, so that memory does not grow with the
length."""

from __future__ import annotations

import numpy as np
import scipy.fft
from jaxtyping import Float, Float64

from automix_bench.audio import Samples

Paths = Float[np.ndarray, "outputs inputs taps"]
"""An impulse response from each input to each output."""

# Blocks this many times as long as the response waste little work and fit in a core's cache.
_BLOCKS_PER_RESPONSE = 2
_SHORTEST_BLOCK = 1 << 15


def convolved(samples: Samples, responses: Paths, *, late: int = 0) -> Float64[np.ndarray, "_ _"]:
    """y_o[n] = sum over i and k of h_oi[k] x_i[n - late - k], as long as the input.

    Computed by overlap-add in double precision; the error is the rounding of that.

    Args:
        samples: the inputs.
        responses: with one input to each output (`inputs` is 1), input i goes to output i, and one
            response serves all of them if `outputs` is 1.
        late: delay of the result, in samples. If it is negative, as many first samples of the
            response come before the sound that causes them.
    """
    length = samples.shape[1]
    # Taps that only reach beyond the end are dropped.
    responses = responses[:, :, : max(1, length - late)]
    taps = responses.shape[2]
    size = scipy.fft.next_fast_len(
        min(max(_BLOCKS_PER_RESPONSE * taps, _SHORTEST_BLOCK), length) + taps - 1, real=True
    )
    step = size - taps + 1
    spectra = scipy.fft.rfft(responses.astype(np.float64), size)
    parallel = responses.shape[1] == 1
    outputs = samples.shape[0] if parallel else responses.shape[0]
    out = np.zeros((outputs, length))
    for start in range(0, length, step):
        block = scipy.fft.rfft(samples[:, start : start + step].astype(np.float64), size)
        mixed = spectra[:, 0] * block if parallel else (spectra * block).sum(axis=1)
        _add(out, scipy.fft.irfft(mixed, size), start + late)
    return out


def _add(out: np.ndarray, block: np.ndarray, start: int) -> None:
    """Add a block from `start` on; parts outside of `out` are dropped."""
    first, last = max(start, 0), min(start + block.shape[1], out.shape[1])
    if first < last:
        out[:, first:last] += block[:, first - start : last - start]


def pink_power(responses: Paths, rate: int) -> float:
    """The power of the outputs together, for each unit of power of steady pink noise (20 Hz to 20
    kHz, or half the rate) at each input. The inputs are uncorrelated.

        sum_f (1 / f) sum_oi |H_oi(f)|^2 / (inputs sum_f 1 / f)
    """
    size = scipy.fft.next_fast_len(max(responses.shape[2], rate // 5), real=True)
    frequencies = scipy.fft.rfftfreq(size, 1.0 / rate)
    audible = (frequencies >= 20.0) & (frequencies <= 20_000.0)
    pink = 1.0 / frequencies[audible]
    spectra = scipy.fft.rfft(responses, size)[:, :, audible]
    powers = np.square(spectra.real) + np.square(spectra.imag)
    inputs = responses.shape[0] if responses.shape[1] == 1 else responses.shape[1]
    return float((powers.sum(axis=(0, 1)) * pink).sum() / (inputs * pink.sum()))

"""Declipping by sparsity: A-SPADE.

S. Kitić, N. Bertin and R. Gribonval, "Sparsity and cosparsity for audio declipping: a flexible
non-convex approach", LVA/ICA 2015, algorithm 1, in the form of P. Záviška, P. Rajmic, O. Mokrý and
Z. Průša, "A proper version of synthesis-based sparse audio declipper", ICASSP 2019. Of every frame
it looks for the samples that have few coefficients in a redundant Fourier transform A, that equal
the clipped sound where it is reliable, and that lie beyond the clipping level where it is not:

    z = H_k(A x + u),  x = the consistent samples nearest to A*(z - u),  u = u + A x - z,

where H_k keeps the k largest coefficients and k grows, until ||A x - z|| <= 0.01 ||A x||. As
published, k grows by 1 every r steps. Here it grows by 1 every second step up to about 37, then by
5 % a step, so that noisy frames end too, after 160 steps at most.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from jaxtyping import Bool, Float32, Float64

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.clipping import clipped_runs
from automix_bench.dsp.spectra.short_time import hann

__all__ = ["clipping_levels", "declipped"]

Frames = Float32[np.ndarray, "frames length"]
Masks = Bool[np.ndarray, "frames length"]
Row = Float64[np.ndarray, " samples"]

_FRAME_SECONDS = 0.046
_OVERLAP = 4
_TOLERANCE = 0.01
_GROWTH = 1.05
_REPEATS = 2
_MOST_STEPS = 160
# Samples this close to the level count as clipped: 24 bits round by 6e-8 of full scale.
_ROUNDING = 2e-7
_AT_ONCE = 32


def clipping_levels(audio: Audio) -> Float64[np.ndarray, "channels 2"]:
    """The level at which the lower and the upper half of each channel's wave is clipped.

    A half is clipped if it has a clipped run (`dsp.artifacts.clipping`) at its extreme: three or
    more equal samples, higher than all around. Its level is that extreme, as a magnitude. The level
    of a half that is not clipped is infinite.
    """
    levels = np.full((audio.channels, 2), np.inf)
    for upper, sign in enumerate((-1.0, 1.0)):
        half = audio.with_samples(np.maximum(sign * audio.samples, 0.0))
        for run in clipped_runs(half):
            extreme = float(half.samples[run.channel].max())
            if half.samples[run.channel, run.sample] >= extreme - _ROUNDING:
                levels[run.channel, upper] = extreme
    return levels


def declipped(audio: Audio) -> Audio:
    """The sound with its clipped samples restored; all other samples keep their bits.

    The clipping levels are those of `clipping_levels`. A sound that is not clipped is returned as
    it is. Frames of 46 ms with a Hann window, three quarters overlapping; twice as many
    coefficients as samples; channels one by one.
    """
    levels = clipping_levels(audio)
    if not np.isfinite(levels).any():
        return audio
    out = audio.samples.copy()
    for channel, (lower, upper) in enumerate(levels):
        samples = audio.samples[channel].astype(np.float64)
        low, high = samples <= _ROUNDING - lower, samples >= upper - _ROUNDING
        if low.any() or high.any():
            restored = _restored(samples, low, high, audio.rate)
            clipped = low | high
            out[channel, clipped] = restored[clipped].astype(np.float32)
    return audio.with_samples(out)


def _restored(
    samples: Row, low: Bool[np.ndarray, " samples"], high: Bool[np.ndarray, " samples"], rate: int
) -> Row:
    """The sparsest consistent samples, frame by frame, overlapped and added."""
    hop = max(1, round(_FRAME_SECONDS * rate / _OVERLAP))
    length = hop * _OVERLAP
    window = hann(length).astype(np.float32)
    size = len(samples)
    padded = np.pad(samples, (length - hop, length)).astype(np.float32)
    marks = np.pad(low.astype(np.int8) * -1 + high, (length - hop, length))
    starts = np.arange(0, len(padded) - length + 1, hop)
    view = np.lib.stride_tricks.sliding_window_view
    damaged = view(marks, length)[starts].any(axis=1)
    out = np.zeros(len(padded))
    weight = np.zeros(len(padded))
    chosen = starts[damaged]
    for first in range(0, len(chosen), _AT_ONCE):
        some = chosen[first : first + _AT_ONCE]
        frames = view(padded, length)[some] * window
        signs = view(marks, length)[some]
        for start, frame in zip(some, _sparsest(frames, signs == -1, signs == 1), strict=True):
            out[start : start + length] += window * frame
            weight[start : start + length] += window * window
    inside = slice(length - hop, length - hop + size)
    return out[inside] / np.maximum(weight[inside], 1e-9)


def _sparsest(frames: Frames, low: Masks, high: Masks) -> Frames:
    """A-SPADE on several frames side by side."""
    length = frames.shape[1]
    size = scipy.fft.next_fast_len(2 * length, real=True)
    scale = np.float32(1.0 / np.sqrt(size))
    answers = frames.copy()
    active = np.flatnonzero(np.abs(frames).max(axis=1) > 0.0)
    given, x = frames[active], frames[active].copy()
    below, above = low[active], high[active]
    spectra = scipy.fft.rfft(x, size) * scale
    dual = np.zeros_like(spectra)
    for step in range(1, _MOST_STEPS + 1):
        sparse = _largest(spectra + dual, max(-(-step // _REPEATS), int(_GROWTH**step)))
        nearest = scipy.fft.irfft((sparse - dual) / scale, size)[:, :length]
        x = given.copy()
        np.copyto(x, np.minimum(nearest, given), where=below)
        np.copyto(x, np.maximum(nearest, given), where=above)
        spectra = scipy.fft.rfft(x, size) * scale
        rest = spectra - sparse
        going = _norms(rest) > _TOLERANCE * _norms(spectra)
        answers[active] = x
        if not going.any():
            break
        dual = (dual + rest)[going]
        active, given, spectra = active[going], given[going], spectra[going]
        below, above = below[going], above[going]
    return answers


def _largest(spectra: np.ndarray, count: int) -> np.ndarray:
    """The `count` largest coefficients of each row; the others are zero."""
    powers = spectra.real**2 + spectra.imag**2
    if count >= powers.shape[1]:
        return spectra
    edge = np.partition(powers, powers.shape[1] - count, axis=1)[:, -count]
    return np.where(powers >= edge[:, np.newaxis], spectra, np.complex64(0.0))


def _norms(spectra: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.sum(spectra.real**2 + spectra.imag**2, axis=1)))

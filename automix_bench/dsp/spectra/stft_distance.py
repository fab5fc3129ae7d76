"""Distances of short-time spectra at several resolutions. The losses of mixing systems are such
distances; their sizes and weights are the arguments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.short_time import Signals, centred_spectra

_POWER_FLOOR = 1e-8

Part = Literal["channels", "sum", "difference"]


@dataclass(frozen=True)
class Resolution:
    """The sizes of a transform, in samples: its points, the step between frames, the length of the
    Hann window."""

    fft_size: int
    hop: int
    width: int


@dataclass(frozen=True)
class Weights:
    """The weights of the terms of a distance.

    Attributes:
        convergence: of || |R| - |E| ||_F / || |R| ||_F.
        logarithmic: of mean | ln |R| - ln |E| |.
        linear: of mean | |R| - |E| |.
    """

    convergence: float = 1.0
    logarithmic: float = 1.0
    linear: float = 0.0


AURALOSS_RESOLUTIONS = (
    Resolution(1024, 120, 600),
    Resolution(2048, 240, 1200),
    Resolution(512, 50, 240),
)
"""The default resolutions of auraloss's `MultiResolutionSTFTLoss`."""


def overlapping(fft_sizes: Sequence[int], frames_per_window: int) -> tuple[Resolution, ...]:
    """Resolutions whose windows are as long as their transforms, with each sample in this many
    frames."""
    return tuple(Resolution(size, size // frames_per_window, size) for size in fft_sizes)


def channels_distance(
    reference: Audio, estimate: Audio, resolutions: Sequence[Resolution], weights: Weights
) -> float:
    """The mean over resolutions of the weighted terms, over all channels together. NaN for a silent
    reference and for one too short to be reflected; infinite for a silent estimate."""
    if _undefined(reference, resolutions):
        return math.nan
    if not estimate.samples.any():
        return math.inf
    return _distance(reference, estimate, "channels", resolutions, weights)


def sum_and_difference_distance(
    reference: Audio, estimate: Audio, resolutions: Sequence[Resolution], weights: Weights
) -> float:
    """The mean of the distances of left plus right and of left minus right; a mono sound is
    measured as two equal channels. NaN and infinite as `channels_distance`, and NaN for more than
    two channels."""
    if reference.channels > 2 or _undefined(reference, resolutions):
        return math.nan
    if not estimate.samples.any():
        return math.inf
    of_sum = _distance(reference, estimate, "sum", resolutions, weights)
    return (of_sum + _distance(reference, estimate, "difference", resolutions, weights)) / 2.0


def _undefined(reference: Audio, resolutions: Sequence[Resolution]) -> bool:
    longest_pad = max(resolution.width // 2 for resolution in resolutions)
    return reference.length <= longest_pad or not reference.samples.any()


def _distance(
    reference: Audio, estimate: Audio, part: Part, resolutions: Sequence[Resolution], by: Weights
) -> float:
    terms = []
    for resolution in resolutions:
        sums = _sums(reference, estimate, part, resolution)
        terms += [
            by.convergence * math.sqrt(sums.squared / sums.norm),
            by.logarithmic * sums.logarithms / sums.count,
            by.linear * sums.linear / sums.count,
        ]
    return math.fsum(terms) / len(resolutions)


@dataclass(frozen=True)
class _Sums:
    """Sums over all bins of the magnitudes R and E, floored at 1e-4: the number of bins, R^2, (R -
    E)^2, | R - E |, | ln R - ln E |."""

    count: int
    norm: float
    squared: float
    linear: float
    logarithms: float


@shared
def _sums(reference: Audio, estimate: Audio, part: Part, sizes: Resolution) -> _Sums:
    """Shared, as the presets of several metrics have resolutions in common."""
    sounds = _taken(reference, part), _taken(estimate, part)
    if not any(sound.any() for sound in sounds):  # such as the difference of two equal channels
        return _Sums(1, _POWER_FLOOR, 0.0, 0.0, 0.0)
    # auraloss reflects half a transform and centres the window in it. Beyond half a window from the
    # centre its window is zero, so reflecting half a window gives the same magnitudes.
    spectra = [
        centred_spectra(
            sound, width=sizes.width, hop=sizes.hop, fft_size=sizes.fft_size, ends="reflect"
        )
        for sound in sounds
    ]
    blocks = [_block_sums(expected, got) for expected, got in zip(*spectra, strict=True)]
    return _Sums(*(sum(each) for each in zip(*map(astuple, blocks), strict=True)))


def _taken(audio: Audio, part: Part) -> Signals:
    if part == "channels":
        return audio.samples
    left, right = audio.samples[:1], audio.samples[-1:]
    taken: Signals = left + right if part == "sum" else left - right
    return taken


def _block_sums(expected: np.ndarray, got: np.ndarray) -> _Sums:
    """The sums of a block of frames; its powers are overwritten."""
    exact = np.result_type(expected, got)
    expected, got = (powers.ravel().astype(exact, copy=False) for powers in (expected, got))
    apart, quotients = np.empty_like(expected), np.empty(expected.size - 3 * (expected.size // 4))
    _compare(expected, got, exact.type(_POWER_FLOOR), apart, quotients)
    logarithms, linear = float(np.log(quotients).sum()), float(apart.sum())
    norm, squared = (float(np.square(each).sum()) for each in (expected, apart))
    return _Sums(expected.size, norm, squared, linear, logarithms)


@compiled
@no_type_check
def _compare(
    expected: np.ndarray, got: np.ndarray, floor: float, apart: np.ndarray, quotients: np.ndarray
) -> None:
    """Turn powers into floored magnitudes, in place. Fill `apart` with their absolute differences,
    and `quotients` with the larger over the smaller. Each quotient is a product over four bins, so
    that one logarithm serves four; it is finite up to magnitudes of 1e73. There are no sums here,
    so the compiler makes vector instructions of the loops."""
    for n in range(expected.size):
        one = expected[n] if expected[n] > floor else floor
        other = got[n] if got[n] > floor else floor
        expected[n], got[n] = np.sqrt(one), np.sqrt(other)
        apart[n] = abs(expected[n] - got[n])
    many = expected.size // 4
    w0, w1, w2, w3 = expected[:many], expected[many:], expected[2 * many :], expected[3 * many :]
    g0, g1, g2, g3 = got[:many], got[many:], got[2 * many :], got[3 * many :]
    for n in range(many):
        above = _larger(w0[n], g0[n]) * _larger(w1[n], g1[n])
        above *= _larger(w2[n], g2[n]) * _larger(w3[n], g3[n])
        below = _smaller(w0[n], g0[n]) * _smaller(w1[n], g1[n])
        below *= _smaller(w2[n], g2[n]) * _smaller(w3[n], g3[n])
        quotients[n] = np.divide(above, below)
    for n in range(4 * many, expected.size):
        above, below = _larger(expected[n], got[n]), _smaller(expected[n], got[n])
        quotients[n - 3 * many] = np.divide(above, below)


@compiled
@no_type_check
def _larger(one: float, other: float) -> float:
    return np.float64(one if one > other else other)


@compiled
@no_type_check
def _smaller(one: float, other: float) -> float:
    return np.float64(other if one > other else one)

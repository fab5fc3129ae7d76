"""Distances of short-time spectra at several resolutions: what the losses of the field's mixing
systems have in common, with their sizes and weights as arguments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.spectrum import Powers, Signals, centred_spectra

_POWER_FLOOR = 1e-8


@dataclass(frozen=True)
class Resolution:
    """Of a transform, in samples: its points, the step between frames, the Hann window's length."""

    fft_size: int
    hop: int
    width: int


@dataclass(frozen=True)
class Weights:
    """Of the parts of a distance.

    Attributes:
        convergence: of || |R| - |E| ||_F / || |R| ||_F.
        logarithmic: of mean | ln |R| - ln |E| |.
        linear: of mean | |R| - |E| |.
    """

    convergence: float = 1.0
    logarithmic: float = 1.0
    linear: float = 0.0


def overlapping(fft_sizes: Sequence[int], frames_per_window: int) -> tuple[Resolution, ...]:
    """Windows as long as their transforms, each sample in so many frames."""
    return tuple(Resolution(size, size // frames_per_window, size) for size in fft_sizes)


def channels_distance(
    reference: Audio, estimate: Audio, resolutions: Sequence[Resolution], weights: Weights
) -> float:
    """The mean over resolutions of the weighted parts, over all channels together. NaN for a silent
    reference and for one too short to be reflected, infinite for a silent estimate."""
    if _undefined(reference, resolutions):
        return math.nan
    if not estimate.samples.any():
        return math.inf
    return _distance(reference.samples, estimate.samples, resolutions, weights)


def sum_and_difference_distance(
    reference: Audio, estimate: Audio, resolutions: Sequence[Resolution], weights: Weights
) -> float:
    """The mean of the distances of left plus right and of left minus right; of a mono sound as of
    two equal channels. NaN and infinite as above, NaN for more than two channels."""
    if reference.channels > 2 or _undefined(reference, resolutions):
        return math.nan
    if not estimate.samples.any():
        return math.inf
    pairs = zip(_sum_and_difference(reference), _sum_and_difference(estimate), strict=True)
    return sum(_distance(wanted, got, resolutions, weights) for wanted, got in pairs) / 2.0


def _undefined(reference: Audio, resolutions: Sequence[Resolution]) -> bool:
    longest_pad = max(resolution.width // 2 for resolution in resolutions)
    return reference.length <= longest_pad or not reference.samples.any()


def _sum_and_difference(audio: Audio) -> tuple[Signals, Signals]:
    left, right = audio.samples[:1], audio.samples[-1:]
    return left + right, left - right


def _distance(
    reference: Signals, estimate: Signals, resolutions: Sequence[Resolution], weights: Weights
) -> float:
    found = [_at(reference, estimate, resolution, weights) for resolution in resolutions]
    return math.fsum(found) / len(found)


def _at(reference: Signals, estimate: Signals, sizes: Resolution, weights: Weights) -> float:
    """The weighted parts at one resolution. Magnitudes are floored at 1e-4."""
    squared = norm = logarithms = differences = 0.0
    count = 0
    for powers in zip(_spectra(reference, sizes), _spectra(estimate, sizes), strict=True):
        wanted, got = (np.maximum(power, _POWER_FLOOR) for power in powers)
        if weights.logarithmic:
            logarithms += 0.5 * float(np.abs(np.log(wanted / got)).sum())
        if weights.convergence or weights.linear:
            difference = np.sqrt(wanted) - np.sqrt(got)
            squared += float(np.square(difference).sum()) if weights.convergence else 0.0
            differences += float(np.abs(difference).sum()) if weights.linear else 0.0
        norm += float(wanted.sum()) if weights.convergence else 0.0
        count += wanted.size
    parts = [weights.logarithmic * logarithms / count, weights.linear * differences / count]
    if weights.convergence:
        parts.append(weights.convergence * math.sqrt(squared / norm))
    return math.fsum(parts)


def _spectra(samples: Signals, sizes: Resolution) -> Iterator[Powers]:
    # auraloss reflects half a transform and centres the window in it. Its window is zero further
    # than half a window from the centre, so reflecting half a window gives the same magnitudes.
    return centred_spectra(
        samples, width=sizes.width, hop=sizes.hop, fft_size=sizes.fft_size, ends="reflect"
    )

"""Relative errors of tracks (mean absolute percentage errors), as FxNorm-Automix and
automix-toolkit compute them. The results are fractions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.published.fxnorm_features import (
    AVERAGED,
    FRAME,
    dynamics_tracks,
    frame_levels,
    has_frames,
    low_ratio_track,
    panning_track,
    sounding_span,
    whole_level,
)
from automix_bench.dsp.published.fxnorm_spectrum import FEATURES, spectral_track

# pyloudnorm knows no LFE, and stops with an error at more.
_MOST_CHANNELS = 5
_EPSILON = float(np.finfo(np.float64).eps)

Track = Callable[[Audio, int, int], np.ndarray]


def spectral_error(*, reference: Audio, estimate: Audio, of: str, trimmed: bool) -> float:
    """The error of a feature of the spectrum (`fxnorm_spectrum`). Contrast is undefined at rates of
    4 kHz and lower, as its highest band begins at 2 kHz.

    Args:
        of: one of `fxnorm_spectrum.FEATURES`.
        trimmed: whether both sounds are cut to the sounding span of the reference.
    """
    if of == "contrast" and reference.rate <= 4_000:
        return math.nan
    span = sounding_span(reference) if trimmed else (0, reference.length)
    return _error(
        reference, estimate, span, lambda one, start, stop: spectral_track(one, start, stop, of)
    )


def spectral_mean_error(*, reference: Audio, estimate: Audio, trimmed: bool) -> float:
    """The mean of the errors of the five features of the spectrum."""
    errors = [
        spectral_error(reference=reference, estimate=estimate, of=of, trimmed=trimmed)
        for of in FEATURES
    ]
    return math.fsum(errors) / len(errors)


def dynamics_error(*, reference: Audio, estimate: Audio, of: int, trimmed: bool) -> float:
    """The error of one of the three `dynamics_tracks`."""
    span = sounding_span(reference) if trimmed else (0, reference.length)
    return _error(reference, estimate, span, lambda one, *cut: dynamics_tracks(one, *cut)[of])


def dynamics_mean_error(*, reference: Audio, estimate: Audio, trimmed: bool) -> float:
    """The mean of the errors of the three `dynamics_tracks`."""
    errors = [
        dynamics_error(reference=reference, estimate=estimate, of=of, trimmed=trimmed)
        for of in range(3)
    ]
    return math.fsum(errors) / len(errors)


def panning_mean_error(*, reference: Audio, estimate: Audio, fft_size: int, trimmed: bool) -> float:
    """The mean of the errors of the four rows of `panning_track`, over the frames in which the
    reference has a side signal. Undefined for mono, and for stereo with equal channels."""
    start, stop = sounding_span(reference) if trimmed else (0, reference.length)
    if reference.channels != 2 or not _measurable(reference, start, stop, fft_size):
        return math.nan
    expected = panning_track(reference, start, stop, fft_size)
    sided = expected[0] != 0.0
    if np.count_nonzero(sided) < AVERAGED:
        return math.nan
    if not estimate.samples[:, start:stop].any():
        return math.inf
    got = panning_track(estimate, start, stop, fft_size)
    means = (_running_mean(one[:, sided]) for one in (expected, got))
    errors = [_percentage(*rows) for rows in zip(*means, strict=True)]
    return math.fsum(errors) / len(errors)


def low_ratio_error(*, reference: Audio, estimate: Audio) -> float:
    """The error of `low_ratio_track`, untrimmed."""
    return _error(reference, estimate, (0, reference.length), low_ratio_track)


def level_error(*, reference: Audio, estimate: Audio, of: str) -> float:
    """The error of `frame_levels`, both sounds cut to the sounding span of the reference: of
    running means, or of the mean where there are forty frames or fewer. Undefined where a frame of
    the reference has no level, and for loudness of more than five channels."""
    start, stop = sounding_span(reference)
    too_many = of == "lufs" and reference.channels > _MOST_CHANNELS
    if too_many or stop - start < math.ceil(0.4 * reference.rate):
        return math.nan
    expected, got = (
        _level_means(frame_levels(audio, start, stop, of)) for audio in (reference, estimate)
    )
    return _percentage(expected, got)


def whole_level_error(*, reference: Audio, estimate: Audio, of: str) -> float:
    """The error of `whole_level`. Undefined where the reference has none, and for loudness of more
    than five channels."""
    too_many = reference.channels > _MOST_CHANNELS
    if of == "lufs" and (too_many or reference.length < 0.4 * reference.rate):
        return math.nan
    expected, got = (np.array([whole_level(audio, of)]) for audio in (reference, estimate))
    return _percentage(expected, got)


def _level_means(levels: np.ndarray) -> np.ndarray:
    if not np.isfinite(levels).all():
        return np.array([-math.inf])
    if levels.shape[1] > AVERAGED:
        return _running_mean(levels)
    return np.asarray(levels.mean(1))


def _measurable(reference: Audio, start: int, stop: int, fft_size: int) -> bool:
    return has_frames(start, stop, fft_size) and bool(reference.samples[:, start:stop].any())


def _error(reference: Audio, estimate: Audio, span: tuple[int, int], track: Track) -> float:
    if not _measurable(reference, *span, FRAME):
        return math.nan
    if not estimate.samples[:, slice(*span)].any():
        return math.inf
    return _percentage(*(_running_mean(track(one, *span)) for one in (reference, estimate)))


def _running_mean(track: np.ndarray) -> np.ndarray:
    sums = np.cumsum(np.pad(track, ((0, 0), (1, 0))), axis=1)
    means: np.ndarray = (sums[:, AVERAGED:] - sums[:, :-AVERAGED]) / AVERAGED
    return means


def _percentage(expected: np.ndarray, got: np.ndarray) -> float:
    """mean |got - expected| / |expected|, a fraction; NaN where `expected` is not finite, infinite
    where only `got` is not finite."""
    if not np.isfinite(expected).all():
        return math.nan
    if not np.isfinite(got).all():
        return math.inf
    return float(np.mean(np.abs(got - expected) / np.maximum(np.abs(expected), _EPSILON)))

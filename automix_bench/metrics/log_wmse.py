"""Logarithm of the frequency-weighted error of stems, which may be silent."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping

import numpy as np
import scipy.fft
import scipy.signal
import soxr
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.filters import biquad, butterworth
from automix_bench.dsp.filters.convolution import convolved
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, Peer, stems_metric

__all__ = ["log_wmse"]

_RATE = 44_100
_TAPS = 4_000
_GRID = 8_192
_SMALLEST = 1e-8
_INAUDIBLE = 10.0 ** (-68.0 / 20.0)
_BEST = -4.0 * math.log(_SMALLEST)


def _package(*, reference: Audio, estimate: Audio) -> float:
    from log_wmse_audio_quality import calculate_log_wmse

    mix, given = reference.samples, estimate.samples
    return float(calculate_log_wmse(mix, given, mix, reference.rate))


@stems_metric(
    unit="1",
    better="higher",
    low=-40.0,
    high=_BEST,
    perfect=_BEST,
    step=0.2,
    blind_to=(),
    sees=("noise", "clip", "compression", "reverb", "level", "width", "codec"),
    source="I. Jordal, log-wmse-audio-quality 0.2.0, 2024 (Apache-2.0): its formula; its filter, "
    "after Fenton & Lee, AES 142, 2017, is designed anew and lies within 0.03 dB of the stored one",
    known=(
        Known(
            "half the level: the error is half the mix at 0 dB RMS, -4 ln(0.25 + 1e-8)",
            lambda: (written((0.0, 1.0) * 4_000), written((0.0, 0.5) * 4_000)),
            5.5452,
            0.01,
        ),
    ),
    peers=(Peer("log-wmse-audio-quality", ("log_wmse_audio_quality",), _package, 0.05),),
)
def log_wmse(
    *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
) -> Mapping[str, float]:
    """Logarithm of the frequency-weighted mean square error, for stems that may be silent.

        g_c = 1 / rms(h * x_c),   d_c = h * (g_c (e_c - s_c)),   d_c[n] = 0 where it is under -68 dB
        mean over channels c of  -4 ln( mean over n of d_c[n]^2 + 1e-8 )

    s is the reference, e the estimate, x the sum of all references of the song (the mix), and * a
    convolution; all sounds are at 44.1 kHz. h has zero phase and 4,000 taps: a high shelf of 5 dB
    at 1.5 kHz, a high pass at 120 Hz, a bell of 2.5 dB at 500 Hz and a low pass at 10 kHz. The
    scale is roughly that of SDR in dB: 4 is poor, 30 very good, and 73.68 means no audible error. A
    silent stem of a song is scored: an estimate that is silent too is perfect. A mono stem of a
    stereo song stands in both channels. In a channel where the mix is silent, g is 1 / rms over all
    channels; there the package gives the best value, whatever the estimate.

    Undefined (NaN) where the mix is silent, or too short for one sample at 44.1 kHz. A silent
    estimate of a stem that sounds, to which the equation would give 0 or more, gets the worst
    value.
    """
    channels = max(audio.channels for audio in references.values())
    mix = sum(
        np.broadcast_to(audio.samples, (channels, audio.length)) for audio in references.values()
    )
    rate = next(iter(references.values())).rate
    weighted = _weighted(np.asarray(mix, np.float32), rate)
    levels = np.sqrt(np.mean(np.square(weighted), axis=1)) if weighted.size else np.zeros(channels)
    if not levels.any():
        return dict.fromkeys(references, math.nan)
    levels[levels == 0.0] = math.sqrt(float(np.mean(np.square(levels))))
    return {
        name: _value(reference, estimates[name], levels) if name in estimates else math.nan
        for name, reference in references.items()
    }


def _value(reference: Audio, estimate: Audio, levels: Float64[np.ndarray, " channels"]) -> float:
    if reference.samples.any() and not estimate.samples.any():
        return -math.inf
    error = np.asarray(estimate.samples - reference.samples)
    weighted_error = _weighted(error, reference.rate) / levels[:, np.newaxis]
    weighted_error[np.abs(weighted_error) < _INAUDIBLE] = 0.0
    return float(np.mean(-4.0 * np.log(np.mean(np.square(weighted_error), axis=1) + _SMALLEST)))


def _weighted(samples: np.ndarray, rate: int) -> Float64[np.ndarray, "_ _"]:
    """At 44.1 kHz, through the filter."""
    if rate != _RATE:
        samples = np.ascontiguousarray(soxr.resample(samples.T, rate, _RATE, "HQ").T)
    if not samples.size:
        return samples.astype(np.float64)
    return convolved(samples, _weighting()[np.newaxis, np.newaxis], late=1 - _TAPS // 2)


@functools.cache
def _weighting() -> Float64[np.ndarray, " taps"]:
    """The impulse response, its middle at tap `_TAPS / 2 - 1`."""
    sections = (
        biquad.high_shelf(1_500.0, 5.0, math.sqrt(0.5), _RATE),
        *butterworth.high_pass(120.0, 2, _RATE),
        biquad.peaking(500.0, 2.5, 1.5 * math.sqrt(0.5), _RATE),
        # There and back, which turns the phase back.
        *butterworth.low_pass(10_000.0, 1, _RATE),
        *butterworth.low_pass(10_000.0, 1, _RATE),
    )
    angles = 2.0 * np.pi * np.arange(_GRID // 2 + 1) / _GRID
    response = np.ones(len(angles))
    for one in sections:
        _, passed = scipy.signal.freqz((one.b0, one.b1, one.b2), (1.0, one.a1, one.a2), angles)
        response *= np.abs(passed)
    taps = np.fft.fftshift(scipy.fft.irfft(response, _GRID))
    first = _GRID // 2 + 1 - _TAPS // 2
    return np.asarray(taps[first : first + _TAPS])

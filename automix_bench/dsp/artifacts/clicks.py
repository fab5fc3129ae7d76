"""Clicks: moments at which a sound jumps although neither the samples before nor those after
predict it.

Each channel is predicted from its own past by linear prediction of order 32, fitted on Hann windows
of 46 ms. A click is a sample whose residual is larger, in absolute value, than 20 times (26 dB) the
mean absolute residual of both the 5 ms before it and the 5 ms that begin 1 ms after it: a drum's
attack is followed by the noise of the drum, a click by nothing. After Godsill & Rayner, "Digital
Audio Restoration", 1998, chapter 5, which compares with the level around on both sides at once.

A residual below 1.5e-5 (-96 dB full scale) counts as that large, so jumps below about -70 dB are
not found. The first and the last millisecond are not examined, as an excerpt may begin anywhere.
"""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.artifacts.artifact import Artifact, Detector, in_order
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.short_time import hann

_ORDER = 32
_WINDOW_SECONDS = 2048 / 44_100
_AROUND_SECONDS = 0.005
_APART_SECONDS = 0.001
_STANDS_OUT = 20.0
_FLOOR = 1.5e-5
# Factor on the autocorrelation at lag 0: noise 90 dB down keeps the prediction of pure tones
# finite.
_WHITE = 1.0 + 1e-9


@shared
def clicks(audio: Audio) -> tuple[Artifact, ...]:
    """Every click, in order. The size is the ratio, in dB, of the largest residual to the residual
    around it. Samples of a channel that stand out within a millisecond of the first of them are one
    click, from the first to the last of them."""
    apart = max(_ORDER, round(_APART_SECONDS * audio.rate))
    if audio.length <= 2 * apart:
        return ()
    window = hann(2 * max(_ORDER, round(_WINDOW_SECONDS * audio.rate / 2)))
    clicks_found: list[Artifact] = []
    around = max(apart, round(_AROUND_SECONDS * audio.rate))
    for channel, samples in enumerate(audio.samples):
        residual = np.abs(_residual(samples.astype(np.float64), window, _ORDER))
        clicks_found += _peaks(_standing_out(residual, apart, around, _FLOOR), channel, apart)
    return in_order(clicks_found)


def _peaks(ratios: np.ndarray, channel: int, apart: int) -> list[Artifact]:
    peaks: list[Artifact] = []
    for at in np.flatnonzero(ratios > _STANDS_OUT):
        size = decibels(float(ratios[at]))
        if peaks and at - peaks[-1].sample < apart:
            begun, largest = peaks[-1].sample, max(peaks[-1].size, size)
            peaks[-1] = Artifact("click", channel, begun, int(at) - begun + 1, largest)
        else:
            peaks.append(Artifact("click", channel, int(at), 1, size))
    return peaks


CLICKS = Detector("click", unit="dB over the residual around it", find=clicks)


@compiled
@no_type_check
def _residual(samples: np.ndarray, window: np.ndarray, order: int) -> np.ndarray:
    """The residual of linear prediction; 0 in a silent window and before the `order`-th sample."""
    out = np.zeros(len(samples))
    width = len(window)
    hop = width // 2
    lags, taps, last = np.zeros(order + 1), np.zeros(order), np.zeros(order)
    frame, predicted = np.zeros(width), np.zeros(hop)
    for start in range(0, len(samples), hop):
        for i in range(width):
            n = start - hop // 2 + i
            frame[i] = samples[n] * window[i] if 0 <= n < len(samples) else 0.0
        for lag in range(order + 1):
            lags[lag] = np.dot(frame[lag:], frame[: width - lag])
        if lags[0] <= 0.0:
            continue
        # Levinson's recursion.
        error = lags[0] * _WHITE
        for i in range(order):
            taps[i] = 0.0
        for i in range(order):
            reflection = lags[i + 1]
            for j in range(i):
                reflection -= taps[j] * lags[i - j]
            reflection /= error
            for j in range(i):
                last[j] = taps[j]
            for j in range(i):
                taps[j] = last[j] - reflection * last[i - 1 - j]
            taps[i] = reflection
            error *= 1.0 - reflection * reflection
        # Tap by tap, so that the compiler makes vector instructions of it.
        first, end = max(start, order), min(start + hop, len(samples))
        predicted[:] = 0.0
        for j in range(order):
            tap, past = taps[j], samples[first - 1 - j : end - 1 - j]
            for n in range(end - first):
                predicted[n] += tap * past[n]
        for n in range(first, end):
            out[n] = samples[n] - predicted[n - first]
    return out


@compiled
@no_type_check
def _standing_out(residual: np.ndarray, apart: int, around: int, floor: float) -> np.ndarray:
    """The ratio of each residual to the larger of two means: of the `around` residuals before it,
    and of as many that begin `apart` after it. 0 for the first and the last `apart`."""
    ratios = np.zeros(len(residual))
    sums = np.zeros(len(residual) + 1)
    for n in range(len(residual)):
        sums[n + 1] = sums[n] + residual[n]
    for n in range(apart, len(residual) - apart):
        begin, end = max(n - around, 0), min(n + apart + around, len(residual))
        before = (sums[n] - sums[begin]) / (n - begin)
        after = (sums[end] - sums[n + apart]) / (end - n - apart)
        ratios[n] = residual[n] / max(before, after, floor)
    return ratios

"""Loudness, loudness range and true peak of one sound, after ITU-R BS.1770 and EBU R 128.

All loudness is computed from the K-weighted energy of steps of 10 ms, which is measured once a
sound.

    power of a window = sum over channels of G * mean square       L = -0.691 + 10 log10(power)

with G = 1 for left, right and centre, and 1.41 (1.5 dB) for the surrounds. Of up to five channels
these are the fourth and the fifth. Six channels are 5.1 in the order of WAV files: left, right,
centre, LFE, and two surrounds; the LFE is left out. More channels have no order that all agree on,
so their loudness is undefined. A mono sound is one front channel, as in the standard: 3.01 LU less
than the same in two channels.

Integrated loudness agrees with libebur128 to 1e-9 LU on music. It agrees with pyloudnorm if that is
given the filter coefficients of De Man (`filter_class="DeMan"`) and whole blocks only. pyloudnorm's
default filter is a different one, of round numbers (a shelf of 4 dB at 1500 Hz, a pass at 38 Hz):
with it, music at 44.1 kHz reads 0.043 to 0.045 LU low.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float64, Int64

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.filters.k_weighting import LOWEST_RATE, weighted_energies
from automix_bench.dsp.memo import measured_once

BLOCK_SECONDS = 0.4
"""The window of momentary loudness, and the block of integrated loudness; ten begin every
second."""
SHORT_TERM_SECONDS = 3.0

GATE_LUFS = -70.0
_GATE_LU = 10.0
_RANGE_GATE_LU = 20.0
_OFFSET_DB = -0.691
_CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)
_WEIGHTS_5_1 = (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)

STEPS_A_SECOND = 100
_STEPS_A_HOP = 10

Row = Float64[np.ndarray, " values"]


class NoLoudness(ValueError):
    """Loudness is not defined for a sound: it is too short, has too many channels, or too low a
    rate. The message is the reason."""


def or_nan(measure: Callable[[Audio], float], audio: Audio) -> float:
    """The value of one of the functions of this file; NaN where it raises `NoLoudness`."""
    try:
        return measure(audio)
    except NoLoudness:
        return math.nan


@measured_once
def integrated_lufs(audio: Audio) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770-5: K-weighting, 400 ms blocks every 100 ms, gates
    at -70 LUFS and 10 LU below the mean); `-inf` where no block passes the first gate. An
    incomplete block at the end does not count.

    Raises:
        NoLoudness: the audio is shorter than one block of 0.4 s, has more than 6 channels, or a
            rate under 4 kHz.
    """
    return integrated_of_powers(block_powers(audio))


def block_powers(audio: Audio) -> Row:
    """The power of each block of 400 ms, one every 100 ms. Powers of sounds that are not alike add.

    Raises:
        NoLoudness: as `integrated_lufs`.
    """
    return _powers(audio, BLOCK_SECONDS, _STEPS_A_HOP)


def integrated_of_powers(powers: Row) -> float:
    """The integrated loudness of a sound with these `block_powers`, in LUFS; `-inf` where no block
    passes the first gate."""
    passed = _gated(powers, _GATE_LU)
    return float(_lufs(np.mean(passed, keepdims=True))[0]) if passed.size else -math.inf


@measured_once
def momentary_max_lufs(audio: Audio) -> float:
    """The loudest 0.4 s, in LUFS (EBU Tech 3341); `-inf` for silence. Windows begin every 10 ms: a
    burst of 0.4 s reads low by 0.06 LU at most.

    Raises:
        NoLoudness: as `integrated_lufs`.
    """
    return float(_lufs(_powers(audio, BLOCK_SECONDS, 1)).max())


@measured_once
def short_term_max_lufs(audio: Audio) -> float:
    """The loudest 3 s, in LUFS (EBU Tech 3341), of windows that begin every 10 ms; `-inf` for
    silence.

    Raises:
        NoLoudness: the audio is shorter than 3 s, or as `integrated_lufs`.
    """
    return float(_lufs(_powers(audio, SHORT_TERM_SECONDS, 1)).max())


@measured_once
def loudness_range_lu(audio: Audio) -> float:
    """Loudness range in LU (EBU Tech 3342): from the 10th to the 95th percentile of short-term
    loudness, windows of 3 s every 100 ms, gated at -70 LUFS and 20 LU below their mean power; NaN
    where no window passes the first gate. For less than a minute it says little.

    Raises:
        NoLoudness: as `short_term_max_lufs`.
    """
    passed = _gated(_powers(audio, SHORT_TERM_SECONDS, _STEPS_A_HOP), _RANGE_GATE_LU)
    if not passed.size:
        return math.nan
    levels = np.sort(_lufs(passed))
    low, high = (levels[math.floor((levels.size - 1) * part + 0.5)] for part in (0.10, 0.95))
    return float(high - low)


def short_term_lufs(audio: Audio) -> Row:
    """Short-term loudness in LUFS of windows of 3 s every 100 ms; `-inf` where all is silent.

    Raises:
        NoLoudness: as `short_term_max_lufs`.
    """
    return _lufs(_powers(audio, SHORT_TERM_SECONDS, _STEPS_A_HOP))


@measured_once
def true_peak_dbtp(audio: Audio) -> float:
    """True peak in dBTP: the largest absolute value over all channels of the signal at four times
    its rate (two times from 96 kHz, its own from 192 kHz), after ITU-R BS.1770-5 annex 2; never
    below the largest sample; `-inf` for silence.

    Four times the rate is a grid, so a crest between its points reads low: by 0.17 dB at most at a
    quarter of the rate, by 0.44 dB at 0.4 and 0.55 dB at 0.45 of it. The error on music is far
    smaller, as its crests consist of lower tones. Above 0.46 of the rate the interpolation filter
    falls off, and a tone reads as its samples do.
    """
    return decibels(float(true_peaks(audio).max()))


@measured_once
def true_peaks(audio: Audio) -> Row:
    """The largest absolute value, as for `true_peak_dbtp` but linear, in each step of 10 ms; the
    last step is the remainder."""
    import soxr

    factor = 4 if audio.rate < 96_000 else 2 if audio.rate < 192_000 else 1
    begins = _edges(audio.rate, -(-audio.length * STEPS_A_SECOND // audio.rate))
    begins = np.unique(begins[begins < audio.length])
    peaks = _extremes(audio.samples, begins).max(axis=0)
    if factor > 1 and peaks.any():
        dense = soxr.resample(audio.samples.T, audio.rate, audio.rate * factor, quality="HQ").T
        begins = begins * factor
        begins = begins[begins < dense.shape[1]]
        between = _extremes(dense, begins).max(axis=0)
        peaks[: begins.size] = np.maximum(peaks[: begins.size], between)
    return _read_only(peaks.astype(np.float64))


def _extremes(rows: np.ndarray, begins: Int64[np.ndarray, " steps"]) -> np.ndarray:
    """The largest absolute value of each row from each beginning to the next."""
    highest = np.maximum.reduceat(rows, begins, axis=1)
    extremes: np.ndarray = np.maximum(highest, -np.minimum.reduceat(rows, begins, axis=1))
    return extremes


def _powers(audio: Audio, seconds: float, every: int) -> Row:
    """The power of windows of `seconds`, one every `every` steps."""
    if audio.seconds < seconds:
        raise NoLoudness(f"loudness wants at least {seconds} s, got {audio.seconds:.3f} s")
    energies, steps = _energies(audio), round(seconds * STEPS_A_SECOND)
    sums = np.lib.stride_tricks.sliding_window_view(energies, steps)[::every].sum(axis=1)
    edges = _edges(audio.rate, energies.size)
    powers: Row = sums / (edges[steps:] - edges[:-steps])[::every]
    return powers


@measured_once
def _energies(audio: Audio) -> Row:
    """The sum of the squares of each whole step of 10 ms, over channels, weighted."""
    if audio.channels > len(_WEIGHTS_5_1):
        most = len(_WEIGHTS_5_1)
        raise NoLoudness(f"loudness is of at most {most} channels, got {audio.channels}")
    if audio.rate < LOWEST_RATE:
        raise NoLoudness(f"loudness wants a rate of at least {LOWEST_RATE} Hz, got {audio.rate}")
    steps = (STEPS_A_SECOND * audio.length + STEPS_A_SECOND // 2 - 1) // audio.rate
    energies = weighted_energies(audio, _edges(audio.rate, steps))
    surround = audio.channels == len(_WEIGHTS_5_1)
    weights = np.array(_WEIGHTS_5_1 if surround else _CHANNEL_WEIGHTS[: audio.channels])
    return _read_only(np.sum(weights[:, np.newaxis] * energies, axis=0))


def _edges(rate: int, steps: int) -> Int64[np.ndarray, " edges"]:
    """The samples at which steps of 10 ms begin, and at which the last one ends, to the nearest
    sample."""
    numbers = np.arange(steps + 1, dtype=np.int64)
    return (numbers * rate + STEPS_A_SECOND // 2) // STEPS_A_SECOND


def _gated(powers: Row, below_mean_lu: float) -> Float64[np.ndarray, " passed"]:
    """The powers above -70 LUFS that are also above the gate relative to their mean."""
    loud = powers[_lufs(powers) > GATE_LUFS]
    return loud[loud > np.mean(loud) * 10.0 ** (-below_mean_lu / 10.0)] if loud.size else loud


def _lufs(powers: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        levels: np.ndarray = _OFFSET_DB + 10.0 * np.log10(powers)
    return levels


def _read_only(row: Row) -> Row:
    row.flags.writeable = False
    return row

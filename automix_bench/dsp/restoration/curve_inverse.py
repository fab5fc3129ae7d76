"""Blind inversion of a memoryless distortion: find the curve whose inverse makes the sound sparse.

A distortion without memory fills the gaps between the partials of a sound with harmonics and their
differences. Inverting the right curve takes them away; too little leaves some, too much makes new
ones. So, of a family of curves, that one is inverted which leaves the spectrum least flat. To find
the inverse of an unknown curve by a property of the sound that it returns is the method of J. Solé,
C. Jutten and A. Taleb, "Parametric approach to blind deconvolution of nonlinear channels",
Neurocomputing 48, 2002; their property is independence over time, which music does not have. The
curves are

    y = A tanh(x / A),  A = coth(d) max |y|,  d = 10^(drive / 20),

slope 1 at zero, for a sound whose peak was 1 before a gain of d. The inverse x = A atanh(y / A) is
bounded where y comes close to A: there, noise and rounding would grow without bounds (T. B. Bakó
and T. Dabóczi, "Reconstruction of nonlinearly distorted signals with regularized inverse
characteristics", IMTC 2001). What lies at the bound is restored by sparsity instead
(`sparse_declipping.py`), if that makes the spectrum less flat still. The floor of a bin and the
least gain were chosen on 20 composed songs (`first=300`), the songs of the board of
`distortion_removal`.
"""

from __future__ import annotations

import numpy as np
import scipy.optimize
from jaxtyping import Float32, Float64

from automix_bench.audio import Audio, amplitude, peak, rms_db
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.restoration.sparse_declipping import declipped
from automix_bench.dsp.spectra.short_time import hann

__all__ = ["flatness_db", "straightened", "uncurved"]

_FRAME_SECONDS = 0.046
_QUIETEST_DB = -40.0
_FLOOR = 1e-6
_DRIVES_DB = (0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0)
_STEP_DB = 3.0
_WITHIN_DB = 0.2
_LEAST_GAIN_DB = 0.3
"""How much less flat a spectrum must become: less may be chance, and the sound stays as it is."""
_LARGEST = 7.5
"""The largest x / A that is believed. tanh(7.5) is one step of 24 bits below 1."""
_SILENT_DB = -80.0


def straightened(audio: Audio) -> Audio:
    """The sound without its distortion, at the loudness that it has; the same sound if no inverse
    makes its spectrum less flat by 0.3 dB.

    One curve is sought for all channels, by the loudest one.
    """
    if rms_db(audio) < _SILENT_DB or audio.seconds < 2.0 * _FRAME_SECONDS:
        return audio
    loudest = int(np.argmax(np.square(audio.samples, dtype=np.float64).sum(axis=1)))
    lowest, best = flatness_db(audio, loudest), audio
    drive_db, flatness = _best_drive(audio, loudest)
    if flatness < lowest - _LEAST_GAIN_DB:
        lowest, best = flatness, uncurved(audio, drive_db)
    start = (
        best if best is audio else min((audio, best), key=lambda one: _declipped_db(one, loudest))
    )
    restored = declipped(start)
    if restored is not start and flatness_db(restored, loudest) < lowest - _LEAST_GAIN_DB:
        best = restored
    return audio if best is audio else _as_loud(best, audio)


def uncurved(audio: Audio, drive_db: float) -> Audio:
    """The inverse of the curve of a drive, A atanh(y / A), at most `_LARGEST` times A.

    Args:
        drive_db: of a sound whose peak was full scale.
    """
    drive = amplitude(drive_db)
    ceiling = peak(audio) / np.tanh(drive)
    bound = np.tanh(min(drive, _LARGEST))
    bent = np.clip(audio.samples.astype(np.float64) / ceiling, -bound, bound)
    return audio.with_samples(ceiling * np.arctanh(bent))


def flatness_db(audio: Audio, channel: int) -> float:
    """The spectral flatness of a channel: the mean level of all bins of a frame over the level of
    their mean power, in dB, as a mean over frames of 46 ms.

    Frames more than 40 dB below the loudest do not count. Bins count as -60 dB of the frame's mean
    at least, so that rounding and the corners that a bound leaves are no property of a sound.
    """
    hop = max(1, round(_FRAME_SECONDS * audio.rate / 2.0))
    samples = audio.samples[channel].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop)[::hop]
    powers = _powers(frames * hann(2 * hop).astype(np.float32))
    means = powers.mean(axis=1, keepdims=True)
    loud = means[:, 0] > means.max() * amplitude(2.0 * _QUIETEST_DB)
    relative = powers[loud] / means[loud]
    return float(10.0 * np.log10(relative + _FLOOR).mean())


def _declipped_db(audio: Audio, channel: int) -> float:
    """How flat the loudest second of a channel is after its clipped samples are restored."""
    power = np.square(audio.samples[channel], dtype=np.float64)
    length = min(audio.length, audio.rate)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    start = int(np.argmax(sums[length:] - sums[:-length]))
    part = audio.samples[channel : channel + 1, start : start + length]
    return flatness_db(declipped(audio.with_samples(part)), 0)


def _powers(
    frames: Float32[np.ndarray, "frames length"],
) -> Float64[np.ndarray, "frames bins"]:
    spectra = np.fft.rfft(frames, axis=1)
    powers: np.ndarray = spectra.real**2 + spectra.imag**2
    return powers.astype(np.float64)


def _best_drive(audio: Audio, channel: int) -> tuple[float, float]:
    """The drive whose inverse leaves the channel least flat, and how flat that is."""

    def flatness(drive_db: float) -> float:
        return flatness_db(uncurved(audio, float(drive_db)), channel)

    tried = {drive_db: flatness(drive_db) for drive_db in _DRIVES_DB}
    coarse = min(tried, key=lambda drive_db: tried[drive_db])
    near = scipy.optimize.minimize_scalar(
        flatness,
        bounds=(max(coarse - _STEP_DB, _DRIVES_DB[0]), min(coarse + _STEP_DB, _DRIVES_DB[-1])),
        method="bounded",
        options={"xatol": _WITHIN_DB},
    )
    return (float(near.x), float(near.fun)) if near.fun < tried[coarse] else (coarse, tried[coarse])


def _as_loud(audio: Audio, model: Audio) -> Audio:
    """The sound at the loudness of another; at its RMS level where one has no loudness."""
    gain_db = or_nan(integrated_lufs, model) - or_nan(integrated_lufs, audio)
    if not np.isfinite(gain_db):
        gain_db = rms_db(model) - rms_db(audio)
    return audio.scaled(amplitude(gain_db))

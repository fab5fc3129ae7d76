"""The frequency response and the level curve of an effect, measured by playing through it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from automix_bench.audio import Audio, amplitude

RATE = 44_100
BANDS_HZ = np.geomspace(20.0, 20_000.0, 241)
LEVELS_DB = np.arange(-60.0, 0.1, 3.0)
FLOOR_DB = -90.0

_IMPULSE_LENGTH = 1 << 16
_HALF_BAND = 2.0 ** (1.0 / 24.0)
_TONE_HZ = 1_000.0
_TONE_SECONDS = 1.5
_MEASURED_SECONDS = 0.25


def response_db(effect: Callable[[Audio], Audio]) -> np.ndarray:
    """The magnitude response at `BANDS_HZ`, in dB, not below `FLOOR_DB`.

    An impulse at 44.1 kHz, equal in two channels, goes through the effect. The power spectrum is
    averaged over both channels and over twelfths of an octave. The response describes an effect
    completely only if the effect is linear and does not change with time.
    """
    samples = np.zeros((2, _IMPULSE_LENGTH), np.float32)
    samples[:, _IMPULSE_LENGTH // 4] = 1.0
    spectrum = np.fft.rfft(effect(Audio(samples, RATE)).samples.astype(np.float64))
    power = np.concatenate(([0.0], np.cumsum(np.mean(np.abs(spectrum) ** 2, axis=0))))
    bins_a_hz = _IMPULSE_LENGTH / RATE
    first = np.round(BANDS_HZ / _HALF_BAND * bins_a_hz).astype(np.int64)
    last = np.maximum(np.round(BANDS_HZ * _HALF_BAND * bins_a_hz).astype(np.int64), first + 1)
    mean = (power[last] - power[first]) / (last - first)
    return _decibels(mean)


def levels_out_db(effect: Callable[[Audio], Audio]) -> np.ndarray:
    """The output level for each input level in `LEVELS_DB`, not below `FLOOR_DB`.

    Levels are in dB full scale of a sine's peak (RMS + 3.01 dB). The input is a 1 kHz sine in two
    equal channels, 1.5 s long; the last 0.25 s are measured. The effect starts from rest for each
    level.
    """
    time = np.arange(round(_TONE_SECONDS * RATE)) / RATE
    tone = np.tile(np.sin(2.0 * np.pi * _TONE_HZ * time), (2, 1))
    measured = round(_MEASURED_SECONDS * RATE)
    powers = list[float]()
    for level_db in LEVELS_DB:
        sound = Audio((amplitude(float(level_db)) * tone).astype(np.float32), RATE)
        out = effect(sound).samples[:, -measured:].astype(np.float64)
        powers.append(2.0 * float(np.mean(out**2)))
    return _decibels(np.array(powers))


def _decibels(power: np.ndarray) -> np.ndarray:
    floor = 10.0 ** (FLOOR_DB / 10.0)
    return np.asarray(10.0 * np.log10(np.maximum(power, floor)))

"""How the level of a response moves in octaves: measured, and noise that moves so."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
import scipy.fft
import scipy.optimize
import scipy.signal
from jaxtyping import Float, Float64

__all__ = ["BANDS", "KNOTS", "KNOT_SECONDS", "measured_levels_db", "noise_with_levels"]

_CENTRES_HZ = tuple(62.5 * 2.0**octave for octave in range(9))
BANDS = len(_CENTRES_HZ)
KNOT_SECONDS = tuple(0.01 * 2.0 ** (step / 2.0) for step in range(21))
"""10 ms to 10 s."""
KNOTS = len(KNOT_SECONDS)
SILENT_DB = -200.0
_GRID = 1 << 16

Levels = Float64[np.ndarray, "bands knots"]


def measured_levels_db(paths: Float[np.ndarray, "paths taps"], rate: int) -> Levels:
    """The mean power of responses in octaves around some times, in dB per tap.

    The octaves have their middles at 62.5 Hz to 16 kHz and overlap; the lowest begins at 0 Hz, the
    highest has no upper end, and their powers add up. A time stands for all from halfway to the
    knot before to halfway to the one after, on a logarithmic scale. What lies beyond the end of the
    responses is silent, -200 dB.
    """
    size = scipy.fft.next_fast_len(paths.shape[1] + rate // 20, real=True)
    spectra = scipy.fft.rfft(paths, size)
    edges = np.array(
        [round(at * 2.0**0.25 * rate) for at in (KNOT_SECONDS[0] / 2**0.5, *KNOT_SECONDS)]
    )
    levels = np.full((BANDS, KNOTS), SILENT_DB)
    for band, gains in enumerate(_octaves(size, rate)):
        power = np.square(scipy.fft.irfft(spectra * gains, size)).mean(axis=0)[: paths.shape[1]]
        summed = np.concatenate([[0.0], np.cumsum(power)])
        at = np.minimum(edges, paths.shape[1])
        energy, length = np.diff(summed[at]), np.diff(edges)
        levels[band] = 10.0 * np.log10(np.maximum(energy / length, 10.0 ** (SILENT_DB / 10.0)))
    return levels


def noise_with_levels(
    noise: Float[np.ndarray, "bands paths taps"], levels_db: Levels, rate: int
) -> Float64[np.ndarray, "paths taps"]:
    """Noise made to have these levels: between two knots a level is a straight line over time,
    before the first there is silence, and after the last the level stays.

    Args:
        noise: white, of power 1; one for each octave, as two octaves of one noise would add where
            they overlap.
        levels_db: as `measured_levels_db` gives them.
    """
    seconds = np.arange(noise.shape[2]) / rate
    begun = seconds >= KNOT_SECONDS[0]
    shaped = np.zeros(noise.shape[1:])
    for own, sections, levels in zip(noise, _sections(rate), _apart(levels_db, rate), strict=True):
        envelope = begun * 10.0 ** (np.interp(seconds, KNOT_SECONDS, levels) / 20.0)
        shaped += scipy.signal.sosfilt(sections, own) * envelope
    return shaped


def _apart(levels_db: Levels, rate: int) -> Levels:
    """The levels of white noise through each of `_sections` whose sum has levels as measured: the
    bands overlap, so each is heard in its neighbours too."""
    measured = 10.0 ** (levels_db / 10.0)
    heard = _heard(rate)
    apart = np.stack([scipy.optimize.nnls(heard, one)[0] for one in measured.T], axis=1)
    levels: Levels = 10.0 * np.log10(np.maximum(apart, 10.0 ** (SILENT_DB / 10.0)))
    return levels


@lru_cache(maxsize=4)
def _heard(rate: int) -> Float64[np.ndarray, "measured made"]:
    """The power that is measured in each octave of white noise of power 1 through each filter."""
    hertz = scipy.fft.rfftfreq(_GRID, 1.0 / rate)
    made = [
        np.square(np.abs(scipy.signal.sosfreqz(one, hertz, fs=rate)[1])) for one in _sections(rate)
    ]
    heard: Float64[np.ndarray, "measured made"] = (
        np.square(_octaves(_GRID, rate)) @ np.stack(made).T / len(hertz)
    )
    return heard


@lru_cache(maxsize=4)
def _sections(rate: int) -> tuple[np.ndarray, ...]:
    """A Butterworth filter for each octave, as second-order sections. Unlike those that measure,
    they make of the start of a noise the start of the whole."""
    edges = [centre * 2.0**0.5 for centre in _CENTRES_HZ[:-1]]
    low = scipy.signal.butter(4, edges[0], "lowpass", fs=rate, output="sos")
    high = scipy.signal.butter(4, edges[-1], "highpass", fs=rate, output="sos")
    between = [
        scipy.signal.butter(2, pair, "bandpass", fs=rate, output="sos") for pair in pairwise(edges)
    ]
    return low, *between, high


@lru_cache(maxsize=4)
def _octaves(size: int, rate: int) -> Float64[np.ndarray, "bands bins"]:
    """The amplitude of each octave in each bin; the powers add up to 1."""
    hertz = np.maximum(scipy.fft.rfftfreq(size, 1.0 / rate), 1.0)
    octaves = np.log2(hertz / _CENTRES_HZ[0])
    rows = np.stack([np.interp(octaves, np.arange(BANDS), row) for row in np.eye(BANDS)])
    gains: Float64[np.ndarray, "bands bins"] = np.sqrt(rows)
    return gains

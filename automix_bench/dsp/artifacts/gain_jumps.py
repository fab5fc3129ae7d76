"""Gain jumps: places where the gain of one sound against another moves fast, in all bands at once.

The gain in a half-octave band is the ratio of the two energies there, over all channels, in windows
of 50 ms, one every 25 ms. It moves by the median of the 0.3 s after a moment over that of the 0.3 s
before. The median over the bands is the move of the sound. A jump is a stretch in which it exceeds
3 dB, which is 10 dB a second.

Medians over time do not see single hits, and the median over bands does not see an instrument that
is mixed louder in one sound than in the other: only what moves most of the spectrum counts.
"""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.artifact import Artifact, Detector, in_order
from automix_bench.dsp.artifacts.gaps import runs
from automix_bench.dsp.memo import shared

FASTEST_DB_A_SECOND = 10.0
SIDE_SECONDS = 0.3
_WINDOW_SECONDS, _HOP_SECONDS = 0.05, 0.025
_SIDE = round(SIDE_SECONDS / _HOP_SECONDS)
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 12_800.0
_SOUNDING = 1e-5
_FLOOR = 1e-12
_FEWEST = _SIDE // 2

Energies = Float64[np.ndarray, "bands windows"]


def is_long_enough(audio: Audio) -> bool:
    """Whether there is a moment with 0.3 s on either side of it."""
    return _count(audio) > 2 * _SIDE


def gain_moves_db(*, reference: Audio, estimate: Audio) -> Float64[np.ndarray, " windows"]:
    """By how much the gain of the estimate against the reference moves at each window, in dB; NaN
    where too little of the reference sounds on either side."""
    expected, got = band_energies(reference), band_energies(estimate)
    sounds = expected > _SOUNDING * expected.mean(axis=1).max()
    floor = max(_FLOOR * float(got.mean()), np.finfo(np.float64).tiny)
    gains = 10.0 * (np.log10(got + floor) - np.log10(np.where(sounds, expected, 1.0)))
    gains[~sounds] = np.nan
    levels = _medians(gains)
    moves = levels[:, _SIDE:] - levels[:, :-_SIDE]
    seen = np.isfinite(moves).any(axis=0)
    result: np.ndarray = np.full(expected.shape[1], np.nan)
    places = np.arange(moves.shape[1])[seen] + _SIDE
    result[places] = np.nanmedian(moves[:, seen], axis=0)
    return result


def _medians(gains: Energies) -> Float64[np.ndarray, "bands places"]:
    """The median of each band over 0.3 s from each window on; NaN where less than half of it
    sounds."""
    sides = np.lib.stride_tricks.sliding_window_view(gains, _SIDE, axis=1)
    enough = np.isfinite(sides).sum(axis=2) >= _FEWEST
    medians: np.ndarray = np.full(enough.shape, np.nan)
    medians[enough] = np.nanmedian(sides[enough], axis=1)
    return medians


def gain_jumps(*, reference: Audio, estimate: Audio) -> tuple[Artifact, ...]:
    """Every jump, in order. The size is the largest move in it, in dB; negative where the estimate
    becomes softer. It counts for all channels, and is listed in the first."""
    if not is_long_enough(reference):
        return ()
    moves = gain_moves_db(reference=reference, estimate=estimate)
    fast = np.abs(np.nan_to_num(moves)) > FASTEST_DB_A_SECOND * SIDE_SECONDS
    hop = _hop(reference)
    jumps = []
    for first, last in runs(fast):
        largest = first + int(np.argmax(np.abs(moves[first:last])))
        length = min((last - first) * hop, reference.length - first * hop)
        jumps.append(Artifact("gain jump", 0, first * hop, length, float(moves[largest])))
    return in_order(jumps)


GAIN_JUMPS = Detector("gain jump", unit="dB within 0.3 s, all bands", compare=gain_jumps)


@shared
def band_energies(audio: Audio) -> Energies:
    """The energy of each half-octave band in each window, added over channels."""
    size, hop = round(_WINDOW_SECONDS * audio.rate), _hop(audio)
    shape = np.hanning(size + 2)[1:-1]
    frequencies = np.fft.rfftfreq(size, 1.0 / audio.rate)
    count = int(np.floor(2.0 * np.log2(min(_HIGHEST_HZ, 0.45 * audio.rate) / _LOWEST_HZ)))
    edges = np.searchsorted(frequencies, _LOWEST_HZ * 2.0 ** (np.arange(count + 1) / 2.0))
    energies = np.zeros((count, _count(audio)))
    for channel in audio.samples:
        windows = np.lib.stride_tricks.sliding_window_view(channel, size)[::hop]
        for start in range(0, len(windows), 256):
            spectra = np.fft.rfft(windows[start : start + 256] * shape)
            powers = spectra.real**2 + spectra.imag**2
            for band, (low, high) in enumerate(itertools.pairwise(edges)):
                energies[band, start : start + 256] += powers[:, low:high].sum(axis=1)
    return energies


def _hop(audio: Audio) -> int:
    return max(1, round(_HOP_SECONDS * audio.rate))


def _count(audio: Audio) -> int:
    size = round(_WINDOW_SECONDS * audio.rate)
    return 0 if audio.length < size else (audio.length - size) // _hop(audio) + 1

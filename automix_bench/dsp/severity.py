"""Severity: how much a console changed a sound, as one number in dB and one of four bins.

It compares levels over time and frequency. It is no metric of quality.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.memo import measured_once
from automix_bench.dsp.spectra.short_time import Frames, Signals, hann, power_spectra

BINS = (("none", 0.5), ("mild", 2.0), ("medium", 5.0), ("strong", float("inf")))
"""The bins: name, and upper end in dB."""

_FRAME_SECONDS = 0.046
_CENTRES_HZ = 1000.0 * 10.0 ** (np.arange(-13, 13) / 10.0)
_RANGE_DB = 60.0


@measured_once
def severity_db(before: Audio, after: Audio) -> float:
    """The mean absolute difference in level over time, third octaves and channels, in dB.

        mean over t, b, c of | L_after(t, b, c) - L_before(t, b, c) |,  L = 10 log10 max(P, floor)

    P is the power of a Hann frame of 46 ms, half overlapping, in the third octaves (IEC 61260-1)
    from 50 Hz to 16 kHz, of each channel. The floor lies 60 dB under the loudest cell of the two
    sounds. Cells in which neither sound is above the floor are left out. A gain of 6 dB gives 6 dB;
    polarity, and delays far below a frame, give 0 dB. Symmetric; rounded to a thousandth.

    Args:
        before, after: of one rate and shape. Sounds shorter than a frame are padded with zeros.
    """
    same = np.array_equal(before.samples, after.samples)
    return 0.0 if same else _difference_db(before, after)


def _difference_db(before: Audio, after: Audio) -> float:
    length = 1 << round(np.log2(_FRAME_SECONDS * before.rate))
    around = ((0, 0), (length // 2, length))
    padded = [np.pad(audio.samples, around) for audio in (before, after)]
    frames = _sounding(padded, length)
    if not frames.size:
        return 0.0
    one, other = (_band_powers(samples, before.rate, length, frames) for samples in padded)
    loudest = max(float(one.max()), float(other.max()))
    if loudest == 0.0:
        return 0.0
    floor = loudest * 10.0 ** (-_RANGE_DB / 10.0)
    audible = (one > floor) | (other > floor)
    ratios = np.maximum(one[audible], floor) / np.maximum(other[audible], floor)
    return round(float(np.mean(np.abs(10.0 * np.log10(ratios)))), 3)


def severity_bin(severity_db: float) -> str:
    """The name of a severity's bin."""
    return next(name for name, end in BINS if severity_db < end)


def _sounding(sounds: Sequence[Signals], length: int) -> Frames:
    """The numbers of the half overlapping frames in which any sample is not zero."""
    hop = length // 2
    nonzero = np.logical_or.reduce([samples.any(axis=0) for samples in sounds])
    hops = nonzero[: len(nonzero) // hop * hop].reshape(-1, hop).any(axis=1)
    return np.flatnonzero(hops[:-1] | hops[1:])


def _band_powers(
    padded: Signals, rate: int, length: int, frames: Frames
) -> Float64[np.ndarray, "channels frames bands"]:
    edges = np.append(_CENTRES_HZ * 10.0**-0.05, _CENTRES_HZ[-1] * 10.0**0.05)
    bins = np.unique(np.minimum(np.round(edges * length / rate), length // 2).astype(int))
    spectra = power_spectra(
        padded, window=hann(length), hop=length // 2, fft_size=length, frames=frames
    )
    # At low frequencies, bands narrower than a bin are merged into one.
    bands = [np.add.reduceat(powers, bins, axis=2)[:, :, :-1] for powers in spectra]
    return np.concatenate(bands, axis=1)

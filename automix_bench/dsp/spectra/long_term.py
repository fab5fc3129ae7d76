"""The long-term spectrum of a sound, and its power in bands."""

from __future__ import annotations

import numpy as np
import scipy.fft
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.hearing_bands import bark, triangle_weights
from automix_bench.dsp.spectra.short_time import Signals, hann, power_spectra

Spectrum = Float64[np.ndarray, "channels bins"]
Bands = Float64[np.ndarray, " bands"]
Shares = Float64[np.ndarray, "bands bins"]

THIRD_OCTAVES_HZ: Bands = 1000.0 * 10.0 ** (np.arange(-16, 14) / 10.0)
"""The centres of the third octaves of IEC 61260-1, base 10, from 25 Hz to 20 kHz."""

_HALF_BAND = 10.0**0.05
_FRAME_SECONDS = 0.75
_BARK_BANDS = 24
_BARK_LOWEST_HZ, _BARK_HIGHEST_HZ = 20.0, 20_000.0


@shared
def long_term_powers(audio: Audio) -> Spectrum:
    """The power spectrum of every channel, summed over the whole sound, in no fixed unit (Hann
    frames of about 0.75 s, three quarters overlapping). Two channels are replaced by mid and side,
    scaled so that their powers sum to those of left and right. Read-only."""
    length = _frame_length(audio.rate)
    hop = length // 4
    # With zeros for three quarters of a frame at both ends every sample lies in four frames, whose
    # squared windows sum to a constant: the beginning and the end weigh as much as the middle.
    padded = np.pad(_mid_and_side(audio), ((0, 0), (length - hop, length - 1)))
    spectrum = np.zeros((audio.channels, length // 2 + 1))
    for powers in power_spectra(padded, window=hann(length), hop=hop, fft_size=length):
        spectrum = spectrum + powers.sum(axis=1)
    spectrum.flags.writeable = False
    return spectrum


def third_octave_powers(audio: Audio) -> Bands:
    """The power in every third octave centred under half the rate, summed over channels. Bands
    reach from 10^-0.05 to 10^0.05 of their centre, the last one to half the rate at most. A bin,
    taken as one spacing wide, counts for the part of it that lies within."""
    centres = third_octave_centres(audio.rate)[:, np.newaxis]
    bins, width = _bins_hz(audio.rate)
    above = np.maximum(centres / _HALF_BAND, bins - width / 2)
    below = np.minimum(np.minimum(centres * _HALF_BAND, audio.rate / 2), bins + width / 2)
    shares: Shares = np.maximum(below - above, 0.0) / width
    return _in_bands(long_term_powers(audio).sum(axis=0), shares)


def third_octave_centres(rate: int) -> Bands:
    """The centres of the bands under half the rate, in Hz."""
    centres: Bands = THIRD_OCTAVES_HZ[rate / 2 > THIRD_OCTAVES_HZ]
    return centres


def bark_powers(audio: Audio) -> Float64[np.ndarray, "channels bands"]:
    """The power of mid and of side, or of a single channel, in 24 triangular bands that overlap by
    half and are equally wide in Bark from 20 Hz to 20 kHz. Bands with their top at or above half
    the rate are left out."""
    lowest, highest = bark(_BARK_LOWEST_HZ), bark(_BARK_HIGHEST_HZ)
    corners = _bark_to_hz(np.linspace(lowest, highest, _BARK_BANDS + 2))
    below_nyquist = corners[1:-1] < audio.rate / 2
    bins, _ = _bins_hz(audio.rate)
    weights = triangle_weights(corners, bins)[below_nyquist]
    return np.stack([_in_bands(channel, weights) for channel in long_term_powers(audio)])


def _bark_to_hz(barks: Bands) -> Bands:
    plain = np.where(barks < 2.0, (barks - 0.3) / 0.85, barks)
    plain = np.where(barks > 20.1, (barks + 4.422) / 1.22, plain)
    hz: Bands = 1960.0 * (plain + 0.53) / (26.28 - plain)
    return hz


def _mid_and_side(audio: Audio) -> Signals:
    if audio.channels != 2:
        return audio.samples
    left, right = audio.samples.astype(np.float64)
    rotated: Signals = np.stack([left + right, left - right]) * np.sqrt(0.5)
    return rotated


def _frame_length(rate: int) -> int:
    return 4 * int(scipy.fft.next_fast_len(round(_FRAME_SECONDS * rate / 4), real=True))


def _bins_hz(rate: int) -> tuple[Bands, float]:
    """The bins' frequencies and their spacing."""
    length = _frame_length(rate)
    return np.arange(length // 2 + 1) * (rate / length), rate / length


def _in_bands(spectrum: Float64[np.ndarray, " bins"], shares: Shares) -> Bands:
    # Summed band by band: the last bits of a product of matrices depend on the number of threads.
    return np.array([float(np.sum(share * spectrum)) for share in shares])

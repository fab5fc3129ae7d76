"""The traits of a stem that effect normalisation measures: loudness, spectrum, peaks, panning.

FxNorm-Automix averages four features over a corpus and normalises every stem to them (Martinez
Ramirez et al., "Automatic music mixing with deep learning and out-of-domain data", ISMIR 2022). The
definitions here are our own; they need no onset detector and do not change with the rate.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio, amplitude, decibels, peak_db
from automix_bench.dsp.loudness import BLOCK_SECONDS, integrated_lufs
from automix_bench.dsp.spectra.short_time import hann, power_spectra

CENTRES_HZ = 1000.0 * 10.0 ** (np.arange(-17, 14) / 10.0)
"""The centres of the 31 third octaves of IEC 61260-1, base 10, 20 Hz to 20 kHz."""

PEAK_REFERENCE_DB = -10.0
SPECTRUM_RANGE_DB = 80.0

_FRAME_SECONDS = 0.37
_PEAK_SECONDS = 0.05
_MOST_GAIN_DB = 60.0
_CLOSE_LU = 0.001


def loudness_lufs(audio: Audio) -> float:
    """Integrated loudness in LUFS; -inf for a sound without one, such as a sound under 0.4 s."""
    return integrated_lufs(audio) if audio.seconds >= BLOCK_SECONDS else -np.inf


def gain_to_db(audio: Audio, lufs: float) -> float:
    """The gain that brings a sound to a loudness, to 0.001 LU, within +-60 dB; NaN for a sound
    without a loudness. It is found in steps, as a louder copy of a quiet sound may pass parts
    through the absolute gate of -70 LUFS that the quiet one does not."""
    loudness, gain_db = loudness_lufs(audio), 0.0
    if not np.isfinite(loudness):
        return float("nan")
    for _ in range(8):
        gain_db = float(np.clip(gain_db + lufs - loudness, -_MOST_GAIN_DB, _MOST_GAIN_DB))
        loudness = loudness_lufs(audio.scaled(amplitude(gain_db)))
        if abs(loudness - lufs) <= _CLOSE_LU or not np.isfinite(loudness):
            break
    return gain_db


def spectrum_db(audio: Audio) -> Float64[np.ndarray, " bands"]:
    """The long-term power in each third octave relative to that of all of them, in dB; -80 for a
    band that lies further under it or above half the rate. The mean over channels."""
    length = 1 << round(np.log2(_FRAME_SECONDS * audio.rate))
    padded = np.pad(audio.samples, ((0, 0), (length // 2, length)))
    power = np.zeros(length // 2 + 1)
    for powers in power_spectra(padded, window=hann(length), hop=length // 2, fft_size=length):
        power += powers.sum(axis=(0, 1))
    edges = np.append(CENTRES_HZ * 10.0**-0.05, CENTRES_HZ[-1] * 10.0**0.05)
    below = np.concatenate([[0.0], np.cumsum(power)])
    places = np.clip(edges * length / audio.rate, 0.0, power.size)
    bands = np.diff(np.interp(places, np.arange(below.size), below))
    if not bands.sum():
        return np.full(CENTRES_HZ.size, -SPECTRUM_RANGE_DB)
    shares = np.maximum(bands / bands.sum(), 10.0 ** (-SPECTRUM_RANGE_DB / 10.0))
    levels: Float64[np.ndarray, " bands"] = 10.0 * np.log10(shares)
    return levels


def loud_peaks_db(audio: Audio) -> float:
    """The height of the peaks of loud moments, in dB full scale; -inf for silence. It is the mean
    of the upper quarter of the peaks, over all channels, of the blocks of 50 ms whose peak is
    within 40 dB of the highest, so that rests do not count."""
    if not audio.samples.any():
        return -np.inf
    block = max(1, round(_PEAK_SECONDS * audio.rate))
    loudest = np.abs(audio.samples).max(axis=0)
    whole = np.pad(loudest, (0, -loudest.size % block)).reshape(-1, block).max(axis=1)
    peaks = np.sort(whole[whole >= 0.01 * whole.max()]).astype(np.float64)
    return float(np.mean(20.0 * np.log10(peaks[-max(1, peaks.size // 4) :])))


def peaks_db(audio: Audio) -> float:
    """`loud_peaks_db` of the sound scaled to a highest peak of -10 dB full scale. Dense sounds are
    near -10, sounds with rare high peaks far below."""
    return loud_peaks_db(audio) - peak_db(audio) + PEAK_REFERENCE_DB


def similarity(audio: Audio) -> float:
    """The similarity of left and right, from 0 (one side only) to 1 (equal levels everywhere): the
    mean of C. Avendano's panning similarity, "Frequency-domain source identification and
    manipulation in stereo mixes", WASPAA 2003, weighted by power.

        phi = 2 |L| |R| / (|L|^2 + |R|^2)

    NaN for silence and for sounds without two channels.
    """
    if audio.channels != 2 or not audio.samples.any():
        return float("nan")
    length = 1 << round(np.log2(0.046 * audio.rate))
    alike = power = 0.0
    padded = np.pad(audio.samples, ((0, 0), (length // 2, length)))
    for powers in power_spectra(padded, window=hann(length), hop=length // 2, fft_size=length):
        left, right = powers
        alike += float(np.sum(2.0 * np.sqrt(left * right)))
        power += float(np.sum(left + right))
    return alike / power


def balance_db(audio: Audio) -> float:
    """The power of the left over that of the right, in dB; 0 where one of them is silent."""
    left, right = (float(np.sum(np.square(side, dtype=np.float64))) for side in audio.samples[:2])
    return decibels((left / right) ** 0.5) if left and right else 0.0

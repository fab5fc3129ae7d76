"""How far apart the long-term spectra are, in thirds of an octave."""

from __future__ import annotations

import math

import numpy as np
import scipy.fft
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.spectrum import hann, power_spectra
from automix_bench.metric import metric

__all__ = ["third_octave_distance"]

_CENTRES_HZ = 1000.0 * 10.0 ** (np.arange(-16, 14) / 10.0)
_HALF_BAND = 10.0**0.05
_FRAME_SECONDS = 0.75
_RANGE_DB = 80.0


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    symmetric=False,
    source="bands of IEC 61260-1:2014, base 10; power spectrum after Welch, IEEE Trans. Audio "
    "Electroacoust. 15(2), 1967",
)
def third_octave_distance(*, reference: Audio, estimate: Audio) -> float:
    """Mean absolute difference of the long-term spectra, in dB, over third-octave bands.

        mean over bands b of | 10 log10 P_e(b) - 10 log10 P_r(b) |

    P(b) is the power in the band, the mean over the whole sound (Hann frames of about 0.75 s, three
    quarters overlapping) and the sum over channels: panning is not seen, tone and level are. Bands
    are centred on 1000 x 10^(n/10) Hz, n = -16 … 13 (25 Hz to 20 kHz), each from 10^-0.05 to
    10^0.05 of its centre; those centred at or above half the rate are left out, and the last one
    ends there. Every band weighs the same. A level more than 80 dB under the reference's loudest
    band counts as 80 dB under it, in either, so that noise is not compared with noise.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    wanted, got = _band_powers(reference), _band_powers(estimate)
    floor = float(wanted.max()) * 10.0 ** (-_RANGE_DB / 10.0)
    ratios = np.maximum(got, floor) / np.maximum(wanted, floor)
    return float(np.mean(np.abs(10.0 * np.log10(ratios))))


def _band_powers(audio: Audio) -> Float64[np.ndarray, " bands"]:
    """Power in every band up to half the rate, summed over channels; in no fixed unit."""
    hop = scipy.fft.next_fast_len(round(_FRAME_SECONDS * audio.rate / 4), real=True)
    length = 4 * hop
    # With zeros for three quarters of a frame at both ends every sample lies in four frames, whose
    # squared windows sum to a constant: the beginning and the end weigh as much as the middle.
    padded = np.pad(audio.samples, ((0, 0), (length - hop, length - 1)))
    spectrum = np.zeros(length // 2 + 1)
    for powers in power_spectra(padded, window=hann(length), hop=hop, fft_size=length):
        spectrum = spectrum + powers.sum(axis=(0, 1))
    band_powers: Float64[np.ndarray, " bands"] = _shares(audio.rate, length) @ spectrum
    return band_powers


def _shares(rate: int, length: int) -> Float64[np.ndarray, "bands bins"]:
    """The part of every bin, taken as `rate / length` Hz wide, that lies within every band."""
    width = rate / length
    bins = np.arange(length // 2 + 1) * width
    centres = _CENTRES_HZ[rate / 2 > _CENTRES_HZ][:, np.newaxis]
    above = np.maximum(centres / _HALF_BAND, bins - width / 2)
    below = np.minimum(np.minimum(centres * _HALF_BAND, rate / 2), bins + width / 2)
    shares: Float64[np.ndarray, "bands bins"] = np.maximum(below - above, 0.0) / width
    return shares

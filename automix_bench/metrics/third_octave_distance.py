"""Distance of the long-term spectra in thirds of an octave."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import welch_third_octaves
from automix_bench.dsp.plain_sounds import swelling_tones
from automix_bench.dsp.spectra.long_term import third_octave_powers
from automix_bench.metric import Known, Peer, metric

__all__ = ["third_octave_distance"]

_RANGE_DB = 80.0


def _by_welch(*, reference: Audio, estimate: Audio) -> float:
    """The same from scipy's spectra at 1 Hz; bins across an edge are not divided."""
    expected, got = (welch_third_octaves(audio) for audio in (reference, estimate))
    floor = expected.max() * 10.0 ** (-_RANGE_DB / 10.0)
    ratios = np.maximum(got, floor) / np.maximum(expected, floor)
    return float(np.mean(np.abs(10.0 * np.log10(ratios))))


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    source="bands of IEC 61260-1:2014, base 10; power spectrum after Welch, IEEE Trans. Audio "
    "Electroacoust. 15(2), 1967",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "codec"),
    known=(
        Known(
            "two tones, the lower one doubled: 20 log10 2 in one of 30 bands",
            lambda: (
                swelling_tones((1000.0, 3981.1)),
                swelling_tones((1000.0, 3981.1), sizes=(0.2, 0.1)),
            ),
            value=6.0206 / 30.0,
            within=2e-3,
        ),
    ),
    peers=(Peer("scipy.signal.welch", ("scipy",), _by_welch, within=0.1),),
)
def third_octave_distance(*, reference: Audio, estimate: Audio) -> float:
    """Mean absolute difference of the long-term spectra, in dB, over third-octave bands.

        mean over bands b of | 10 log10 P_e(b) - 10 log10 P_r(b) |

    P(b) is the power in the band: the mean over the whole sound (Hann frames of about 0.75 s, three
    quarters overlapping) and the sum over channels. So panning is not seen; tone and level are.
    Bands are centred on 1000 x 10^(n/10) Hz, n = -16 … 13 (25 Hz to 20 kHz), and reach from
    10^-0.05 to 10^0.05 of their centre. Bands centred at or above half the rate are left out, and
    the last one ends there. Every band weighs the same. A level more than 80 dB under the
    reference's loudest band counts as 80 dB under it, in either sound, so that noise is not
    compared with noise.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    expected, got = third_octave_powers(reference), third_octave_powers(estimate)
    floor = float(expected.max()) * 10.0 ** (-_RANGE_DB / 10.0)
    ratios = np.maximum(got, floor) / np.maximum(expected, floor)
    return float(np.mean(np.abs(10.0 * np.log10(ratios))))

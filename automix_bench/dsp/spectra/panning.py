"""The panning spectrum by band: how far the parts of a stereo sound lie from the middle."""

from __future__ import annotations

import math

import numpy as np
import scipy.fft

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.short_time import hann, power_spectra

LOW_HZ, HIGH_HZ = 250.0, 2_500.0
BANDS_HZ = {
    "total": (0.0, math.inf),
    "low": (0.0, LOW_HZ),
    "mid": (LOW_HZ, HIGH_HZ),
    "high": (HIGH_HZ, math.inf),
}
"""The lower edge, included, and the upper edge, excluded."""

_FRAME_SECONDS = 2048 / 44_100
_RANGE = 1e-8


@shared
def panning_by_band(audio: Audio) -> dict[str, float]:
    """The panning of a stereo sound in each of `BANDS_HZ`, from 0, the middle, to 1, one side.

        phi = 2 |L| |R| / (|L|^2 + |R|^2)        sqrt( sum w (1 - phi)^2 / sum w )

    L and R are the transforms of left and right (periodic Hann window of 46 ms, half overlapping,
    zeros beyond both ends). The sums run over the bins of the band in all frames, each weighted
    with its power w = |L|^2 + |R|^2. NaN in a band with less than 1e-8 of the sound's power (-80
    dB), which holds only the slopes of the window.
    """
    hop = max(1, scipy.fft.next_fast_len(round(_FRAME_SECONDS * audio.rate / 2), real=True))
    padded = np.pad(audio.samples, ((0, 0), (hop, 2 * hop)))
    frequencies = np.arange(hop + 1) * (audio.rate / (2 * hop))
    power, apart = np.zeros(hop + 1), np.zeros(hop + 1)
    for left, right in power_spectra(padded, window=hann(2 * hop), hop=hop, fft_size=2 * hop):
        both = left + right
        # (1 - phi)^2 w = (|L| - |R|)^4 / w, which avoids phi and its 0 / 0.
        between = np.square(np.square(np.sqrt(left) - np.sqrt(right)))
        power = power + both.sum(axis=0)
        apart = apart + (between / np.where(both > 0.0, both, 1.0)).sum(axis=0)
    least = float(power.sum()) * _RANGE
    panning = {}
    for name, (low, high) in BANDS_HZ.items():
        inside = (frequencies >= low) & (frequencies < high)
        weight, off = float(power[inside].sum()), float(apart[inside].sum())
        panning[name] = math.sqrt(off / weight) if weight > least else math.nan
    return panning

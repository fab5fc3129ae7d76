"""Error of the tilt of the spectrum."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import welch_third_octaves
from automix_bench.dsp.plain_sounds import RATE, clicks
from automix_bench.dsp.spectra.long_term import third_octave_centres, third_octave_powers
from automix_bench.metric import Known, Peer, error_metric

__all__ = ["tilt_error"]

_LOWEST_HZ, _HIGHEST_HZ = 49.0, 10_500.0
_RANGE_DB = 80.0


def _pink_click() -> Audio:
    """A click whose power falls with one over the frequency, and which has no constant part."""
    length = RATE
    magnitudes = 1.0 / np.sqrt(np.maximum(np.arange(length // 2 + 1), 1.0))
    wave = np.roll(np.fft.irfft(magnitudes, length), length // 2)
    return Audio((wave / np.abs(wave).max()).astype(np.float32)[np.newaxis], RATE)


def _by_welch(*, reference: Audio, estimate: Audio) -> float:
    """The same by scipy: its regression line through its spectra at 1 Hz."""
    import scipy.stats

    def tilt(audio: Audio) -> float:
        centres = 1000.0 * 10.0 ** (np.arange(-13, 11) / 10.0)
        density = welch_third_octaves(audio)[3:27] / centres
        levels = 10.0 * np.log10(np.maximum(density, 1e-8 * density.max()))
        return float(scipy.stats.linregress(np.log2(centres), levels).slope)

    return abs(tilt(estimate) - tilt(reference))


@error_metric(
    unit="dB per octave",
    better="lower",
    low=0.0,
    high=30.0,
    perfect=0.0,
    step=0.1,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    source="least-squares line through the long-term levels of third octaves, IEC 61260-1:2014",
    sees=("noise", "low_pass", "clip"),
    known=(
        Known(
            "a click, and one of power 1 / f: 10 log10 2 an octave",
            lambda: (clicks(24_000), _pink_click()),
            value=3.0103,
            within=0.05,
        ),
    ),
    peers=(Peer("scipy.signal.welch", ("scipy",), _by_welch, within=0.1),),
)
def tilt_error(audio: Audio) -> float:
    """Absolute difference of spectral tilt, in dB per octave.

        tilt = slope over log2 f(b) of 10 log10( P(b) / f(b) )
        | tilt(estimate) - tilt(reference) |

    P(b) is the power of the third-octave band b, centred on f(b), over the whole sound and all
    channels. The least-squares line goes through the bands from 50 Hz to 10 kHz that are centred
    under half the rate. White noise has a tilt of 0, pink noise of -3.01 dB per octave. A band more
    than 80 dB under the loudest counts as 80 dB under it. Deviations of the spectrum from its line
    are not seen: use `third_octave_distance` for them.

    Undefined (NaN) for a silent reference and for a rate that leaves fewer than two bands; a silent
    estimate gets the worst value.
    """
    centres = third_octave_centres(audio.rate)
    used = (centres > _LOWEST_HZ) & (centres < _HIGHEST_HZ)
    if not audio.samples.any() or np.count_nonzero(used) < 2:
        return math.nan
    powers = third_octave_powers(audio)[used] / centres[used]
    levels_db = 10.0 * np.log10(np.maximum(powers, powers.max() * 10.0 ** (-_RANGE_DB / 10.0)))
    octaves = np.log2(centres[used])
    apart = octaves - octaves.mean()
    return float(np.sum(apart * levels_db) / np.sum(np.square(apart)))

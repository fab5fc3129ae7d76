"""Distance of the long-term spectra of mid and side, in Bark bands."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import welch
from automix_bench.dsp.plain_sounds import clicks, on_the_left
from automix_bench.dsp.spectra.long_term import bark_powers
from automix_bench.metric import Known, Peer, metric

__all__ = ["bark_distance"]

_RANGE_DB = 80.0


def _by_welch(*, reference: Audio, estimate: Audio) -> float:
    """The same from scipy's spectra of mid and side at 1 Hz; the Bark scale is inverted by
    interpolation."""
    grid = np.arange(1.0, 24_000.0)
    barks = 26.81 * grid / (1960.0 + grid) - 0.53
    barks = np.where(barks < 2.0, 0.85 * barks + 0.3, barks)
    barks = np.where(barks > 20.1, 1.22 * barks - 4.422, barks)
    lowest, highest = np.interp([20.0, 20_000.0], grid, barks)
    corners = np.interp(np.linspace(lowest, highest, 26), barks, grid)

    def powers(audio: Audio) -> np.ndarray:
        left, right = audio.samples[[0, -1]].astype(np.float64)
        hz, density = welch(np.stack([left + right, left - right]), audio.rate)
        triangles = [np.interp(hz, corners[at : at + 3], (0.0, 1.0, 0.0)) for at in range(24)]
        return np.array([density @ triangle for triangle in triangles])

    expected, got = powers(reference), powers(estimate)
    floor = expected.max() * 10.0 ** (-_RANGE_DB / 10.0)
    return float(
        np.mean(np.abs(10.0 * np.log10(np.maximum(got, floor) / np.maximum(expected, floor))))
    )


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    step=0.5,
    blind_to=("polarity", "delay", "channel swap"),
    source="the Bark spectrum of Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889, here in dB "
    "and bounded; scale of Traunmüller, J. Acoust. Soc. Am. 88(1), 1990",
    sees=("noise", "low_pass", "clip", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "a click on one side, at half its size: 20 log10 2 in every band of mid and side",
            lambda: (on_the_left(clicks(24_000)), on_the_left(clicks(24_000, size=0.25))),
            value=6.0206,
            within=1e-4,
        ),
        Known(
            "a click in the middle, at half its size: nothing in the side's bands",
            lambda: (clicks(24_000, channels=2), clicks(24_000, channels=2, size=0.25)),
            value=6.0206 / 2.0,
            within=1e-4,
        ),
    ),
    peers=(Peer("scipy.signal.welch", ("scipy",), _by_welch, within=0.1),),
)
def bark_distance(*, reference: Audio, estimate: Audio) -> float:
    """Mean absolute difference of the long-term spectra of mid and of side, in dB, in Bark bands.

        mean over mid and side, and bands b, of | 10 log10 P_e(b) - 10 log10 P_r(b) |

    P(b) is the mean power, over the whole sound (Hann frames of about 0.75 s, three quarters
    overlapping), of left plus right or of left minus right, in one of 24 triangular bands. The
    bands are equally wide on Traunmüller's scale from 20 Hz to 20 kHz; bands with their top at or
    above half the rate are left out. A level more than 80 dB under the reference's loudest band, of
    mid or side, counts as 80 dB under it, in either sound. So a mono reference has a side to
    compare with, and its distance to a slightly wider sound is finite. A mono sound is measured as
    two equal channels.

    Undefined (NaN) for a silent reference and for more than two channels; a silent estimate gets
    the worst value.
    """
    if reference.channels > 2 or not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    expected, got = bark_powers(reference), bark_powers(estimate)
    floor = float(expected.max()) * 10.0 ** (-_RANGE_DB / 10.0)
    ratios = np.maximum(got, floor) / np.maximum(expected, floor)
    # A mono sound has one row. Its side is silent in both sounds and adds no error, but counts.
    total = float(np.sum(np.abs(10.0 * np.log10(ratios))))
    return total / (2.0 * len(expected[0]))

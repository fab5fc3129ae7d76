"""Absolute difference of the distance of the high frequencies from the middle.

    P = sqrt( sum w (1 - phi)^2 / sum w )    phi = 2 |L| |R| / (|L|^2 + |R|^2)
    | P(estimate) - P(reference) |

L and R are the short-time transforms of left and right, and w = |L|^2 + |R|^2. The sums run over
the bins from 2500 Hz up, in all frames (see `automix_bench.dsp.spectra.panning`). P is 0 with
everything in the middle, 1 with everything on either side, and 0.2 with twice the amplitude on one
side. P does not tell which side, and it ignores differences of time and polarity between the
channels.

Undefined (NaN) for a reference that is not of two channels, or whose power in the band is less than
1e-8 of its whole power. An estimate that is silent in the band in this sense gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.panning import panning_metric

__all__ = ["panning_high_error"]

panning_high_error = panning_metric(
    __name__,
    __doc__,
    "high",
    hz=5_000.0,
    step=0.05,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    sees=("noise", "width"),
)

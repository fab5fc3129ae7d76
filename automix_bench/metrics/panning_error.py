"""Absolute difference of the distance of the sound from the middle.

    P = sqrt( sum w (1 - phi)^2 / sum w )    phi = 2 |L| |R| / (|L|^2 + |R|^2)
    | P(estimate) - P(reference) |

L and R are the short-time transforms of left and right, and w = |L|^2 + |R|^2. The sums run over
all bins of all frames (see `automix_bench.dsp.spectra.panning`). P is 0 with everything in the
middle, 1 with everything on either side, and 0.2 with twice the amplitude on one side. P does not
tell which side, and it ignores differences of time and polarity between the channels. Loud bins
weigh more, so bass and voice count most: `panning_low_error`, `panning_mid_error` and
`panning_high_error` measure one band each.

Undefined (NaN) for a reference that is silent or not of two channels; a silent estimate gets the
worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.panning import panning_metric

__all__ = ["panning_error"]

panning_error = panning_metric(
    __name__,
    __doc__,
    "total",
    hz=1_000.0,
    step=0.05,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    sees=("noise", "reverb", "width"),
)

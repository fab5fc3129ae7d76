"""Moments a minute at which the gain of the estimate against the reference moves too fast."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.gain_jumps import gain_jumps as find_gain_jumps
from automix_bench.dsp.artifacts.gain_jumps import gain_moves_db, is_long_enough
from automix_bench.dsp.families.excess import per_minute
from automix_bench.dsp.plain_sounds import hiss_in_halves
from automix_bench.metric import Known, metric

__all__ = ["gain_jumps"]


@metric(
    unit="per minute",
    better="lower",
    low=0.0,
    high=10_000.0,
    perfect=0.0,
    step=1.0,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
    source="faster than 10 dB a second in most bands; see the docstring",
    known=(
        Known(
            "noise of 4 s, twice as loud in its second half: one jump, 15 a minute",
            lambda: hiss_in_halves(1.0, 2.0),
            15.0,
            1e-9,
        ),
        Known(
            "noise of 4 s, 1.9 dB louder in its second half: none",
            lambda: hiss_in_halves(1.0, 1.25),
            0.0,
            1e-9,
        ),
    ),
)
def gain_jumps(*, reference: Audio, estimate: Audio) -> float:
    """How many times a minute the gain of the estimate against the reference moves faster than
    10 dB a second.

        60 J / seconds,  J: stretches with |median over b of (G_b(t + 0.3 s) - G_b(t))| > 3 dB

    G_b(t) is the ratio of the energies in half-octave band b, in dB, as the median over the 0.3 s
    before t (see `automix_bench.dsp.artifacts.gain_jumps`; `automix-bench artifacts --reference`
    lists where they are). A fader or an automatic gain that jumps moves all bands at once. One that
    is ridden slowly does not count, nor does a level that is wrong throughout. Where the two are
    different mixes of one song, a section in which most of the spectrum changes its balance may
    count too: compare with the value of a mix whose faders do not move.

    Undefined (NaN) for less than 0.7 s, and for a reference with no sound between 100 Hz and 12.8
    kHz; a silent estimate gets the worst value.
    """
    if not is_long_enough(reference) or not reference.samples.any():
        return math.nan
    if all(math.isnan(move) for move in gain_moves_db(reference=reference, estimate=reference)):
        return math.nan
    if not estimate.samples.any():
        return math.inf
    return per_minute(find_gain_jumps(reference=reference, estimate=estimate), estimate, 0.0)

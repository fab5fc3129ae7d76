"""Source-to-artifacts ratio of BSS Eval v4, for separated stems.

    10 log10( ||P e||^2 / ||e - P e||^2 )
    the median over seconds

e is the estimate of the stem, cut to the second. P e is the signal nearest to e, over the whole
song, that filters of 512 taps can make of the references of all stems. What is left over is in none
of the stems: noise, distortion or long reverberation.

A second in which any reference or estimate of the song is silent is left out for all stems, as in
museval. An estimate that falls silent in the difficult seconds is therefore not penalised for them.
The samples after the last whole second are not scored.

Undefined (NaN) for a stem whose reference is silent, and where some reference is silent in every
second. A stem whose estimate is silent throughout gets the worst value and does not change that of
other stems; museval refuses such a song. Silent means that the channels sum to zero, as in museval.
"""

from __future__ import annotations

from automix_bench.dsp.families.bss_eval import bss_metric
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known

__all__ = ["bss_sar"]

bss_sar = bss_metric(
    __name__,
    __doc__,
    "sar",
    blind_to=("gain", "polarity", "channel swap", "stereo"),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "codec"),
    known=Known(
        "s = (1 | 0), e with 0.1 where no filter puts it: 1 / 0.01",
        lambda: (written((0.0, 1.0)), written((0.1, 1.0))),
        20.0,
        within=1e-4,
    ),
)

"""Source-image-to-spatial-distortion ratio of BSS Eval v4, for separated stems.

    10 log10( ||s||^2 / ||P_j e - s||^2 )
    the median over seconds

s is the reference of the stem and e its estimate, both cut to the second. P_j e is the signal
nearest to e, over the whole song, that filters of 512 taps can make of the stem's reference, where
each channel of the reference feeds each channel of e. It is the part of e that is the source, but
at a wrong level, with a wrong filter, late by less than 512 samples or out of place in the stereo
image.

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

__all__ = ["bss_isr"]

bss_isr = bss_metric(
    __name__,
    __doc__,
    "isr",
    blind_to=(),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=Known(
        "half the level: P_j e = s / 2, 1 / 0.25",
        lambda: (written((3.0, 4.0)), written((1.5, 2.0))),
        6.0206,
        within=1e-4,
    ),
)

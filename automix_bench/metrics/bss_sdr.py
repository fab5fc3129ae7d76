"""Source-to-distortion ratio of BSS Eval v4, for separated stems.

    10 log10( ||s||^2 / ||s - e||^2 )
    the median over seconds

s is the reference of the stem and e its estimate, both cut to the second. Version 4 forgives no
filter here: a gain, a delay or a filter is an error, as in `sdr`. Only the median distinguishes it
from `sdr`.

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

__all__ = ["bss_sdr"]

bss_sdr = bss_metric(
    __name__,
    __doc__,
    "sdr",
    blind_to=(),
    sees=("noise", "low_pass", "clip", "reverb", "level", "width", "codec"),
    known=Known(
        "s = (3, 4), e = (3, 4.5): 25 / 0.25",
        lambda: (written((3.0, 4.0)), written((3.0, 4.5))),
        20.0,
        within=1e-4,
    ),
)

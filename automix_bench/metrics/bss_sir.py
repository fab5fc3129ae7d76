"""Source-to-interference ratio of BSS Eval v4, for separated stems.

    10 log10( ||P_j e||^2 / ||P e - P_j e||^2 )
    the median over seconds

e is the estimate of the stem. P_j e is the signal nearest to e, over the whole song, that filters
of 512 taps can make of the stem's reference; P e is the nearest that they can make of the
references of all stems; both are then cut to the second. The ratio says how much of the other stems
is in this one. In a song where one stem alone sounds nothing can interfere: the value is undefined.
A pair outside any song gets the best value for any estimate that is not silent: it is not
informative, and the card's claims of blindness and symmetry are those of such a pair.

A second in which any reference or estimate of the song is silent is left out for all stems, as in
museval. An estimate that falls silent in the difficult seconds is therefore not penalised for them.
The samples after the last whole second are not scored.

Undefined (NaN) for a stem whose reference is silent, in a song where fewer than two references
sound, and where some reference is silent in every second. A stem whose estimate is silent
throughout gets the worst value and does not change that of other stems; museval refuses such a
song. Silent means that the channels sum to zero, as in museval.
"""

from __future__ import annotations

from automix_bench.dsp.families.bss_eval import bss_metric
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known

__all__ = ["bss_sir"]

bss_sir = bss_metric(
    __name__,
    __doc__,
    "sir",
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo", "truncation"),
    sees=(),
    symmetric=True,
    known=Known(
        "a pair outside any song: no interference",
        lambda: (written((3.0, 4.0)), written((3.0, 4.5))),
        80.0,
        within=1e-4,
    ),
)

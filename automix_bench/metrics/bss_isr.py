"""Source over what a filter did to it, second by second (BSS Eval v4)."""

from __future__ import annotations

from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.dsp.bss.song_medians import of_song
from automix_bench.dsp.peers.museval_medians import museval_peer
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, stems_metric

__all__ = ["bss_isr"]


@stems_metric(
    unit="dB",
    better="higher",
    low=-80.0,
    high=80.0,
    perfect=80.0,
    step=0.2,
    blind_to=(),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    source="Vincent, Gribonval & Févotte, IEEE TASLP 14(4), 2006; Stöter, Liutkus & Ito, SiSEC "
    "2018, arXiv:1804.06267: BSS Eval v4, as museval 0.4.1 computes it",
    known=(
        Known(
            "half the level: P_j e = s / 2, 1 / 0.25",
            lambda: (written((3.0, 4.0)), written((1.5, 2.0))),
            6.0206,
            1e-4,
        ),
    ),
    peers=(museval_peer("isr"),),
)
def bss_isr(
    *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
) -> Mapping[str, float]:
    """Source-image-to-spatial-distortion ratio of BSS Eval v4, for separated stems.

        10 log10( ||s||^2 / ||P_j e - s||^2 )
        the median over seconds

    s is the reference of the stem and e its estimate, both cut to the second. P_j e is the nearest
    to e, over the whole song, that filters of 512 taps make of the stem's reference, each of its
    channels feeding each of e's: the part of e that is the source, at a wrong level, with a wrong
    filter, late by less than those taps or out of place in the stereo image.

    A second in which any reference or estimate of the song is silent is left out, for all stems, as
    museval does: whoever falls silent where it is hard is not found out here. What is left over
    after the last whole second is not scored.

    Undefined (NaN) for a stem whose reference is silent, and where some reference is silent in
    every second; a stem whose estimate is silent throughout gets the worst value and does not
    change that of others, where museval refuses the song. Silent means that the channels sum to
    zero, also as museval has it.
    """
    return of_song(references, estimates, "isr")

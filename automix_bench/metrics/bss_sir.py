"""Source over other sources, second by second (BSS Eval v4)."""

from __future__ import annotations

from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.dsp.bss.song_medians import of_song
from automix_bench.dsp.peers.museval_medians import museval_peer
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, stems_metric

__all__ = ["bss_sir"]


@stems_metric(
    unit="dB",
    better="higher",
    low=-80.0,
    high=80.0,
    perfect=80.0,
    step=0.2,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo", "truncation"),
    symmetric=True,
    source="Vincent, Gribonval & Févotte, IEEE TASLP 14(4), 2006; Stöter, Liutkus & Ito, SiSEC "
    "2018, arXiv:1804.06267: BSS Eval v4, as museval 0.4.1 computes it",
    known=(
        Known(
            "one stem alone: no interference",
            lambda: (written((3.0, 4.0)), written((3.0, 4.5))),
            80.0,
            1e-4,
        ),
    ),
    peers=(museval_peer("sir"),),
)
def bss_sir(
    *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
) -> Mapping[str, float]:
    """Source-to-interference ratio of BSS Eval v4, for separated stems.

        10 log10( ||P_j e||^2 / ||P e - P_j e||^2 )
        the median over seconds

    e is the estimate of the stem. P_j e is the nearest to e, over the whole song, that filters of
    512 taps make of the stem's reference, P e the nearest that they make of the references of all
    stems, and then of these cut to the second. It tells how much of the other stems is in this one.
    In a song of one stem nothing can interfere, so there the value is the best whatever the
    estimate, short of silence: a pair alone says nothing, and what the card says of blindness and
    symmetry is said of that.

    A second in which any reference or estimate of the song is silent is left out, for all stems, as
    museval does: whoever falls silent where it is hard is not found out here. What is left over
    after the last whole second is not scored.

    Undefined (NaN) for a stem whose reference is silent, and where some reference is silent in
    every second; a stem whose estimate is silent throughout gets the worst value and does not
    change that of others, where museval refuses the song. Silent means that the channels sum to
    zero, also as museval has it.
    """
    return of_song(references, estimates, "sir")

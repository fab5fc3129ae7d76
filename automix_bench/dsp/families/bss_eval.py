"""The metrics `bss_*`: the four ratios of BSS Eval v4, as medians over seconds."""

from __future__ import annotations

from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.dsp.bss.song_medians import of_song, sounds
from automix_bench.dsp.peers.museval_medians import LIMIT_DB, museval_peer
from automix_bench.metric import Known, Metric, of_file, stems_metric


def bss_metric(
    module: str,
    doc: str | None,
    ratio: str,
    *,
    blind_to: tuple[str, ...],
    sees: tuple[str, ...],
    known: Known,
    symmetric: bool = False,
) -> Metric:
    """The metric of one ratio, with museval as its peer.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        ratio: "sdr", "isr", "sir" or "sar".
        blind_to, sees, known, symmetric: as in `Metric`.
    """

    def median(
        *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
    ) -> Mapping[str, float]:
        return of_song(references, estimates, ratio)

    return stems_metric(
        sounds if ratio == "sir" else None,
        **of_file(module, doc),
        unit="dB",
        better="higher",
        low=-LIMIT_DB,
        high=LIMIT_DB,
        perfect=LIMIT_DB,
        step=0.2,
        source="Vincent, Gribonval & Févotte, IEEE TASLP 14(4), 2006; Stöter, Liutkus & Ito, SiSEC "
        "2018, arXiv:1804.06267: BSS Eval v4, as museval 0.4.1 computes it",
        peers=(museval_peer(ratio),),
        blind_to=blind_to,
        sees=sees,
        known=(known,),
        symmetric=symmetric,
    )(median)

"""Given a mix that is the plain sum of its stems, return vocals, drums, bass and other.

The protocol of museval (Stöter, Liutkus and Ito, "The 2018 signal separation evaluation campaign",
arXiv 1804.06267): the ratios of BSS Eval v4, the median over seconds. They are `bss_sdr`,
`bss_isr`, `bss_sir` and `bss_sar`; none of them is fit to rank, so the audible distance does.

Examples whose mix is no plain sum of their stems are left out: there, a stem is not in the mix as
it is. Stems that a separator made are no truth: score separators on true multitracks.
"""

from __future__ import annotations

from automix_bench.audio import rms_db, total
from automix_bench.example import Example
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.bss_isr import bss_isr
from automix_bench.metrics.bss_sar import bss_sar
from automix_bench.metrics.bss_sdr import bss_sdr
from automix_bench.metrics.bss_sir import bss_sir
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.multi_mel_snr import multi_mel_snr
from automix_bench.metrics.sdr import sdr
from automix_bench.metrics.si_sdr import si_sdr
from automix_bench.model import Answer, Brief
from automix_bench.song import Song
from automix_bench.task import Task
from automix_bench.task_parts.four_stems import four_stems

__all__ = ["separation"]

_ROUNDING_DB = -60.0


def _is_plain_sum(song: Song) -> bool:
    """Whether the mix is the sum of the stems, to within -60 dB of the mix."""
    rest = song.mix.with_samples(song.mix.samples - total(song.stems.values()).samples)
    return rms_db(rest) <= rms_db(song.mix) + _ROUNDING_DB


def _mix_before(example: Example) -> Brief:
    return Brief(stems={"mix": example.before.mix})


def _stems_in_mix(example: Example) -> Answer:
    plain = _is_plain_sum(example.before)
    return Answer(four_stems(example.before.stems) if plain else {})


separation = Task(
    "separation",
    version=1,
    description="Shown: a mix. Wanted: vocals, drums, bass and other as they are in it.",
    brief=_mix_before,
    wanted=_stems_in_mix,
    metrics=(
        audible_distance,
        bss_sdr,
        bss_isr,
        bss_sir,
        bss_sar,
        sdr,
        si_sdr,
        mrstft,
        multi_mel_snr,
        loudness_error,
    ),
    floor="mix_as_stems",
    ceiling="oracle",
    recipes=("remix", "loudness_balance", "text_manipulation"),
)

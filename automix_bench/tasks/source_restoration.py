"""Given a produced mix, return vocals, drums, bass and other as they were before any effect.

Music source restoration: Zang, Dai, Plumbley and Kong, "Music source restoration", arXiv
2505.21827; the MSR challenge, arXiv 2601.04343, which scores by `multi_mel_snr`. The challenge has
eight kinds of stems, here they are the four of `separation`, so that the two compare.
"""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.log_spectral_distance import log_spectral_distance
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.mel_ssim import mel_ssim
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.multi_mel_snr import multi_mel_snr
from automix_bench.metrics.sdr import sdr
from automix_bench.metrics.si_sdr import si_sdr
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.model import Answer, Brief
from automix_bench.task import Task
from automix_bench.task_parts.four_stems import four_stems

__all__ = ["source_restoration"]


def _mix_after(example: Example) -> Brief:
    return Brief(stems={"mix": example.after.mix})


def _dry_stems(example: Example) -> Answer:
    return Answer(four_stems(example.before.stems))


source_restoration = Task(
    "source_restoration",
    version=1,
    description="Shown: a produced mix. Wanted: its vocals, drums, bass and other, dry.",
    brief=_mix_after,
    wanted=_dry_stems,
    metrics=(
        audible_distance,
        multi_mel_snr,
        si_sdr,
        sdr,
        mel_ssim,
        mrstft,
        log_spectral_distance,
        third_octave_distance,
        loudness_error,
    ),
    floor="mix_as_stems",
    ceiling="oracle",
    recipes=("source_restoration",),
)
